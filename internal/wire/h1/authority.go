package h1

import (
	"bytes"

	"sluice/internal/msg"
	"sluice/internal/value"
)

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
	pl := msg.Locate(q.Target, q.Form)
	if !validHost(q.Target[pl.Host:pl.End]) {
		return p.refuse(p.first.b+pl.Host, "invalid authority in the request target")
	}
	if q.Form == msg.AuthorityForm {
		port := q.Target[pl.Port:pl.End]
		for i, c := range port {
			if i > 0 && class[c]&digit == 0 {
				return p.refuse(p.first.b+pl.Port+i, "invalid port in the request target")
			}
		}
		if len(port) < 2 {
			return p.refuse(p.first.b+pl.Port, "CONNECT without a port")
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
	pl := msg.Locate(q.Target, q.Form)
	if equalFold(host, q.Target[pl.Host:pl.End]) {
		return Done
	}
	name := host[:msg.HostLen(host)]
	if equalFold(name, q.Target[pl.Host:pl.Port]) {
		a, b := port(q.Target[pl.Port:pl.End]), port(host[len(name):])
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
	s := q.Target[:msg.SchemeLen(q.Target)]
	return http && is(s, "http://") || https && is(s, "https://")
}

// normalize brings target and Host into the form that rules and servers see (RFC 3986 6.2.3): a default or empty port
// goes, and an empty path becomes "/", except for OPTIONS. The Host field follows a target that changed. The target of
// CONNECT stays, but its default port leaves the Host field.
func (p *Parser) normalize(b []byte, q *msg.Request) {
	pl := msg.Locate(q.Target, q.Form)
	num := port(q.Target[pl.Port:pl.End])
	var host *msg.Field
	if q.HostIndex >= 0 {
		host = &q.Fields[q.HostIndex]
	}
	switch q.Form {
	case msg.AuthorityForm:
		if host == nil || !isDefault(q, num) {
			return
		}
		if name := host.Value[:msg.HostLen(host.Value)]; string(port(host.Value[len(name):])) == string(num) {
			host.Value, host.Line = name, 0
		}
	case msg.AbsoluteForm:
		cut := pl.End - pl.Port
		if len(num) > 0 && !isDefault(q, num) {
			cut = 0
		}
		slash := pl.End == len(q.Target) && q.MethodID != value.OPTIONS
		if cut == 0 && !slash {
			return
		}
		if cut > 0 {
			copy(q.Target[cut:], q.Target[:pl.Port])
			q.Target = q.Target[cut:]
			p.first.b += cut
			pl.End -= cut
		}
		if host != nil && validHost(q.Target[pl.Host:pl.End]) { // relaxed parsing lets any authority pass
			host.Value, host.Line = q.Target[pl.Host:pl.End:pl.End], 0
		}
		if slash {
			b[p.first.be] = '/' // the blank behind the target
			q.Target = b[p.first.b : p.first.be+1 : p.first.be+1]
		}
	}
}
