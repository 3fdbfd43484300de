package msg

import (
	"bytes"

	"sluice/internal/buf"
)

// FormOf tells the form of a request target by its first bytes alone (RFC 9112 3.2).
func FormOf(target []byte) TargetForm {
	switch {
	case len(target) > 0 && target[0] == '/':
		return OriginForm
	case len(target) == 1 && target[0] == '*':
		return AsteriskForm
	case SchemeLen(target) > 0:
		return AbsoluteForm
	}
	return AuthorityForm
}

// SchemeLen is the length of "scheme://" at the start of a target, 0 without.
func SchemeLen(t []byte) int {
	for i, c := range t {
		switch {
		case 'a' <= c|0x20 && c|0x20 <= 'z':
		case i > 0 && ('0' <= c && c <= '9' || c == '+' || c == '-' || c == '.'):
		case i > 0 && c == ':' && i+2 < len(t) && t[i+1] == '/' && t[i+2] == '/':
			return i + len("://")
		default:
			return 0
		}
	}
	return 0
}

// Place is where the parts of the authority lie in a request target of absolute or authority form: t[Host:Port] is the
// host without user and with its brackets, t[Port:End] is empty or the port with its colon.
type Place struct {
	Start, Host, Port, End int
}

// Locate finds the authority in a target. It is empty in the other forms.
func Locate(t []byte, form TargetForm) Place {
	var p Place
	switch form {
	case AbsoluteForm:
		p.Start = SchemeLen(t)
	case OriginForm, AsteriskForm:
		return p
	}
	p.Host, p.End = p.Start, len(t)
	if i := bytes.IndexAny(t[p.Start:], "/?#"); i >= 0 {
		p.End = p.Start + i
	}
	if i := bytes.LastIndexByte(t[p.Start:p.End], '@'); i >= 0 {
		p.Host = p.Start + i + 1
	}
	p.Port = p.Host + HostLen(t[p.Host:p.End])
	return p
}

// HostLen is the length of the host in "host" or "host:port". A colon within brackets does not separate.
func HostLen(h []byte) int {
	i := bytes.LastIndexByte(h, ':')
	if i < 0 || bytes.IndexByte(h[i:], ']') >= 0 {
		return len(h)
	}
	return i
}

// Scheme returns the scheme of an absolute target without "://", nil without.
func (q *Request) Scheme() []byte {
	if n := SchemeLen(q.Target); n > 0 && q.Form == AbsoluteForm {
		return q.Target[:n-len("://")]
	}
	return nil
}

// Authority returns "host:port" of the target without the user, nil in origin and asterisk form.
func (q *Request) Authority() []byte {
	if q.Form == OriginForm || q.Form == AsteriskForm {
		return nil
	}
	p := Locate(q.Target, q.Form)
	return q.Target[p.Host:p.End]
}

// pathStart is where path and query begin in the target, its length when it has neither.
func (q *Request) pathStart() int {
	switch q.Form {
	case OriginForm:
		return 0
	case AbsoluteForm:
		return Locate(q.Target, q.Form).End
	}
	return len(q.Target)
}

// PathQuery returns path and query as they stand in the target (configuration.txt 7.3.6, pathq). An absolute target
// without path gives the query with its question mark, CONNECT and "*" give nothing.
func (q *Request) PathQuery() []byte { return q.Target[q.pathStart():] }

// Path returns the path without the query (configuration.txt 7.3.6, path).
func (q *Request) Path() []byte {
	p := q.PathQuery()
	if i := buf.Index(p, '?'); i >= 0 {
		return p[:i]
	}
	return p
}

// Query returns what follows the first question mark of the target (configuration.txt 7.3.6, query).
func (q *Request) Query() []byte {
	if i := bytes.IndexByte(q.Target, '?'); i >= 0 {
		return q.Target[i+1:]
	}
	return nil
}

// Host returns the value of the first Host field, nil without.
func (q *Request) Host() []byte {
	if i := q.hostField(); i >= 0 {
		return q.Fields[i].Value
	}
	return nil
}

// hostField returns the index of the first Host field, -1 without.
func (q *Request) hostField() int {
	if i := int(q.HostIndex); i >= 0 && i < len(q.Fields) && q.Fields[i].Known == Host && !q.Fields[i].Dead {
		return i
	}
	return q.Fields.Next(Host.Name(), 0)
}
