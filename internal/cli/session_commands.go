package cli

import (
	"crypto/rand"
	"encoding/binary"
	"net"
	"os"
	"strconv"
	"strings"
	"time"

	"sluice/internal/config"
	"sluice/internal/proxy"
)

// sessionCommands are about the connection itself: how it talks and what it may do.
func sessionCommands() []Command {
	return []Command{
		{Name: "echo", Args: "<text>", Doc: "Answers with the text.", Run: echo},
		{Name: "experimental-mode", Args: "[on|off]", Doc: "Allows experimental commands.", Access: Admin, Hidden: true, Run: experimentalMode},
		{Name: "expert-mode", Args: "[on|off]", Doc: "Allows expert commands.", Access: Admin, Hidden: true, Run: expertMode},
		{Name: "help", Args: "[<command>]", Doc: "Lists the commands, or those that look like the one given.", Run: help},
		{Name: "operator", Doc: "Gives up the rights beyond those of an operator.", Access: Operator, Run: lower(Operator)},
		{Name: "prompt", Args: "[help | n | i | p | timed ]*", Doc: "Turns the prompt and the interactive mode on or off.", Run: promptMode},
		{Name: "quit", Doc: "Ends the connection.", Run: quit},
		{Name: "set anon global-key", Args: "<value>", Doc: "Changes the key of the anonymized mode for all connections.", Access: Admin, Run: setAnonKey},
		{Name: "set anon off", Doc: "Shows names and addresses as they are.", Run: setAnonOff},
		{Name: "set anon on", Args: "[value]", Doc: "Replaces names and addresses in dumps by hashes.", Run: setAnonOn},
		{Name: "set severity-output", Args: "[none|number|string]", Doc: "Puts the severity in front of answers.", Run: setSeverity},
		{Name: "set timeout", Args: "[cli] <delay>", Doc: "Changes how long this connection may be idle.", Run: setTimeout},
		{Name: "show anon", Doc: "Tells whether names and addresses are replaced.", Run: showAnon},
		{Name: "show cli level", Doc: "Tells what this connection may do.", Run: showLevel},
		{Name: "show cli sockets", Doc: "Lists the sockets of the runtime API.", Run: showSockets},
		{Name: "user", Doc: "Gives up the rights beyond those of a user.", Run: lower(User)},
		{Name: "wait", Args: "{-h|<delay_ms>} cond [args...]", Doc: "Waits that long before the next command.", Access: Admin, Run: wait},
	}
}

func echo(s *Session, args []string) { s.Say(strings.Join(args, " ")) }

func help(s *Session, args []string) {
	s.Printf("The following commands are valid at this level:\n")
	if len(args) > 0 {
		s.help(s.nearest(args))
		return
	}
	s.help(nil)
}

func expertMode(s *Session, args []string) { toggle(s, "expert-mode", &s.expert, args) }

func experimentalMode(s *Session, args []string) {
	toggle(s, "experimental-mode", &s.experimental, args)
}

func toggle(s *Session, name string, on *bool, args []string) {
	switch {
	case len(args) == 0 && *on:
		s.Say(name + " is ON")
	case len(args) == 0:
		s.Say(name + " is OFF")
	default:
		*on = args[0] == "on"
	}
}

// lower returns the command that gives up rights. They do not come back.
func lower(to Access) func(*Session, []string) {
	return func(s *Session, _ []string) {
		s.access = to
		s.expert, s.experimental = false, false
	}
}

func promptMode(s *Session, args []string) {
	if len(args) == 0 {
		if s.mode == prompting {
			s.mode = single
		} else {
			s.mode = prompting
		}
		return
	}
	for _, a := range args {
		switch a {
		case "n":
			s.mode = single
		case "i":
			s.mode = interactive
		case "p":
			s.mode = prompting
		case "timed":
			s.timed = !s.timed
			s.mode = prompting
		default:
			s.Say("Usage: prompt [help | n | i | p | timed]*\n" +
				"Changes how lines are asked for and what follows one. Options:\n" +
				"  help    prints this text\n" +
				"  n       the connection ends after this line\n" +
				"  i       further lines are awaited, without a prompt\n" +
				"  p       further lines are awaited, with a prompt\n" +
				"  timed   shows the uptime in the prompt, or no longer\n" +
				"Without an option it changes from n or i to p, and from p to n.\n")
			return
		}
	}
}

func quit(s *Session, _ []string) { s.over = true }

func showLevel(s *Session, _ []string) { s.Say(s.access.String()) }

// setSeverity chooses how messages begin.
func setSeverity(s *Session, args []string) {
	if len(args) > 0 && (args[0] == "none" || args[0] == "number" || args[0] == "string") {
		s.severity = args[0]
		return
	}
	s.Fail("one of 'none', 'number', 'string' is a required argument")
}

