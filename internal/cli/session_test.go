package cli_test

import (
	"io"
	"net"
	"strings"
	"testing"
	"time"

	"sluice/internal/proxy"
)

// TestConversations holds the form of the protocol to what HAProxy 3.5 answers to the same input.
func TestConversations(t *testing.T) {
	h := open(t)
	long := strings.Repeat("a", 20000)
	for _, x := range []struct{ name, send, want string }{
		{"empty line", "\n", "\n"},
		{"one command", "show version\n", "1.2.3\n\n"},
		{"carriage return", "show version\r\n", "1.2.3\n\n"},
		{"only the first line", "show version\nshow version\n", "1.2.3\n\n"},
		{"blanks", "  show \t version  \n", "1.2.3\n\n"},
		{"further words", "show version # and more\n", "1.2.3\n\n"},
		{"two commands", "echo a; echo b\n", "a\n\nb\n\n"},
		{"empty commands", ";\n", "\n\n"},
		{"escapes", "echo a\\\\b\\ \\;c\\n\n", "a\\b ;cn\n\n"},
		{"quotes mean nothing", "echo \"a b\"\n", "\"a b\"\n\n"},
		{"quit ends the line", "show version;quit;show version\n", "1.2.3\n\n"},
		{"payload", "echo a <<\nx\ny\n\n", "a\n\n"},
		{"payload up to a pattern", "echo a <<EOF\nx\n\ny\nEOF\n", "a\n\n"},
		{"pattern not at the end", "echo a <<EOF b\n", "a <<EOF b\n\n"},
		{"payload of the last command", "echo a; echo b <<EOF\nxx\nEOF\n", "a\n\nb\n\n"},
		{"too many words", "echo " + strings.Repeat("a ", 64) + "\n", "Too many arguments. Commands must have at most 64 arguments.\n\n"},
		{"line too long", "echo " + long + "\n", "The command line is too big for the buffer size. Please change 'tune.bufsize' in the configuration to use a bigger command.\n"},
		{"mode n", "prompt n;show version\n", "\n1.2.3\n\n"},
		{"prompt and quit", "prompt\nshow version\n\nquit\n", "\n> 1.2.3\n\n> \n> "},
		{"prompt twice", "prompt\nprompt\nshow version\n", "\n> \n"},
		{"prompt i", "prompt i\nshow version\n\nquit\n", "\n1.2.3\n\n\n"},
		{"prompt of a payload", "prompt;echo a\nquit\n", "\na\n\n> "},
		{"severity", "set severity-output number;show version;get weight x\n", "\n[6]: 1.2.3\n\n[3]: Require 'backend/server'.\n\n"},
		{"severity in words", "set severity-output string;get weight be/x\n", "\n[err]: No such server.\n\n"},
		{"rights are not regained", "user;show cli level;operator;show cli level\n", "\nuser\n\nPermission denied\n\nuser\n\n"},
		{"modes end with the level", "expert-mode on;expert-mode;operator;expert-mode\n", "\nexpert-mode is ON\n\n\nPermission denied\n\n"},
		{"another process", "@1 show info\n", "'@1' names a process, which only the CLI of a master process can do: this is the process itself, leave the word out.\n\n"},
	} {
		if got := h.ask(proxy.LevelAdmin, x.send); got != x.want {
			t.Errorf("%s: %.80q\ngot  %q\nwant %q", x.name, x.send, got, x.want)
		}
	}
}

func TestALineWithoutEndIsNotRun(t *testing.T) {
	h := open(t)
	c := h.dial(proxy.LevelAdmin)
	io.WriteString(c, "show version")
	c.CloseWrite()
	if all, err := io.ReadAll(c); err != nil || len(all) > 0 {
		t.Fatalf("%q, %v", all, err)
	}
}

func TestAnswersReachAClientThatHasEndedItsHalf(t *testing.T) {
	h := open(t)
	c := h.dial(proxy.LevelAdmin)
	io.WriteString(c, "show version\n")
	c.CloseWrite()
	if all, err := io.ReadAll(c); err != nil || string(all) != "1.2.3\n\n" {
		t.Fatalf("%q, %v", all, err)
	}
}

