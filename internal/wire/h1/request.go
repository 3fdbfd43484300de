package h1

import (
	"math"

	"sluice/internal/msg"
	"sluice/internal/value"
)

// Request reads the head of a request from the start of b into q, which the caller has Reset. n is the length of the
// head with the empty lines before it, when the verdict is Done. Everything in q points into b or is constant.
func (p *Parser) Request(b []byte, q *msg.Request, o *Options) (n int, v Verdict) {
	if p.state < atLine {
		if v = p.requestLine(b, o); v != Done {
			return 0, v
		}
		if v = p.requestTarget(b, q, o); v != Done {
			return 0, v
		}
		if p.first.c == p.first.ce {
			p.simple(b, q)
			return p.pos, Done
		}
	}
	if q.Fields, v = p.lines(b, q.Fields, o); v != Done {
		return 0, v
	}
	if v = p.endRequest(b, q, o); v != Done {
		return 0, v
	}
	return p.pos, Done
}

// requestLine reads the first line from wherever it stopped before.
func (p *Parser) requestLine(b []byte, o *Options) Verdict {
	for p.pos < len(b) || p.state == atStart {
		switch p.state {
		case atStart:
			if !p.leading(b) {
				if p.pos < len(b) && p.pos+1 < len(b) {
					return p.refuse(p.pos, "CR without LF before the request line")
				}
				return NeedMore
			}
			p.first.a, p.state = p.pos, inA
		case inA:
			if !p.skip(b, token) {
				return NeedMore
			}
			if class[b[p.pos]]&blank == 0 || p.pos == p.first.a {
				return p.refuse(p.pos, "invalid character in the method")
			}
			p.first.ae, p.state = p.pos, beforeB
		case beforeB:
			if !p.skip(b, blank) {
				return NeedMore
			}
			p.first.b, p.state = p.pos, inB
		case inB:
			bits := target
			if o.Relaxed {
				bits = laxTarget
			}
			if !p.skip(b, bits) {
				return NeedMore
			}
			if v := p.targetEnd(b); v != Done {
				return v
			}
		case beforeC:
			if !p.skip(b, blank) {
				return NeedMore
			}
			p.first.c, p.state = p.pos, inC
		case inC:
			if !p.skip(b, version) {
				return NeedMore
			}
			if b[p.pos] != '\r' && b[p.pos] != '\n' {
				return p.refuse(p.pos, "invalid character in the version")
			}
			p.first.ce, p.state = p.pos, atLineEnd
		case atLineEnd:
			return p.lineEnd(b)
		}
	}
	return NeedMore
}

// skip moves over bytes of a class and says whether one that is not of it follows.
func (p *Parser) skip(b []byte, bits uint8) bool {
	i := p.pos
	for i < len(b) && class[b[i]]&bits != 0 {
		i++
	}
	p.pos = i
	return i < len(b)
}

// targetEnd looks at the byte that stopped the target. Without a version it is a simple request of HTTP/0.9, which only
// relaxed parsing allows, for GET (configuration.txt 4.2).
func (p *Parser) targetEnd(b []byte) Verdict {
	p.first.be = p.pos
	switch c := b[p.pos]; {
	case p.first.be == p.first.b:
		return p.refuse(p.pos, "empty or invalid request target")
	case class[c]&blank != 0:
		p.state = beforeC
	case c == '\r' || c == '\n':
		p.first.c, p.first.ce, p.state = p.pos, p.pos, atLineEnd
	default:
		return p.refuse(p.pos, "invalid character in the request target")
	}
	return Done
}

