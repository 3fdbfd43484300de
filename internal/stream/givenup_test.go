package stream_test

import (
	"strings"
	"testing"

	"sluice/internal/proxy"
)

type givesUp struct{}

func (givesUp) Run(s *proxy.Stream) proxy.Verdict {
	s.Arena.GiveUp("(?=x)")
	s.Arena.GiveUp("(?=x)")
	return proxy.Continue
}

// Searches that took too long are counted, and the first one is told.
func TestSearchesGivenUpAreCounted(t *testing.T) {
	b := start(t, proxy.ModeHTTP, nil, func(b *bench) {
		b.front.Rules.HTTPRequest = []*proxy.Rule{{Text: "search", Action: givesUp{}}}
	})
	c := b.dial()
	for range 3 {
		c.send("GET / HTTP/1.1\r\nHost: x\r\n\r\n")
		c.response("GET")
	}
	b.logs.wait(t, 3)
	told := 0
	for i := range 4 {
		if line := b.logs.wait(t, i); strings.Contains(line, "'(?=x)'") {
			told++
		}
	}
	if n := b.eng.Proc.GivenUp.Load(); n != 6 || told != 1 {
		t.Errorf("%d given up, told %d times", n, told)
	}
}
