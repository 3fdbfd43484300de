package msg

import (
	"bytes"
	"encoding/binary"

	"sluice/internal/buf"
	"sluice/internal/value"
)

// The edits of this file copy what they are given into an arena, which must live as long as the message. No edit can
// break the message's lines: CR, LF and NUL are percent-encoded, as HAProxy encodes what an expression brings into a
// header field, and in a request target the space as well.

// AddField appends a field (http-request add-header). A Host field also changes the authority of the target.
func (q *Request) AddField(n Name, v []byte, a *buf.Arena) {
	q.Put(n, armour(v, false, a), a)
}

// Put appends a field whose value is clean and lives as long as the message, so that it need not be copied.
func (q *Request) Put(n Name, v []byte, a *buf.Arena) {
	q.Fields.add(n, v)
	q.Flags |= Edited
	if n.known == Host {
		q.hostToTarget(v, a)
	}
}

// SetField removes all fields of that name and appends one (http-request set-header).
func (q *Request) SetField(n Name, v []byte, a *buf.Arena) {
	q.Fields.Remove(n)
	q.AddField(n, v, a)
}

// SetValue replaces the value of the i-th field.
func (q *Request) SetValue(i int, v []byte, a *buf.Arena) {
	q.PutValue(i, armour(v, false, a), a)
}

// PutValue replaces the value of the i-th field by one that is clean and lives as long as the message.
func (q *Request) PutValue(i int, v []byte, a *buf.Arena) {
	f := &q.Fields[i]
	f.Value, f.Line = v, 0
	q.Flags |= Edited
	if f.Known == Host {
		q.hostToTarget(f.Value, a)
	}
}

// DeleteField removes all fields of that name and returns how many there were.
func (q *Request) DeleteField(n Name) int {
	c := q.Fields.Remove(n)
	if c > 0 {
		q.Flags |= Edited
	}
	return c
}

// Delete removes the i-th field.
func (q *Request) Delete(i int) {
	q.Fields[i].Dead = true
	q.Flags |= Edited
}

// SetMethod replaces the method. It is not checked.
func (q *Request) SetMethod(m []byte, a *buf.Arena) {
	q.Method = armour(m, true, a)
	q.MethodID = value.LookupMethod(q.Method)
	q.Flags |= Edited
}

// SetTarget replaces the whole target (http-request set-uri). When the new one names a host, the Host field, if there
// is one, says the same.
func (q *Request) SetTarget(t []byte, a *buf.Arena) {
	q.setTarget(armour(t, true, a))
	if host := q.Authority(); host != nil {
		if i := q.hostField(); i >= 0 {
			q.Fields[i].Value, q.Fields[i].Line = host, 0
		}
	}
}

func (q *Request) setTarget(t []byte) {
	q.Target = t
	q.Form = FormOf(t)
	q.Flags |= Edited
}

// SetPath replaces the path and leaves the query (http-request set-path). A target without path and query becomes the
// path alone.
func (q *Request) SetPath(p []byte, a *buf.Arena) {
	from := q.pathStart()
	to := len(q.Target)
	if from == to {
		from = 0
	} else if i := bytes.IndexByte(q.Target[from:], '?'); i >= 0 {
		to = from + i
	}
	q.splice(from, to, armour(p, true, a), a)
}

// SetQuery replaces what follows the first question mark (http-request set-query). Without one it is added, unless the
// new query is empty.
func (q *Request) SetQuery(s []byte, a *buf.Arena) {
	s = armour(s, true, a)
	i := bytes.IndexByte(q.Target, '?')
	switch {
	case i >= 0:
		q.splice(i+1, len(q.Target), s, a)
	case len(s) > 0:
		t := a.Alloc(len(q.Target) + 1 + len(s))
		n := copy(t, q.Target)
		t[n] = '?'
		copy(t[n+1:], s)
		q.setTarget(t)
	}
}

// SetPathQuery replaces path and query (http-request set-pathq). A target without both becomes them alone.
func (q *Request) SetPathQuery(s []byte, a *buf.Arena) {
	from := q.pathStart()
	if from == len(q.Target) {
		from = 0
	}
	q.splice(from, len(q.Target), armour(s, true, a), a)
}