// requestTarget checks the words of a complete request line.
func (p *Parser) requestTarget(b []byte, q *msg.Request, o *Options) Verdict {
	l := &p.first
	q.Method = b[l.a:l.ae:l.ae]
	q.MethodID = value.LookupMethod(q.Method)
	q.Target = b[l.b:l.be:l.be]
	q.VerBytes = b[l.c:l.ce:l.ce]
	if string(q.Method) == "PRI" {
		if p.start == 0 && len(b) >= len(preface) && string(b[:len(preface)]) == preface {
			p.Err = Error{Pos: l.a, Status: 405, Reason: "preface of HTTP/2"}
			return Preface
		}
		return p.refuse(l.a, "PRI without the preface of HTTP/2")
	}
	if l.c == l.ce && (!o.Relaxed || q.MethodID != value.GET) {
		return p.refuse(l.ce, "request line without version")
	}
	switch ver := q.VerBytes; {
	case len(ver) == 8 && string(ver[:5]) == "HTTP/" && class[ver[5]]&digit != 0 && ver[6] == '.' && class[ver[7]]&digit != 0:
		q.Version = numbered(ver[5], ver[7])
	case o.Relaxed:
		p.lax(l.c)
		q.Version = msg.HTTP10
	default:
		return p.refuse(l.c, "invalid version")
	}
	q.Form = msg.FormOf(q.Target)
	var ok bool
	switch q.MethodID {
	case value.CONNECT:
		ok = q.Form == msg.AuthorityForm
	case value.OPTIONS:
		ok = q.Form != msg.AuthorityForm
	default:
		ok = q.Form == msg.OriginForm || q.Form == msg.AbsoluteForm
	}
	if !ok {
		return p.refuse(l.b, "request target of a form that the method does not allow")
	}
	if o.Relaxed {
		for i, c := range q.Target {
			if class[c]&target == 0 {
				p.lax(l.b + i)
				break
			}
		}
	}
	return p.authority(q, o)
}

const preface = "PRI * HTTP/2.0\r\n"

// numbered is how a message of version major.minor is treated: as 1.1 from there on, as 1.0 below.
func numbered(major, minor byte) msg.Version {
	if major > '1' || major == '1' && minor > '0' {
		return msg.HTTP11
	}
	return msg.HTTP10
}

// simple ends a request without version and header fields. It counts as HTTP/1.0.
func (p *Parser) simple(b []byte, q *msg.Request) {
	q.VerBytes = http10[:]
	q.Version = msg.HTTP10
	q.HostIndex = -1
	q.Flags = msg.ForceClose
	q.RawHead = b[p.start:p.pos:p.pos]
}

var http10 = [...]byte{'H', 'T', 'T', 'P', '/', '1', '.', '0'}

// endRequest decides what needs all fields: how the body is delimited, whether the connection can stay, and which host
// is asked.
func (p *Parser) endRequest(b []byte, q *msg.Request, o *Options) Verdict {
	p.settle(q.Fields)
	q.RawHead = b[p.start:p.pos:p.pos]
	q.HostIndex = p.host - 1
	if v := p.requestBody(q, o); v != Done {
		return v
	}
	if p.flags&msg.WebSocket != 0 && p.seen&sawKey == 0 {
		if !o.Relaxed {
			return p.refuse(p.start, "WebSocket handshake without valid Sec-WebSocket-Key")
		}
		p.lax(p.start)
	}
	if q.Form != msg.OriginForm {
		if v := p.matchHost(q, o); v != Done {
			return v
		}
		p.normalize(b, q)
	}
	if q.Version < msg.HTTP11 {
		p.flags &^= msg.Expect100 // RFC 9110 10.1.1
	}
	q.Flags = p.flags
	return Done
}

func (p *Parser) requestBody(q *msg.Request, o *Options) Verdict {
	chunked, length := p.seen&sawChunked != 0, p.seen&sawLength != 0
	switch {
	case p.seen&sawOther != 0 && chunked:
		return p.fail(p.start, 422, "unsupported transfer coding")
	case p.seen&sawOther != 0:
		return p.refuse(p.start, "request body without known length: the last transfer coding is not chunked")
	}
	if chunked && (length && !o.TrustLength || q.Version < msg.HTTP11) {
		p.flags |= msg.ForceClose
	}
	if q.MethodID == value.CONNECT {
		if length && !chunked && p.length > 0 {
			return p.fail(p.start, 502, "CONNECT with a payload")
		}
		p.drop(q.Fields, msg.ContentLength)
		p.drop(q.Fields, msg.TransferEncoding)
		q.Body = msg.Tunnel
		return Done
	}
	switch {
	case chunked:
		p.flags |= msg.HasTE
		q.Body = msg.Chunked
	case length:
		p.flags |= msg.HasCL
		q.Body = clamp(p.length)
	}
	if q.Body != 0 && q.Version < msg.HTTP11 && !o.AnyPayload {
		switch q.MethodID {
		case value.GET, value.HEAD, value.DELETE:
			return p.fail(p.start, 413, "payload with a method of HTTP/1.0 that has none")
		}
	}
	return Done
}

// clamp brings a length into the range of int64. Nobody transfers as much as the difference.
func clamp(n uint64) int64 { return int64(min(n, math.MaxInt64)) }
