package h1

import (
	"bytes"

	"sluice/internal/msg"
	"sluice/internal/value"
)

// form tells the form of a request target (RFC 9112 3.2).
func form(t []byte) msg.TargetForm {
	switch {
	case t[0] == '/':
		return msg.OriginForm
	case len(t) == 1 && t[0] == '*':
		return msg.AsteriskForm
	case schemeLen(t) > 0:
		return msg.AbsoluteForm
	}
	return msg.AuthorityForm
}

// schemeLen is the length of "scheme://" at the start of t, 0 without.
func schemeLen(t []byte) int {
	if len(t) == 0 || class[fold(t[0])]&scheme == 0 || fold(t[0]) < 'a' {
		return 0
	}
	for i, c := range t {
		if class[c]&scheme != 0 {
			continue
		}
		if c == ':' && i+2 < len(t) && t[i+1] == '/' && t[i+2] == '/' {
			return i + 3
		}
		return 0
	}
	return 0
}

// place is where host and port lie in a request target: t[host:hostEnd] is the host without user, with brackets, and
// t[hostEnd:end] is empty or the port with its colon.
type place struct {
	host, hostEnd, end int
}

// locate finds the authority of a target of absolute or authority form.
func locate(t []byte, f msg.TargetForm) place {
	at := 0
	if f == msg.AbsoluteForm {
		at = schemeLen(t)
	}
	pl := place{host: at, end: len(t)}
	if i := bytes.IndexAny(t[at:], "/?#"); i >= 0 {
		pl.end = at + i
	}
	if i := bytes.LastIndexByte(t[at:pl.end], '@'); i >= 0 {
		pl.host = at + i + 1
	}
	pl.hostEnd = pl.host + len(withoutPort(t[pl.host:pl.end]))
	return pl
}

// withoutPort cuts ":port" off a host: what follows the last colon that is not within brackets.
func withoutPort(h []byte) []byte {
	i := bytes.LastIndexByte(h, ':')
	if i < 0 || bytes.IndexByte(h[i:], ']') >= 0 {
		return h
	}
	return h[:i:i]
}

// validHost checks the bytes of a host and its port. Brackets must enclose the host as a whole.
func validHost(h []byte) bool {
	if len(h) > 0 && h[0] == '[' {
		end := bytes.IndexByte(h, ']')
		if end < 0 || end+1 < len(h) && h[end+1] != ':' {
			return false
		}
		return hostBytes(h[1:end]) && hostBytes(h[end+1:])
	}
	return hostBytes(h)
}

func hostBytes(h []byte) bool {
	for _, c := range h {
		if class[c]&hostChar == 0 && c != ':' {
			return false
		}
	}
	return true
}

// authority checks the authority of a request target; relaxed parsing does not.
func (p *Parser) authority(q *msg.Request, o *Options) Verdict {
	if o.Relaxed || q.Form != msg.AbsoluteForm && q.Form != msg.AuthorityForm {
		return Done
	}
	pl := locate(q.Target, q.Form)
	if !validHost(q.Target[pl.host:pl.end]) {
		return p.refuse(p.first.b+pl.host, "invalid authority in the request target")
	}
	if q.Form == msg.AuthorityForm {
		port := q.Target[pl.hostEnd:pl.end]
		for i, c := range port {
			if i > 0 && class[c]&digit == 0 {
				return p.refuse(p.first.b+pl.hostEnd+i, "invalid port in the request target")
			}
		}
		if len(port) < 2 {
			return p.refuse(p.first.b+pl.hostEnd, "CONNECT without a port")
		}
	}
	return Done
}

// hostField checks a Host field. One that says the same as the first is dropped.
func (p *Parser) hostField(f *msg.Field, at int, fs []msg.Field) (keep bool, v Verdict) {
	if p.host > 0 {
		if !equalFold(fs[p.host-1].Value, f.Value) {
			return false, p.refuse(at, "several Host fields that differ")
		}
		return false, Done
	}
	if !validHost(f.Value) {
		return false, p.refuse(at, "invalid character in the Host field")
	}
	p.host = int32(len(fs)) + 1
	return true, Done
}

// matchHost compares the Host field with the authority of the target, which must name the same host and port
// (RFC 9112 3.2.2). A default port may be left out or left empty on either side.
func (p *Parser) matchHost(q *msg.Request, o *Options) Verdict {
	if p.host == 0 || q.Form == msg.AsteriskForm {
		return Done
	}
	host := q.Fields[q.HostIndex].Value
	pl := locate(q.Target, q.Form)
	if equalFold(host, q.Target[pl.host:pl.end]) {
		return Done
	}
	name := withoutPort(host)
	if equalFold(name, q.Target[pl.host:pl.hostEnd]) {
		a, b := port(q.Target[pl.hostEnd:pl.end]), port(host[len(name):])
		if string(a) == string(b) || len(b) == 0 && isDefault(q, a) || len(a) == 0 && isDefault(q, b) {
			return Done
		}
	}
	if !o.Relaxed {
		return p.refuse(p.first.b, "the Host field differs from the authority of the request target")
	}
	p.lax(p.first.b)
	return Done
}

// port is the number in ":number".
func port(b []byte) []byte {
	if len(b) > 0 {
		return b[1:]
	}
	return b
}

// isDefault says whether a port may be left out: the scheme's own, or for CONNECT one of both.
func isDefault(q *msg.Request, port []byte) bool {
	http, https := string(port) == "80", string(port) == "443"
	if q.MethodID == value.CONNECT {
		return http || https
	}
	s := q.Target[:schemeLen(q.Target)]
	return http && is(s, "http://") || https && is(s, "https://")
}

// normalize brings target and Host into the form that rules and servers see (RFC 3986 6.2.3): the default port goes,
// and with it whatever else the Host field said; an empty path becomes "/", except for OPTIONS. The target of CONNECT
// stays, but its default port leaves the Host field.
func (p *Parser) normalize(b []byte, q *msg.Request) {
	pl := locate(q.Target, q.Form)
	num := port(q.Target[pl.hostEnd:pl.end])
	var host *msg.Field
	if q.HostIndex >= 0 {
		host = &q.Fields[q.HostIndex]
	}
	switch q.Form {
	case msg.AuthorityForm:
		if host == nil || !isDefault(q, num) {
			return
		}
		if name := withoutPort(host.Value); string(port(host.Value[len(name):])) == string(num) {
			host.Value, host.Line = name, 0
		}
	case msg.AbsoluteForm:
		if cut := pl.end - pl.hostEnd; cut > 0 && (len(num) == 0 || isDefault(q, num)) {
			copy(q.Target[cut:], q.Target[:pl.hostEnd])
			q.Target = q.Target[cut:]
			if host != nil {
				host.Value, host.Line = q.Target[pl.host:pl.hostEnd:pl.hostEnd], 0
			}
			pl.end = pl.hostEnd
			p.first.b += cut
		}
		if pl.end == len(q.Target) && q.MethodID != value.OPTIONS {
			b[p.first.be] = '/' // the blank behind the target
			q.Target = b[p.first.b : p.first.be+1 : p.first.be+1]
		}
	}
}
