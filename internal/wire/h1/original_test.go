package h1

import (
	"testing"

	"sluice/internal/msg"
)

func TestARefusedMessageCanBeSeenAsItCame(t *testing.T) {
	for _, head := range []string{
		"GET / HTTP/1.1\r\nHost: a\r\nUser-Agent: X\r\nx-LOWER: b\r\nBad Name: x\r\n\r\n",
		"GET / HTTP/1.1\r\nHost: a\r\nContent-Length: x\r\n\r\n",
		"GET / HTTP/1.1\r\nHost: a\r\nX-A: 1\rY\r\n\r\n",
		"GET / HTTP/1.1\r\nHost: a\r\nUnfinished-Name",
		"GET / HTTP/1.1\r\nHost: a\r\nUnfinished-Value: X",
		"GET / HTTP/1.1\r\nHost: a\r\nX-" + "Aa-------1---------2---------3---------4---------5---------6: Y\r\n: x\r\n",
	} {
		var p Parser
		var q msg.Request
		b := []byte(head)
		if _, v := p.Request(b, &q, &Options{}); v == Done {
			t.Fatalf("%q is no bad head", head)
		}
		p.Original(b, q.Fields)
		if string(b) != head {
			t.Errorf("%q was read, and is now\n%q", head, b)
		}
	}
}