// setTimeout takes seconds without a unit.
func setTimeout(s *Session, args []string) {
	switch {
	case len(args) == 0 || args[0] != "cli":
		s.Fail("'set timeout' only supports 'cli'.")
	case len(args) == 1:
		s.Fail("Expects an integer value.")
	default:
		d, rest, err := config.ParseTime(args[1], time.Second)
		if err != nil || rest != "" || d < 1 {
			s.Fail("Invalid timeout value.")
			return
		}
		s.timeout = d
	}
}

func setAnonKey(s *Session, args []string) {
	if key, ok := s.anonArg(args, 0); ok {
		s.srv.anonKey.Store(key)
	}
}

func setAnonOff(s *Session, _ []string) { s.anon = 0 }

// setAnonOn takes the key given, else the global one, which it makes if there is none.
func setAnonOn(s *Session, args []string) {
	if len(args) > 0 {
		if key, ok := s.anonArg(args, 1); ok {
			s.anon = config.Anonymizer(key)
		}
		return
	}
	if s.srv.anonKey.Load() == 0 {
		var b [4]byte
		rand.Read(b[:])
		s.srv.anonKey.CompareAndSwap(0, binary.LittleEndian.Uint32(b[:])|1)
	}
	s.anon = config.Anonymizer(s.srv.anonKey.Load())
}

func (s *Session) anonArg(args []string, lowest uint64) (uint32, bool) {
	if len(args) > 0 {
		if n, err := strconv.ParseUint(args[0], 10, 32); err == nil && n >= lowest {
			return uint32(n), true
		}
	}
	s.Fail("Value out of range (" + strconv.FormatUint(lowest, 10) + " to 4294967295 expected).")
	return 0, false
}

func showAnon(s *Session, _ []string) {
	if s.anon == 0 {
		s.Say("Anonymized mode disabled")
		return
	}
	text := "Anonymized mode enabled"
	if s.access == Admin {
		text += "\nKey : " + strconv.FormatUint(uint64(s.anon), 10)
	}
	s.Say(text)
}

// showSockets lists the sockets with the rights they give.
func showSockets(s *Session, _ []string) {
	s.Printf("# socket lvl processes\n")
	s.srv.mu.Lock()
	defer s.srv.mu.Unlock()
	for _, k := range s.srv.socks {
		s.Printf("%s %s all\n", k.Name(), accessOf(k.bind.Level))
	}
}

// Name is the address as it is bound, with the word for its family.
func (k *Socket) Name() string { return SocketName(k.bind, k.l.Addr()) }

// SocketName is the address at of a bind line, with the word for its family.
func SocketName(b *proxy.Bind, at net.Addr) string {
	switch {
	case at.Network() != "unix" && strings.HasPrefix(at.String(), "["):
		return "ipv6@" + at.String()
	case at.Network() != "unix":
		return "ipv4@" + at.String()
	case b.Addr.Family == proxy.FamAbnsz:
		return "abnsz@" + b.Addr.Path
	case b.Addr.Family == proxy.FamAbns:
		return "abns@" + b.Addr.Path
	case b.Addr.Family == proxy.FamUnix:
		return "unix@" + b.Addr.Path
	}
	return "unix@" + at.String()
}

// wait is a pause in a line of commands. It ends early when the other side goes away.
func wait(s *Session, args []string) {
	if len(args) == 0 {
		s.Fail("Expects a duration in milliseconds.")
		return
	}
	d, rest, err := config.ParseTime(args[0], time.Millisecond)
	switch {
	case args[0] == "-h" || len(args) > 1 && args[1] != "srv-removable" && args[1] != "be-removable":
		s.Say("Usage: wait {-h|<duration>} [condition [args...]]\n" +
			"  - '-h' prints this text\n" +
			"  - <duration> is how long to wait at most, in milliseconds or with one of the units\n" +
			"    'us', 'ms', 's', 'm', 'h' and 'd'.\n" +
			"  - <condition> is what to wait for:\n" +
			"    - nothing: the duration\n" +
			"    - be-removable <px>: that this backend can be deleted.\n" +
			"    - srv-removable <px>/<sv>: that this server can be deleted.\n")
		return
	case err != nil || rest != "":
		s.Fail("Invalid duration.")
		return
	}
	if len(args) > 1 && args[1] == "be-removable" {
		s.waitBackend(args[2:], d)
		return
	}
	if len(args) > 1 {
		s.waitServer(args[2:], d)
		return
	}
	end := time.Now().Add(d)
	if gone, input := s.pause(d); gone {
		s.Fail("Interrupted.")
		return
	} else if input {
		select {
		case <-time.After(time.Until(end)):
		case <-s.srv.ended:
		}
	}
	s.Say("Done.")
}

// showEnv prints the environment as the configuration left it.
func showEnv(s *Session, args []string) {
	env := s.srv.snapshot().Global.Env
	if env == nil {
		env = os.Environ()
	}
	for _, e := range env {
		name, _, _ := strings.Cut(e, "=")
		if len(args) == 0 {
			s.Printf("%s\n", e)
		} else if name == args[0] {
			s.Say(e)
			return
		}
	}
	if len(args) > 0 {
		s.Fail("Variable not found")
	}
}
