package h1

import (
	"slices"
	"strconv"

	"sluice/internal/msg"
)

// Plan is what a caller decides about a head it sends: which fields stay behind and which come at the end. The zero
// value sends the fields as they are.
type Plan struct {
	Drop       msg.Set // fields not to send, by name
	Connection string  // "close", "keep-alive" or "upgrade" to add as a Connection field; "" adds none
	Chunked    bool    // add Transfer-Encoding: chunked
	Length     int64   // add Content-Length with this value when HasLength
	HasLength  bool
	// Case gives a name the form that the receiver wants (h1-case-adjust, configuration.txt 3.1), nil when every name
	// stays in lower case. It returns a name of the same length.
	Case func(name []byte) []byte
}

// AppendRequest appends the head of q with its empty line to dst.
func AppendRequest(dst []byte, q *msg.Request, pl *Plan) []byte {
	dst = append(dst, q.Method...)
	dst = append(dst, ' ')
	dst = append(dst, q.Target...)
	dst = append(dst, ' ')
	dst = appendVersion(dst, q.Version, q.VerBytes)
	dst = append(dst, '\r', '\n')
	return pl.appendFields(dst, q.Fields, q.RawHead)
}

// AppendResponse appends the head of r with its empty line to dst. A response without reason gets the usual one of its
// status.
func AppendResponse(dst []byte, r *msg.Response, pl *Plan) []byte {
	dst = appendVersion(dst, r.Version, r.VerBytes)
	dst = append(dst, ' ')
	dst = appendStatus(dst, r.Status)
	dst = append(dst, ' ')
	if len(r.Reason) > 0 {
		dst = append(dst, r.Reason...)
	} else {
		dst = append(dst, Reason(r.Status)...)
	}
	dst = append(dst, '\r', '\n')
	return pl.appendFields(dst, r.Fields, r.RawHead)
}

// appendVersion writes HTTP/1.1 for everything that is treated so, wherever it came from, and older versions as they
// were received.
func appendVersion(dst []byte, v msg.Version, text []byte) []byte {
	if v >= msg.HTTP11 {
		return append(dst, "HTTP/1.1"...)
	}
	if len(text) == 0 {
		return append(dst, "HTTP/1.0"...)
	}
	return append(dst, text...)
}

func appendStatus(dst []byte, n int) []byte {
	if n > 999 {
		return strconv.AppendInt(dst, int64(n), 10)
	}
	return append(dst, byte('0'+n/100), byte('0'+n/10%10), byte('0'+n%10))
}

// AppendField appends one header line.
func AppendField(dst, name, value []byte) []byte {
	at := len(dst)
	dst = slices.Grow(dst, len(name)+len(value)+len(": \r\n"))[:at+len(name)+len(value)+len(": \r\n")]
	line := dst[at:]
	line = line[copy(line, name):]
	line[0], line[1] = ':', ' '
	line = line[2+copy(line[2:], value):]
	line[0], line[1] = '\r', '\n'
	return dst
}

// appendFields appends the live fields, what pl adds, and the empty line. Neighbours whose lines lie untouched behind
// each other in raw are copied at once.
func (pl *Plan) appendFields(dst []byte, fs []msg.Field, raw []byte) []byte {
	drop := pl.Drop | 1<<msg.TE
	from, to := 0, 0 // the run of raw that waits to be copied
	for i := range fs {
		f := &fs[i]
		if f.Dead {
			continue
		}
		if drop>>f.Known&1 != 0 && f.Known != msg.Unknown {
			if f.Known != msg.TE || pl.Drop.Has(msg.TE) || !trailers(f.Value) {
				continue
			}
			dst = append(dst, raw[from:to]...)
			from, to = 0, 0
			dst = pl.line(dst, f.Name, trailersWord[:])
			continue
		}
		if pl.Case == nil && untouched(f, raw) {
			if int(f.Line) != to {
				dst = append(dst, raw[from:to]...)
				from = int(f.Line)
			}
			to = int(f.Line) + len(f.Name) + len(f.Value) + len(": \r\n")
			continue
		}
		dst = append(dst, raw[from:to]...)
		from, to = 0, 0
		if f.Known == msg.Connection {
			dst = pl.connection(dst, f)
			continue
		}
		dst = pl.line(dst, f.Name, f.Value)
	}
	dst = append(dst, raw[from:to]...)
	return pl.end(dst)
}

// untouched says whether the field's line in raw still says what the field says.
func untouched(f *msg.Field, raw []byte) bool {
	at := int(f.Line) + len(f.Name) + len(": ")
	return f.Line > 0 && at+len(f.Value)+2 <= len(raw) && &raw[f.Line] == &f.Name[0] &&
		(len(f.Value) == 0 || &raw[at] == &f.Value[0]) && raw[at+len(f.Value)] == '\r'
}

// connection appends a Connection field without close and keep-alive, which an edit may have brought in: whether the
// connection stays is said by pl alone. ConnectionFlags tells the caller what the edit wanted.
func (pl *Plan) connection(dst []byte, f *msg.Field) []byte {
	own := func(item []byte) bool { return is(item, "close") || is(item, "keep-alive") }
	if !has(f.Value, own) {
		return pl.line(dst, f.Name, f.Value)
	}
	at := len(dst)
	dst = pl.line(dst, f.Name, nil)
	dst = dst[:len(dst)-len("\r\n")]
	if dst, some := appendWithout(dst, f.Value, own); some {
		return append(dst, '\r', '\n')
	}
	return dst[:at]
}

// ConnectionFlags returns what the live Connection fields ask for: ConnClose, ConnKeepAlive. A parsed head holds neither
// any more (they are in the message's flags), so this is what rules have added.
func ConnectionFlags(fs []msg.Field) msg.Flags {
	var p Parser
	for i := range fs {
		if fs[i].Known == msg.Connection && !fs[i].Dead {
			p.connection(fs[i].Value)
		}
	}
	return p.flags
}

// line appends one header line with the name in the form that the receiver wants.
func (pl *Plan) line(dst, name, value []byte) []byte {
	if pl.Case != nil {
		name = pl.Case(name)
	}
	return AppendField(dst, name, value)
}

// end appends what pl adds, and the empty line.
func (pl *Plan) end(dst []byte) []byte {
	if pl.HasLength {
		dst = pl.name(dst, msg.ContentLength)
		dst = strconv.AppendInt(dst, pl.Length, 10)
		dst = append(dst, '\r', '\n')
	}
	if pl.Chunked {
		dst = pl.name(dst, msg.TransferEncoding)
		dst = append(dst, "chunked\r\n"...)
	}
	if pl.Connection != "" {
		dst = pl.name(dst, msg.Connection)
		dst = append(dst, pl.Connection...)
		dst = append(dst, '\r', '\n')
	}
	return append(dst, '\r', '\n')
}

// name appends the name of a field and its colon.
func (pl *Plan) name(dst []byte, k msg.Known) []byte {
	at := len(dst)
	dst = append(dst, k.String()...)
	if pl.Case != nil {
		copy(dst[at:], pl.Case(dst[at:]))
	}
	return append(dst, ':', ' ')
}

var trailersWord = [...]byte{'t', 'r', 'a', 'i', 'l', 'e', 'r', 's'}

// trailers says whether a TE field accepts trailers. Nothing else of it is passed on: other codings are a matter of one
// connection (RFC 9110 10.1.4).
func trailers(value []byte) bool {
	l := list{rest: value}
	for l.next() {
		if is(l.item, "trailers") {
			return true
		}
	}
	return false
}
