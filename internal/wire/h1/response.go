package h1

import (
	"sluice/internal/msg"
	"sluice/internal/value"
)

// Asked is what a response depends on besides its own bytes.
type Asked struct {
	Method  value.Method // of the request, as it was sent
	Upgrade bool         // the request asked for another protocol (msg.ConnUpgrade)
}

// Response reads the head of a response from the start of b into r, which the caller has Reset. n is as in Request.
// Heads of interim responses (1xx) are reported one by one, like any other, with NoBody.
func (p *Parser) Response(b []byte, r *msg.Response, asked Asked, o *Options) (n int, v Verdict) {
	p.mode = response
	if p.state < atLine {
		if v = p.statusLine(b, o); v != Done {
			return 0, v
		}
		if v = p.statusWords(b, r, o); v != Done {
			return 0, v
		}
	}
	if r.Fields, v = p.lines(b, r.Fields, o); v != Done {
		return 0, v
	}
	if v = p.endResponse(b, r, asked, o); v != Done {
		return 0, v
	}
	return p.pos, Done
}

func (p *Parser) statusLine(b []byte, o *Options) Verdict {
	for p.pos < len(b) || p.state == atStart {
		switch p.state {
		case atStart:
			if !p.leading(b) {
				if p.pos+1 < len(b) {
					return p.refuse(p.pos, "CR without LF before the status line")
				}
				return NeedMore
			}
			p.first.a, p.state = p.pos, inA
		case inA:
			if !p.skip(b, version) {
				return NeedMore
			}
			if class[b[p.pos]]&blank == 0 || p.pos == p.first.a {
				return p.refuse(p.pos, "invalid character in the version")
			}
			p.first.ae, p.state = p.pos, beforeB
		case beforeB:
			if !p.skip(b, blank) {
				return NeedMore
			}
			p.first.b, p.state = p.pos, inB
		case inB:
			if !p.skip(b, digit) {
				return NeedMore
			}
			p.first.be = p.pos
			p.first.c, p.first.ce = p.pos, p.pos
			switch c := b[p.pos]; {
			case p.first.be == p.first.b:
				return p.refuse(p.pos, "invalid status code")
			case class[c]&blank != 0:
				p.state = beforeC
			case c == '\r' || c == '\n':
				p.state = atLineEnd
			default:
				return p.refuse(p.pos, "invalid character in the status code")
			}
		case beforeC:
			if !p.skip(b, blank) {
				return NeedMore
			}
			p.first.c, p.state = p.pos, inC
		case inC:
			for p.pos < len(b) && b[p.pos] != '\r' && b[p.pos] != '\n' {
				p.pos++
			}
			p.first.ce = p.pos
			if p.pos < len(b) {
				p.state = atLineEnd
			}
		case atLineEnd:
			return p.lineEnd(b)
		}
	}
	return NeedMore
}

// maxStatus is the largest status code that relaxed parsing lets pass.
const maxStatus = 65519

// statusWords checks the words of a complete status line.
func (p *Parser) statusWords(b []byte, r *msg.Response, o *Options) Verdict {
	l := &p.first
	r.VerBytes = b[l.a:l.ae:l.ae]
	r.Reason = b[l.c:l.ce:l.ce]
	n := 0
	for _, c := range b[l.b:l.be] {
		if n = n*10 + int(c-'0'); n > maxStatus {
			return p.refuse(l.b, "status code out of range")
		}
	}
	if l.be-l.b > 3 {
		if !o.Relaxed {
			return p.refuse(l.b, "status code of more than three digits")
		}
		p.lax(l.b)
	}
	r.Status = n
	switch ver := r.VerBytes; {
	case len(ver) == 8 && string(ver[:5]) == "HTTP/" && class[ver[5]]&digit != 0 && ver[6] == '.' && class[ver[7]]&digit != 0:
		r.Version = numbered(ver[5], ver[7])
	case o.Relaxed:
		p.lax(l.a)
		r.Version = msg.HTTP10
	default:
		return p.refuse(l.a, "invalid version")
	}
	return Done
}

// endResponse decides how the body is delimited (RFC 9112 6.3).
func (p *Parser) endResponse(b []byte, r *msg.Response, asked Asked, o *Options) Verdict {
	p.settle(r.Fields)
	r.RawHead = b[p.start:p.pos:p.pos]
	if p.seen&sawOther != 0 {
		return p.refuse(p.start, "unsupported transfer coding")
	}
	chunked, length := p.seen&sawChunked != 0, p.seen&sawLength != 0
	if chunked && (length && !o.TrustLength || r.Version < msg.HTTP11) {
		p.flags |= msg.ForceClose
	}
	tunnel := r.Status == 101 || asked.Method == value.CONNECT && r.Status/100 == 2
	if r.Status == 101 {
		if !asked.Upgrade || p.flags&msg.ConnUpgrade == 0 {
			return p.refuse(p.start, "switch of protocol that was not asked for or not named")
		}
		if p.flags&msg.WebSocket != 0 && p.seen&sawKey == 0 {
			if !o.Relaxed {
				return p.refuse(p.start, "WebSocket handshake without Sec-WebSocket-Accept")
			}
			p.lax(p.start)
		}
	}
	switch {
	case tunnel || r.Status/100 == 1 || r.Status == 204:
		// These have neither body nor a statement of its length (RFC 9110 8.6, RFC 9112 6.1).
		p.drop(r.Fields, msg.ContentLength)
		p.drop(r.Fields, msg.TransferEncoding)
		p.flags |= msg.NoBody
		if tunnel {
			p.flags &^= msg.NoBody
			r.Body = msg.Tunnel
		}
	case r.Status == 304 || asked.Method == value.HEAD:
		p.flags |= msg.NoBody
		p.announced()
	case chunked:
		r.Body = msg.Chunked
		p.announced()
	case length:
		r.Body = clamp(p.length)
		p.announced()
	default:
		r.Body = msg.UntilClose
		p.flags |= msg.ForceClose
	}
	r.Flags = p.flags
	return Done
}

// announced notes which field states the length.
func (p *Parser) announced() {
	switch {
	case p.seen&sawChunked != 0:
		p.flags |= msg.HasTE
	case p.seen&sawLength != 0:
		p.flags |= msg.HasCL
	}
}
