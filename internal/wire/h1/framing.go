package h1

import (
	"math"

	"sluice/internal/msg"
)

// meaning looks at a field that decides about the message. It says whether the field is kept: one that repeats another
// is dropped. It may shorten the value. Whatever changes bytes waits for the end of the head, so that a head can be
// parsed again from the start.
func (p *Parser) meaning(f *msg.Field, at int, fs []msg.Field, o *Options) (keep bool, v Verdict) {
	if p.mode == trailer {
		return f.Known != msg.ContentLength && f.Known != msg.TransferEncoding, Done
	}
	switch f.Known {
	case msg.ContentLength:
		return p.contentLength(f, at)
	case msg.TransferEncoding:
		return p.transferEncoding(f, at, o)
	case msg.Connection:
		p.connection(f.Value)
		return len(f.Value) > 0, Done
	case msg.Upgrade:
		p.upgrade(f.Value)
	case msg.SecWebSocketKey:
		if len(f.Value) == webSocketKeyLen {
			p.seen |= sawKey
		}
	case msg.SecWebSocketAccept:
		if p.mode == response {
			p.seen |= sawKey
		}
	case msg.Expect:
		if is(f.Value, "100-continue") {
			p.flags |= msg.Expect100
		}
	case msg.Host:
		if p.mode == request {
			return p.hostField(f, at, fs)
		}
	}
	return true, Done
}

// webSocketKeyLen is the length of 16 bytes in base64 (RFC 6455 4.1).
const webSocketKeyLen = 24

// contentLength reads a list of lengths that must all be the same number, across all fields (RFC 9112 6.3). The value
// becomes the number without leading zeros.
func (p *Parser) contentLength(f *msg.Field, at int) (keep bool, v Verdict) {
	l := list{rest: f.Value}
	var short []byte
	for l.next() {
		n, digits, ok := number(l.item)
		if !ok {
			return false, p.refuse(at, "invalid Content-Length")
		}
		if p.seen&sawLength != 0 && n != p.length {
			return false, p.refuse(at, "conflicting Content-Length")
		}
		if p.seen&sawLength == 0 {
			p.seen |= sawLength
			p.length, short, keep = n, digits, true
		}
	}
	if keep && len(short) != len(f.Value) {
		f.Value, f.Line = short, 0
	}
	return keep, Done
}

// number reads decimal digits up to the largest uint64, and returns them without leading zeros as well.
func number(b []byte) (n uint64, digits []byte, ok bool) {
	if len(b) == 0 {
		return 0, nil, false
	}
	for _, c := range b {
		d := uint64(c - '0')
		if d > 9 || n > math.MaxUint64/10 || n*10 > math.MaxUint64-d {
			return 0, nil, false
		}
		n = n*10 + d
	}
	for len(b) > 1 && b[0] == '0' {
		b = b[1:]
	}
	return n, b, true
}

// transferEncoding allows chunked once and last. The value becomes the word "chunked"; other codings are refused at the
// end of the head. Relaxed responses may repeat it and have empty elements (configuration.txt 4.2).
func (p *Parser) transferEncoding(f *msg.Field, at int, o *Options) (keep bool, v Verdict) {
	lax := o.Relaxed && p.mode == response
	l := list{rest: f.Value}
	for l.next() {
		switch {
		case len(l.item) == 0 && lax:
			p.lax(at)
		case len(l.item) == 0:
			return false, p.refuse(at, "empty transfer coding")
		case is(l.item, "chunked") && p.seen&sawChunked == 0:
			p.seen |= sawChunked
			keep = true
			for i, c := range l.item {
				l.item[i] = fold(c)
			}
			if len(l.item) != len(f.Value) {
				f.Line = 0
			}
			f.Value = l.item
		case is(l.item, "chunked") && lax:
			p.lax(at)
		case is(l.item, "chunked"):
			return false, p.refuse(at, "transfer coding chunked applied twice")
		case p.seen&sawChunked != 0:
			return false, p.refuse(at, "transfer coding chunked is not the last")
		default:
			p.seen |= sawOther
		}
	}
	return keep, Done
}