func TestPayloadIsBounded(t *testing.T) {
	h := open(t)
	c := h.dial(proxy.LevelAdmin)
	go func() {
		io.WriteString(c, "prompt\necho a <<\n")
		io.Copy(c, io.LimitReader(zeros{}, 1<<20))
	}()
	all, _ := io.ReadAll(c)
	if !strings.Contains(string(all), "The payload is too big.") {
		t.Fatalf("%q", all)
	}
}

type zeros struct{}

func (zeros) Read(b []byte) (int, error) {
	for i := range b {
		b[i] = '0'
	}
	return len(b), nil
}

func TestIdleConnectionsEnd(t *testing.T) {
	h := open(t)
	c := h.dial(proxy.LevelAdmin)
	io.WriteString(c, "prompt;set timeout cli 1\n")
	begin := time.Now()
	if _, err := io.ReadAll(c); err != nil {
		t.Fatal(err)
	}
	if took := time.Since(begin); took < 900*time.Millisecond {
		t.Errorf("after %v", took)
	}
}

func TestLimitOfConnections(t *testing.T) {
	h := open(t) // 20 at once
	var open []net.Conn
	for range 20 {
		c := h.dial(proxy.LevelUser)
		io.WriteString(c, "prompt i\n")
		c.Read(make([]byte, 1))
		open = append(open, c)
	}
	late := h.dial(proxy.LevelUser)
	io.WriteString(late, "show version\n")
	late.SetReadDeadline(time.Now().Add(50 * time.Millisecond))
	if n, err := late.Read(make([]byte, 10)); n > 0 || err == nil {
		t.Fatal("the 21st connection is answered")
	}
	open[0].Close()
	late.SetReadDeadline(time.Now().Add(10 * time.Second))
	if all, err := io.ReadAll(late); err != nil || string(all) != "1.2.3\n\n" {
		t.Fatalf("%q, %v", all, err)
	}
}

func TestWaitEndsWithItsClient(t *testing.T) {
	h := open(t)
	if got := h.run("wait 5"); got != "Done.\n" {
		t.Errorf("%q", got)
	}
	c := h.dial(proxy.LevelAdmin)
	io.WriteString(c, "wait 1h\n")
	c.CloseWrite()
	if all, err := io.ReadAll(c); err != nil || string(all) != "Interrupted.\n\n" {
		t.Errorf("%q, %v", all, err)
	}
}

func TestEventsAreFollowed(t *testing.T) {
	h := open(t)
	l := &proxy.Logger{Target: proxy.Addr{Family: proxy.FamRing, Path: "r1"}, Level: proxy.LogDebug, Format: proxy.LogRaw}
	if err := h.logs.Attach(l, ""); err != nil {
		t.Fatal(err)
	}
	write := func(line string) { l.Sink.Write(-1, l, proxy.LogInfo, time.Now().UnixNano(), "", nil, []byte(line)) }
	write("first")
	until(t, "the line to reach the ring", func() bool { return h.run("show events r1") == "first\n" })
	if got := h.run("show events"); !strings.Contains(got, "    r1         : type=buffer, 0 dropped, recent lines\n") {
		t.Errorf("%q", got)
	}
	c := h.dial(proxy.LevelAdmin)
	io.WriteString(c, "show events r1 -wn\n")
	b := make([]byte, 100)
	for stop := time.Now().Add(10 * time.Second); ; {
		write("second")
		c.SetReadDeadline(time.Now().Add(20 * time.Millisecond))
		n, err := c.Read(b)
		if n > 0 {
			if !strings.HasPrefix(string(b[:n]), "second\n") {
				t.Fatalf("%q", b[:n])
			}
			break
		}
		if err == nil || time.Now().After(stop) {
			t.Fatal(n, err)
		}
	}
	c.SetDeadline(time.Now().Add(10 * time.Second))
	io.WriteString(c, "\n")
	if all, err := io.ReadAll(c); err != nil || !strings.HasSuffix(string(all), "\n") {
		t.Fatalf("%q, %v", all, err)
	}
}
