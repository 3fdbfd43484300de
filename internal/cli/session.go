package cli

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"strconv"
	"strings"
	"time"

	"sluice/internal/config"
	"sluice/internal/proxy"
)

// Access is what a session may do, and what a command asks for (management.txt 9.3; configuration.txt 5.1, level).
type Access uint8

// The levels, from the least.
const (
	User Access = iota
	Operator
	Admin
)

// String returns the level as the configuration spells it.
func (a Access) String() string { return [...]string{"user", "operator", "admin"}[a] }

func accessOf(l proxy.Level) Access {
	switch l {
	case proxy.LevelUser:
		return User
	case proxy.LevelAdmin:
		return Admin
	}
	return Operator
}

// mode is what happens at the end of a line.
type mode uint8

const (
	single      mode = iota // the connection ends
	interactive             // another line is awaited
	prompting               // the same, after a prompt
)

// Session is one connection to the runtime API. Only its own goroutine uses it.
type Session struct {
	srv  *Server
	bind *proxy.Bind
	conn net.Conn
	in   *bufio.Reader
	out  *bufio.Writer

	access       Access
	expert       bool
	experimental bool
	severity     string // none, number or string
	timeout      time.Duration
	mode         mode
	timed        bool // the prompt shows the uptime
	anon         config.Anonymizer
	payload      []byte // of the command that runs
	over         bool
	silentFrom   time.Time // since when the other side sends no more, while a command goes on
}

func newSession(srv *Server, b *proxy.Bind, c net.Conn) *Session {
	s := &Session{srv: srv, bind: b, conn: c, in: bufio.NewReaderSize(c, srv.bufSize()), access: accessOf(b.Level),
		severity: b.SeverityOut, timeout: srv.timeout}
	s.out = bufio.NewWriter(patient{s})
	if srv.snapshot().Global.Anonymize {
		s.anon = config.Anonymizer(srv.anonKey.Load())
	}
	return s
}

// patient writes to a session's connection and gives up when the other side takes nothing for the session's timeout.
type patient struct{ s *Session }

func (p patient) Write(b []byte) (int, error) {
	p.s.conn.SetWriteDeadline(time.Now().Add(p.s.timeout))
	n, err := p.s.conn.Write(b)
	if err != nil {
		p.s.over = true
	}
	return n, err
}

// run answers line by line until the connection is to end.
func (s *Session) run() {
	for !s.over {
		line, err := s.readLine()
		if errors.Is(err, bufio.ErrBufferFull) {
			s.out.WriteString("The command line is too big for the buffer size. Please change 'tune.bufsize' in the " +
				"configuration to use a bigger command.\n")
			s.drain()
			break
		}
		if err != nil || !s.perform(line) || s.mode == single {
			break
		}
		s.prompt()
		if s.in.Buffered() == 0 && s.out.Flush() != nil {
			break
		}
	}
	s.out.Flush()
}

// drain sends what is left to say and swallows input for a moment: a connection that is closed with input unread is reset,
// and the other side may never see why.
func (s *Session) drain() {
	if s.out.Flush() != nil {
		return
	}
	if c, ok := s.conn.(interface{ CloseWrite() error }); ok {
		c.CloseWrite()
	}
	s.conn.SetReadDeadline(time.Now().Add(drainTime))
	io.CopyN(io.Discard, s.in, drainMost)
}

// How long, and how much, drain swallows.
const (
	drainTime = time.Second
	drainMost = 1 << 20
)

// readLine returns the next line without its end, good until the next read. A line that has no end is not one.
func (s *Session) readLine() ([]byte, error) {
	s.conn.SetReadDeadline(time.Now().Add(s.timeout))
	line, err := s.in.ReadSlice('\n')
	if err != nil {
		return nil, err
	}
	return bytes.TrimSuffix(line[:len(line)-1], []byte("\r")), nil
}

// prompt asks for the next line.
func (s *Session) prompt() {
	if s.mode != prompting {
		return
	}
	if s.timed {
		up := time.Now().Unix() - s.srv.Proc.Started/1e9
		fmt.Fprintf(s.out, "[%d:%02d:%02d:%02d]", up/86400, up/3600%24, up/60%60, up%60)
	}
	s.out.WriteString("> ")
}

