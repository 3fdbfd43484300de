package master

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"os"
	"strconv"
	"strings"
	"sync"
	"time"

	"sluice/internal/cli"
	"sluice/internal/netx"
	"sluice/internal/proxy"
	"sluice/internal/stream"
)

// server is the master's own runtime API (management.txt 9.4).
type server struct {
	m    *Master
	bind *proxy.Bind
	l    net.Listener

	mu    sync.Mutex
	conns map[net.Conn]bool
}

// serve listens on the address of -S.
func (m *Master) serve(b *proxy.Bind) (*server, error) {
	spec := netx.ListenSpec{Addr: stream.NetAddr(&b.Addr), Backlog: b.Backlog, Interface: b.Interface, V6Only: b.V6Only,
		Mode: b.Mode, UID: b.UID, GID: b.GID}
	made, err := netx.Listen(&spec)
	if err != nil {
		return nil, err
	}
	f := os.NewFile(uintptr(made.FD), b.Addr.Text)
	l, err := net.FileListener(f)
	f.Close()
	if err != nil {
		return nil, err
	}
	s := &server{m: m, bind: b, l: l, conns: map[net.Conn]bool{}}
	go s.accept()
	return s, nil
}

func (s *server) accept() {
	for {
		c, err := s.l.Accept()
		if err != nil {
			return
		}
		s.mu.Lock()
		s.conns[c] = true
		s.mu.Unlock()
		go s.converse(c)
	}
}

func (s *server) close() {
	s.l.Close()
	s.mu.Lock()
	defer s.mu.Unlock()
	for c := range s.conns {
		c.Close()
	}
}

// idleMost is how long a connection may say nothing.
const idleMost = 60 * time.Second

// maxLine bounds a line, and maxPayload what follows one.
const (
	maxLine    = 16384
	maxPayload = 1 << 20
)

func (s *server) converse(c net.Conn) {
	x := &session{srv: s, conn: c, in: bufio.NewReaderSize(c, maxLine), level: level(s.bind)}
	x.run()
	s.mu.Lock()
	delete(s.conns, c)
	s.mu.Unlock()
	c.Close()
}

func level(b *proxy.Bind) cli.Access {
	switch b.Level {
	case proxy.LevelUser:
		return cli.User
	case proxy.LevelOperator:
		if b.LevelSet {
			return cli.Operator
		}
	}
	return cli.Admin
}

// session is one connection.
type session struct {
	srv                         *server
	conn                        net.Conn
	in                          *bufio.Reader
	level                       cli.Access
	expert, experimental, debug bool
	stay, ask                   bool // further lines are awaited, with a prompt
	target                      int  // the worker that commands go to, 0: the master
	over                        bool
}

func (x *session) run() {
	for !x.over {
		x.conn.SetReadDeadline(time.Now().Add(idleMost))
		line, err := x.in.ReadSlice('\n')
		if err != nil {
			return
		}
		x.line(strings.TrimRight(string(line), "\r\n"))
		if x.over || !x.stay {
			return
		}
		if x.ask {
			x.prompt()
		}
	}
}

// prompt shows where the next command goes and the modes that are on.
func (x *session) prompt() {
	name := "master"
	if x.target != 0 {
		name = strconv.Itoa(x.target)
	} else if x.srv.m.read(func(m *Master) string { return strconv.FormatBool(m.broken) }) == "true" {
		name += "[ReloadFailed]"
	}
	flags := ""
	for _, f := range []struct {
		on   bool
		flag string
	}{{x.experimental, "x"}, {x.expert, "e"}, {x.debug, "d"}} {
		if f.on {
			flags += f.flag
		}
	}
	if flags != "" {
		name += "(" + flags + ")"
	}
	io.WriteString(x.conn, name+"> ")
}

// line runs the commands of a line.
func (x *session) line(line string) {
	if to, ok := strings.CutPrefix(strings.TrimSpace(line), "@@"); ok {
		word, rest, _ := strings.Cut(to, " ")
		if pid, ok := x.find("@" + word); ok {
			x.enter(pid, strings.TrimSpace(rest))
		}
		return
	}
	for _, command := range split(line) {
		x.command(command)
		if x.over {
			return
		}
	}
}

// split cuts a line at its semicolons; a backslash protects one.
func split(line string) (commands []string) {
	from := 0
	for i := 0; i < len(line); i++ {
		switch line[i] {
		case '\\':
			i++
		case ';':
			commands = append(commands, strings.TrimSpace(line[from:i]))
			from = i + 1
		}
	}
	return append(commands, strings.TrimSpace(line[from:]))
}

