package cli_test

import (
	"bufio"
	"io"
	"strings"
	"testing"

	"sluice/internal/proxy"
)

// TestTraceRequests follows requests while they happen.
func TestTraceRequests(t *testing.T) {
	h := open(t)
	c := h.dial(proxy.LevelAdmin)
	io.WriteString(c, "trace requests count 2 path /seen frontend fe backend be hdr host a src 127.0.0.0/8\n")
	until(t, "the trace to be on", h.eng.Traced)
	for _, path := range []string{"/other", "/seen/1", "/none", "/seen/2"} {
		h.fetch(path)
	}
	all, err := io.ReadAll(c)
	if err != nil {
		t.Fatal(err)
	}
	text := string(all)
	for _, want := range []string{"GET /seen/1 HTTP/1.1\n", "GET /seen/2 HTTP/1.1\n", "\nserver s1 at ", "balance roundrobin", "\nsent to server s1\n",
		"\nsent to the client\n", "\nend ----: complete, status 200\n"} {
		if !strings.Contains(text, want) {
			t.Errorf("no %q in %q", want, text)
		}
	}
	if strings.Contains(text, "/other") || !strings.HasSuffix(text, "\n\n") || strings.Count(text, "\n\n") != 1 {
		t.Errorf("%q", text)
	}
	until(t, "the trace to be off", func() bool { return !h.eng.Traced() })
}

// TestTraceRequestsEnds ends a trace by typing, and by leaving.
func TestTraceRequestsEnds(t *testing.T) {
	h := open(t)
	c := h.dial(proxy.LevelAdmin)
	io.WriteString(c, "trace requests json\n")
	until(t, "the trace to be on", h.eng.Traced)
	io.WriteString(c, "\n")
	if all, err := io.ReadAll(c); err != nil || string(all) != "\n" {
		t.Errorf("%q, %v", all, err)
	}
	until(t, "the trace to be off", func() bool { return !h.eng.Traced() })
	c = h.dial(proxy.LevelAdmin)
	io.WriteString(c, "trace requests json\n")
	c.CloseWrite()
	until(t, "the trace to be on", h.eng.Traced)
	h.fetch("/last")
	line, err := bufio.NewReader(c).ReadString('\n')
	if err != nil || !strings.HasPrefix(line, `{"version":1,"mode":"http","request":{"method":"GET","target":"/last"`) {
		t.Errorf("%q, %v", line, err)
	}
	until(t, "the trace to be off", func() bool { return !h.eng.Traced() })
}

func TestTraceRequestsWords(t *testing.T) {
	h := open(t)
	for command, want := range map[string]string{
		"count":           "'count' is not known here, or a word behind it is missing.\n",
		"count 0":         "'count' expects a number from 1 to 1000, not '0'.\n",
		"count many":      "'count' expects a number from 1 to 1000, not 'many'.\n",
		"frontend be":     "No such frontend.\n",
		"backend fe":      "No such backend.\n",
		"src here":        "'src' expects an address or a network, not 'here'.\n",
		"colour blue":     "'colour' is not known here: 'count', 'frontend', 'backend', 'path', 'src', 'hdr', 'json', 'if' and 'unless' are.\n",
		"if { path / }":   "A condition is missing.\n", // this house has no language
		"count 2 json if": "A condition is missing.\n",
	} {
		if got := h.run("trace requests " + command); got != want {
			t.Errorf("%s: %q", command, got)
		}
	}
	if got := h.ask(proxy.LevelOperator, "trace requests\n"); !strings.Contains(got, "Permission denied") {
		t.Errorf("%q", got)
	}
	if got := h.ask(proxy.LevelAdmin, "set anon on; trace requests\n"); !strings.Contains(got, "set anon off") {
		t.Errorf("%q", got)
	}
}