// perform runs the commands of one line. It returns false when the connection is to end.
func (s *Session) perform(line []byte) bool {
	line, pattern, loaded := cutPayload(line)
	commands := split(line) // copies: reading the payload reuses the line's memory
	var payload []byte
	if loaded {
		var err error
		if payload, err = s.readPayload(pattern); err != nil {
			return false
		}
	}
	for i, words := range commands {
		s.payload = nil
		if i == len(commands)-1 {
			s.payload = payload
		}
		s.command(words)
		if s.over {
			return false
		}
	}
	return true
}

var errPayload = errors.New("cli: payload too large")

// readPayload reads the lines that belong to a command, up to the one that is the pattern.
func (s *Session) readPayload(pattern string) ([]byte, error) {
	most := s.srv.snapshot().Global.Tune.CLIMaxPayload
	if most <= 0 {
		most = defaultPayload
	}
	payload := []byte{}
	for {
		if s.in.Buffered() == 0 {
			if s.mode == prompting {
				s.out.WriteString("+ ")
			}
			if err := s.out.Flush(); err != nil {
				return nil, err
			}
		}
		s.conn.SetReadDeadline(time.Now().Add(s.timeout))
		begin := len(payload)
		for {
			part, err := s.in.ReadSlice('\n')
			if len(payload)+len(part) > most {
				s.out.WriteString("The payload is too big. Please change 'tune.cli.max-payload-size' in the " +
					"configuration to use a bigger payload.\n")
				s.drain()
				return nil, errPayload
			}
			payload = append(payload, part...)
			if err == nil {
				break
			}
			if !errors.Is(err, bufio.ErrBufferFull) {
				return nil, err
			}
		}
		if string(bytes.TrimRight(payload[begin:], "\r\n")) == pattern {
			return payload[:begin], nil
		}
	}
}

// command runs one command and writes the empty line that ends its answer.
func (s *Session) command(words []string) {
	if len(words) > maxWords {
		s.Fail("Too many arguments. Commands must have at most 64 arguments.")
	} else if len(words) > 0 {
		s.dispatch(words)
	}
	if !s.over {
		s.out.WriteByte('\n')
	}
}

func (s *Session) dispatch(words []string) {
	c, args := find(s.srv.commands, words)
	switch {
	case c == nil && strings.HasPrefix(words[0], "@"):
		s.Fail("'" + printable(words[0]) + "' names a process, which only the CLI of a master process can do: " +
			"this is the process itself, leave the word out.")
	case c == nil:
		s.unknown(words)
	case c.Expert && !s.expert:
		s.Fail("This command is restricted to expert mode only.")
	case c.Experimental && !s.experimental:
		s.Fail("This command is restricted to experimental mode only.")
	case c.Access > s.access:
		s.Fail("Permission denied")
	default:
		c.Run(s, args)
	}
}

// The severities of answers, as syslog numbers them.
const (
	sevErr     = 3
	sevWarning = 4
	sevNotice  = 5
	sevInfo    = 6
)

// Fail answers that the command could not be run.
func (s *Session) Fail(text string) { s.say(sevErr, text) }

// Say answers with a message; a dump is printed without the severity that a message may have.
func (s *Session) Say(text string) { s.say(sevInfo, text) }

func (s *Session) say(severity int, text string) {
	switch s.severity {
	case "number":
		s.out.WriteString("[" + strconv.Itoa(severity) + "]: ")
	case "string":
		s.out.WriteString("[" + [...]string{sevErr: "err", sevWarning: "warning", sevNotice: "notice", sevInfo: "info"}[severity] + "]: ")
	}
	s.out.WriteString(text)
	if !strings.HasSuffix(text, "\n") {
		s.out.WriteByte('\n')
	}
}

// Printf prints a part of a dump.
func (s *Session) Printf(format string, args ...any) { fmt.Fprintf(s.out, format, args...) }

// pause waits for d, or until input arrives or the other side goes away; gone tells the latter, input the former.
func (s *Session) pause(d time.Duration) (gone, input bool) {
	if s.out.Flush() != nil {
		return true, false
	}
	s.conn.SetReadDeadline(time.Now().Add(d))
	_, err := s.in.Peek(1)
	if err != nil && !errors.Is(err, os.ErrDeadlineExceeded) {
		return true, false
	}
	return false, err == nil
}

// printable returns s with everything but visible ASCII replaced, for echoing what came from outside.
func printable(s string) string {
	return strings.Map(func(r rune) rune {
		if r < ' ' || r > '~' {
			return '.'
		}
		return r
	}, s)
}