// splice replaces Target[from:to].
func (q *Request) splice(from, to int, s []byte, a *buf.Arena) {
	t := a.Alloc(from + len(s) + len(q.Target) - to)
	n := copy(t, q.Target[:from])
	n += copy(t[n:], s)
	copy(t[n:], q.Target[to:])
	q.setTarget(t)
}

// hostToTarget makes a target that names a host name this one.
func (q *Request) hostToTarget(host []byte, a *buf.Arena) {
	if q.Form == OriginForm || q.Form == AsteriskForm {
		return
	}
	form := q.Form
	p := Locate(q.Target, q.Form)
	q.splice(p.Host, p.End, host, a)
	q.Form = form
}

// AddField appends a field (http-response add-header).
func (r *Response) AddField(n Name, v []byte, a *buf.Arena) {
	r.Put(n, armour(v, false, a))
}

// Put appends a field whose value is clean and lives as long as the message, so that it need not be copied.
func (r *Response) Put(n Name, v []byte) {
	r.Fields.add(n, v)
	r.Flags |= Edited
}

// SetField removes all fields of that name and appends one (http-response set-header).
func (r *Response) SetField(n Name, v []byte, a *buf.Arena) {
	r.Fields.Remove(n)
	r.AddField(n, v, a)
}

// SetValue replaces the value of the i-th field.
func (r *Response) SetValue(i int, v []byte, a *buf.Arena) {
	r.PutValue(i, armour(v, false, a))
}

// PutValue replaces the value of the i-th field by one that is clean and lives as long as the message.
func (r *Response) PutValue(i int, v []byte) {
	r.Fields[i].Value, r.Fields[i].Line = v, 0
	r.Flags |= Edited
}

// DeleteField removes all fields of that name and returns how many there were.
func (r *Response) DeleteField(n Name) int {
	c := r.Fields.Remove(n)
	if c > 0 {
		r.Flags |= Edited
	}
	return c
}

// Delete removes the i-th field.
func (r *Response) Delete(i int) {
	r.Fields[i].Dead = true
	r.Flags |= Edited
}

// SetStatus replaces the status and the reason. With an empty reason the usual one of the status is sent.
func (r *Response) SetStatus(status int, reason []byte, a *buf.Arena) {
	r.Status = status
	r.Reason = armour(reason, false, a)
	r.Flags |= Edited
}

// Encode returns b itself when it is clean, else a copy in which what would end a line is percent-encoded.
func Encode(b []byte, a *buf.Arena) []byte {
	if Clean(b) {
		return b
	}
	return armour(b, false, a)
}

// armour copies b into the arena and percent-encodes what would end a line there, and spaces when a word is wanted.
func armour(b []byte, word bool, a *buf.Arena) []byte {
	if !word && Clean(b) {
		return a.Copy(b)
	}
	bad := 0
	for _, c := range b {
		if c <= ' ' && breaks(c, word) {
			bad++
		}
	}
	if bad == 0 {
		return a.Copy(b)
	}
	out := a.Alloc(len(b) + 2*bad)[:0]
	for _, c := range b {
		if breaks(c, word) {
			out = append(out, '%', "0123456789ABCDEF"[c>>4], "0123456789ABCDEF"[c&15])
			continue
		}
		out = append(out, c)
	}
	return out
}

// Clean reports whether b holds nothing that would end a line, so that an edit has nothing to encode.
func Clean(b []byte) bool {
	for ; len(b) >= 8; b = b[8:] {
		if buf.Below(binary.LittleEndian.Uint64(b), ' ') != 0 && !cleanBytes(b[:8]) {
			return false
		}
	}
	return cleanBytes(b)
}

func cleanBytes(b []byte) bool {
	for _, c := range b {
		if c < ' ' && breaks(c, false) {
			return false
		}
	}
	return true
}

func breaks(c byte, word bool) bool {
	return c == '\r' || c == '\n' || c == 0 || word && c == ' '
}
