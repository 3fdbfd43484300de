package cli

import (
	"strconv"

	"sluice/internal/proxy"
	"sluice/internal/stream"
)

// trafficCommands are about requests and connections.
func trafficCommands() []Command {
	return []Command{
		{Name: "show errors", Args: "[<px>] [request|response]", Doc: "Shows the last invalid request and response of each proxy.", Access: Operator, Run: showErrors},
		{Name: "show sess", Args: "[help|<id>|all] [opts...]", Doc: "Lists the streams that run, or shows one.", Access: Operator, Run: showSessions},
		{Name: "shutdown session", Args: "[id]", Doc: "Ends a stream and its client's connection.", Access: Admin, Run: shutdownSession},
		{Name: "shutdown sessions server", Args: "<bk>/<srv>", Doc: "Ends all streams of a server.", Access: Admin, Run: shutdownServerSessions},
	}
}

// showErrors dumps invalid messages, of one proxy or all, requests or responses or both.
func showErrors(s *Session, args []string) {
	id := -1
	if len(args) > 0 {
		if n, err := strconv.Atoi(args[0]); err == nil {
			id = n
		} else if p := s.named(args[0]); p != nil {
			id = p.ID
		} else {
			s.Fail("No such proxy.")
			return
		}
	}
	request, response := true, true
	if len(args) > 1 {
		request, response = args[1] != "response", args[1] != "request"
	}
	store := &s.srv.Engine.Errors
	s.Printf("Total events captured on [%s] : %d\n", stamp(now()), store.Total())
	for _, p := range s.srv.snapshot().All() {
		q, r := store.Of(p)
		if request && q.Wall != 0 && (id < 0 || id == p.ID || q.Other != nil && q.Other.ID == id) {
			s.capture(p, &q)
		}
		if response && r.Wall != 0 && (id < 0 || id == p.ID || r.Other != nil && r.Other.ID == id) {
			s.capture(p, &r)
		}
	}
}

// capture prints one invalid message. Its lines are never empty: an empty line ends an answer.
func (s *Session) capture(p *proxy.Proxy, c *stream.Capture) {
	if c.Request {
		s.Printf(" \n[%s] frontend %s (#%d): invalid request\n  backend %s", stamp(c.Wall), p.Name, p.ID, titled(c.Other))
	} else {
		s.Printf(" \n[%s] backend %s (#%d): invalid response\n  frontend %s", stamp(c.Wall), p.Name, p.ID, titled(c.Other))
	}
	server := "<NONE> (#-1)"
	if c.Server != nil {
		server = c.Server.NameNow() + " (#" + strconv.Itoa(c.Server.ID) + ")"
	}
	src := "unix:1"
	if c.Src.IsValid() {
		src = c.Src.String()
	}
	s.Printf(", server %s, event #%d, src %s\n", server, c.Seq, src)
	s.Printf("  stream #%d, reason: %s\n", c.StreamID, printable(c.Reason))
	s.Printf("  len %d, error at position %d:\n  \n", len(c.Bytes), c.Pos)
	s.out.Write(appendDump(nil, c.Bytes))
}

func titled(p *proxy.Proxy) string {
	if p == nil {
		return "<NONE> (#-1)"
	}
	return p.Name + " (#" + strconv.Itoa(p.ID) + ")"
}

// dumpWidth is how many characters of a message fit in a line of a dump.
const dumpWidth = 70

// appendDump appends bytes as text, a line for each of their lines; what is too long goes on in lines marked "+". What
// cannot be printed is escaped.
func appendDump(b, data []byte) []byte {
	const digits = "0123456789ABCDEF"
	mark := byte(' ')
	for at := 0; at < len(data); {
		n := strconv.Itoa(at)
		b = append(append(append(b, "  "...), "00000"[min(len(n), 5):]...), n...)
		b = append(b, mark, ' ')
		width, ended := 0, false
		for at < len(data) && !ended {
			var esc [4]byte
			e := esc[:0]
			switch c := data[at]; {
			case c == '\n':
				e = append(e, `\n`...)
				ended = true
			case c == '\r':
				e = append(e, `\r`...)
			case c == '\t':
				e = append(e, `\t`...)
			case c == 27:
				e = append(e, `\e`...)
			case c == '\\':
				e = append(e, `\\`...)
			case c < ' ' || c > '~':
				e = append(e, '\\', 'x', digits[c>>4], digits[c&15])
			default:
				e = append(e, c)
			}
			if width+len(e) > dumpWidth-2 && !ended {
				break
			}
			b = append(b, e...)
			width += len(e)
			at++
		}
		b = append(b, '\n')
		mark = '+'
		if ended {
			mark = ' '
		}
	}
	return b
}