func (p *Parser) connection(value []byte) {
	l := list{rest: value}
	for l.next() {
		switch {
		case is(l.item, "close"):
			p.flags |= msg.ConnClose
			p.seen |= sawTokens
		case is(l.item, "keep-alive"):
			p.flags |= msg.ConnKeepAlive
			p.seen |= sawTokens
		case is(l.item, "upgrade"):
			p.seen |= sawUpgrade
		}
	}
}

func (p *Parser) upgrade(value []byte) {
	p.seen |= sawHopUpgrade
	l := list{rest: value}
	for l.next() {
		switch {
		case len(l.item) == 0:
		case is(l.item, "h2c"), is(l.item, "h2"):
			p.seen |= sawH2C
		case is(l.item, "websocket"):
			p.seen |= sawProtocol | sawWebSocket
		default:
			p.seen |= sawProtocol
		}
	}
}

// list walks over the elements of a comma-separated value without quoting, with the blanks around them cut off. It
// yields empty elements too, and one for an empty value.
type list struct {
	rest []byte
	item []byte
	end  bool
}

func (l *list) next() bool {
	if l.end {
		return false
	}
	for i, c := range l.rest {
		if c == ',' {
			l.item = trim(l.rest[:i:i])
			l.rest = l.rest[i+1:]
			return true
		}
	}
	l.item = trim(l.rest)
	l.end = true
	return true
}

// settle ends a head: the fields that only concern this connection leave it. Connection loses close and keep-alive,
// and upgrade where no protocol is named; Upgrade loses HTTP/2, and everything in a request whose Connection does not
// announce it; Content-Length goes when the body is chunked.
func (p *Parser) settle(fs []msg.Field) {
	if p.seen&sawUpgrade != 0 && (p.seen&sawProtocol != 0 || p.mode == response) {
		p.flags |= msg.ConnUpgrade
		if p.seen&sawWebSocket != 0 {
			p.flags |= msg.WebSocket
		}
	}
	if p.seen&(sawLength|sawChunked) == sawLength|sawChunked {
		p.drop(fs, msg.ContentLength)
	}
	if p.seen&(sawTokens|sawUpgrade|sawHopUpgrade) == 0 {
		return
	}
	upgrade := p.flags&msg.ConnUpgrade != 0
	for i := range fs {
		f := &fs[i]
		switch {
		case f.Known == msg.Connection && (p.seen&sawTokens != 0 || !upgrade):
			without(f, func(item []byte) bool {
				return is(item, "close") || is(item, "keep-alive") || !upgrade && is(item, "upgrade")
			})
		case f.Known == msg.Upgrade && p.mode == request && !upgrade:
			f.Dead = true
		case f.Known == msg.Upgrade && p.seen&sawH2C != 0:
			without(f, func(item []byte) bool { return is(item, "h2c") || is(item, "h2") })
		}
	}
}

// drop marks all fields of a name as deleted.
func (p *Parser) drop(fs []msg.Field, known msg.Known) {
	for i := range fs {
		if fs[i].Known == known {
			fs[i].Dead = true
		}
	}
}

// without removes elements from a comma-separated value, in place. A value of which nothing is left is deleted.
func without(f *msg.Field, drop func(item []byte) bool) {
	if has(f.Value, drop) {
		f.Value, _ = appendWithout(f.Value[:0], f.Value, drop)
		f.Line = 0
		f.Dead = len(f.Value) == 0
	}
}

// has says whether an element of a comma-separated value is wanted.
func has(value []byte, wanted func(item []byte) bool) bool {
	l := list{rest: value}
	for l.next() {
		if len(l.item) > 0 && wanted(l.item) {
			return true
		}
	}
	return false
}

// appendWithout appends the elements of a comma-separated value that are not empty and not to be dropped. dst may be
// the value's own memory. some says whether there were any.
func appendWithout(dst, value []byte, drop func(item []byte) bool) (out []byte, some bool) {
	l := list{rest: value}
	for l.next() {
		if len(l.item) == 0 || drop(l.item) {
			continue
		}
		if some {
			dst = append(dst, ',')
		}
		dst = append(dst, l.item...)
		some = true
	}
	return dst, some
}