// find returns the process that a word with @ names: 0 for the master.
func (x *session) find(word string) (pid int, ok bool) {
	name := word[1:]
	if name == "" || name == "master" || name == "0" {
		return 0, true
	}
	pid, _ = strconv.Atoi(x.srv.m.read(func(m *Master) string {
		if text, isPID := strings.CutPrefix(name, "!"); isPID {
			n, err := strconv.Atoi(text)
			if err == nil && (m.find(n) != nil || n == os.Getpid()) {
				return text
			}
			return ""
		}
		if n, err := strconv.Atoi(name); err == nil && n == 1 && m.current != nil {
			return strconv.Itoa(m.current.pid)
		}
		return ""
	}))
	if pid == 0 {
		fmt.Fprintf(x.conn, "Can't find the target PID matching the prefix '%s'\n\n", word)
		return 0, false
	}
	if pid == os.Getpid() {
		pid = 0
	}
	return pid, true
}

// command runs one command, here or in the worker it is for.
func (x *session) command(text string) {
	target := x.target
	word, rest, _ := strings.Cut(text, " ")
	if strings.HasPrefix(word, "@") {
		pid, ok := x.find(word)
		if !ok {
			return
		}
		if rest = strings.TrimSpace(rest); rest == "" {
			x.target = pid
			return
		}
		target, text = pid, rest
	}
	if text == "" {
		return
	}
	words := strings.Fields(text)
	if row := lookup(words); row != nil && (target == 0 || row.Everywhere) {
		if row.Access > x.level {
			io.WriteString(x.conn, "Permission denied\n\n")
			return
		}
		row.run(x, words[len(strings.Fields(row.Name)):])
		if !row.Quiet && !x.over {
			io.WriteString(x.conn, "\n")
		}
		return
	}
	if target != 0 {
		x.relay(target, text)
		return
	}
	fmt.Fprintf(x.conn, "Unknown command: '%s', but maybe one of the following ones is a better match:\n", printable(words[0]))
	x.help()
	io.WriteString(x.conn, "\n")
}

// printable replaces everything but visible ASCII.
func printable(s string) string {
	return strings.Map(func(r rune) rune {
		if r < ' ' || r > '~' {
			return '.'
		}
		return r
	}, s)
}

// dial connects to a worker.
func (x *session) dial(pid int) net.Conn {
	may := cli.PairByte(x.level, x.expert, x.experimental)
	var c net.Conn
	x.srv.m.read(func(m *Master) string {
		w := m.find(pid)
		if w == nil {
			return ""
		}
		if f, err := w.connect(may); err == nil {
			c, _ = net.FileConn(f)
			f.Close()
		}
		return ""
	})
	if c == nil {
		fmt.Fprintf(x.conn, "Can't connect to the target CLI!\n\n")
	}
	return c
}

// relay sends one command with its payload to a worker and passes the answer on.
func (x *session) relay(pid int, text string) {
	c := x.dial(pid)
	if c == nil {
		return
	}
	defer c.Close()
	io.WriteString(c, text+"\n")
	if i := strings.LastIndex(text, "<<"); i >= 0 && !strings.ContainsAny(text[i:], " \t") {
		end := text[i+2:]
		for n := 0; n < maxPayload; {
			line, err := x.in.ReadSlice('\n')
			n += len(line)
			c.Write(line)
			if err != nil || strings.TrimRight(string(line), "\r\n") == end {
				break
			}
		}
	}
	io.Copy(x.conn, c)
}

// enter joins the connection with a worker's until that one ends.
func (x *session) enter(pid int, text string) {
	if pid == 0 {
		if text != "" {
			x.line(text)
		}
		return
	}
	c := x.dial(pid)
	if c == nil {
		return
	}
	if text == "" {
		text = "prompt i"
		if x.ask {
			text = "prompt p"
		}
	}
	io.WriteString(c, text+"\n")
	go func() { // ends with the worker's connection, or with the client's next line
		for {
			line, err := x.in.ReadSlice('\n')
			if err != nil {
				c.(*net.UnixConn).CloseWrite()
				return
			}
			if _, err := c.Write(line); err != nil {
				return
			}
		}
	}()
	io.Copy(x.conn, c)
	c.Close()
	x.over = true
}
