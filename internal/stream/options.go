package stream

import (
	"net/netip"
	"strconv"

	"sluice/internal/conv"
	"sluice/internal/msg"
	"sluice/internal/proxy"
	"sluice/internal/sample"
	"sluice/internal/value"
)

// optionHeaders adds the headers that options of frontend and backend ask for: forwardfor, originalto, forwarded, the
// unique id (configuration.txt 4.2). The backend's setting wins over the frontend's where both have one.
func (w *worker) optionHeaders() outcome {
	s := w.s
	section(s, "options", s.Back)
	w.forwardFor()
	w.originalTo()
	if s.Back.Forwarded != nil {
		w.forwarded(s.Back.Forwarded)
	}
	name := s.Front.UniqueIDHeader
	if name == "" {
		name = s.Back.UniqueIDHeader
	}
	if name != "" && s.Log.UniqueID != nil {
		w.addField(s.Arena.CopyString(name), s.Log.UniqueID)
	}
	return next
}

// addField adds a header to the request; name is in lower case and both slices live as long as the stream.
func (w *worker) addField(name, value []byte) {
	q := &w.s.Req
	q.Fields = append(q.Fields, msg.Field{Name: name, Value: value, Known: msg.Lookup(name)})
	if w.s.Trace != nil {
		w.s.Trace.Rewrite("header "+string(name), nil, value)
	}
}

func (w *worker) hasField(name []byte) bool {
	for i := range w.s.Req.Fields {
		if f := &w.s.Req.Fields[i]; !f.Dead && string(f.Name) == string(name) {
			return true
		}
	}
	return false
}

// forwardFor adds the client's address (option forwardfor). Each of frontend and backend may ask for it; with if-none
// only when the header is not there yet.
func (w *worker) forwardFor() {
	s := w.s
	front, back := s.Front.ForwardFor, s.Back.ForwardFor
	o := pick(back, front)
	if o == nil {
		return
	}
	header := o.Header
	if !(front != nil && !front.IfNone || back != nil && !back.IfNone) && w.hasField(header) {
		return
	}
	src := s.Src().Addr()
	if !src.IsValid() || excepted(front, src) || excepted(back, src) {
		return
	}
	w.addField(header, w.addrText(src))
}

// originalTo adds the address the client connected to (option originalto).
func (w *worker) originalTo() {
	s := w.s
	o := pick(s.Back.OriginalTo, s.Front.OriginalTo)
	if o == nil {
		return
	}
	dst := s.Dst().Addr()
	if !dst.IsValid() || excepted(s.Front.OriginalTo, dst) || excepted(s.Back.OriginalTo, dst) {
		return
	}
	w.addField(o.Header, w.addrText(dst))
}

// pick returns the backend's setting, else the frontend's.
func pick(back, front *proxy.ForwardFor) *proxy.ForwardFor {
	if back != nil {
		return back
	}
	return front
}

func excepted(o *proxy.ForwardFor, a netip.Addr) bool {
	return o != nil && (o.Except.Contains(a) || o.Except6.Contains(a))
}

func (w *worker) addrText(a netip.Addr) []byte {
	ar := &w.s.Arena
	return ar.Keep(a.Unmap().AppendTo(ar.Tail(48)))
}

// forwarded adds an RFC 7239 header (option forwarded): proto, host, by and for, in the order HAProxy writes them.
func (w *worker) forwarded(o *proxy.Forwarded) {
	s := w.s
	var room [512]byte // not the arena's end: expressions take from it
	b := room[:0]
	if o.Proto {
		b = append(b, "proto=http;"...)
	}
	if o.Host {
		b = w.forwardedHost(b, o)
	}
	if o.By || o.ByPort {
		b = w.forwardedNode(append(b, "by="...), s.Dst(), o.By, o.ByPort, o.ByExpr, o.ByPortExpr)
	}
	if o.For || o.ForPort {
		b = w.forwardedNode(append(b, "for="...), s.Src(), o.For, o.ForPort, o.ForExpr, o.ForPortExpr)
	}
	if n := len(b); n > 0 && b[n-1] == ';' {
		b = b[:n-1]
	}
	if len(b) > 0 {
		w.addField(nameForwarded, s.Arena.Copy(b))
	}
}

var nameForwarded = []byte("forwarded")

// forwardedHost appends the host parameter: the Host header, or what the expression says if that may be one.
func (w *worker) forwardedHost(b []byte, o *proxy.Forwarded) []byte {
	s := w.s
	if o.HostExpr == nil {
		if i := s.Req.HostIndex; i >= 0 {
			return append(quote(append(b, "host="...), s.Req.Fields[i].Value), ';')
		}
		return b
	}
	b = append(b, `host="`...)
	v := s.Borrow()
	if sample.As(o.HostExpr, s, v, value.Str) && conv.ValidForwardedHost(v.Bytes) {
		b = append(b, v.Bytes...)
	}
	s.Return()
	return append(b, `";`...)
}

// forwardedNode appends a node with an optional port, quoted where its form needs it and where a port was asked for.
func (w *worker) forwardedNode(b []byte, a netip.AddrPort, addr, port bool, ae, pe proxy.Expr) []byte {
	s := w.s
	var room [512]byte
	n := room[:0]
	v := s.Borrow()
	switch {
	case ae != nil:
		if !ae.Eval(s, v) {
			v.SetStr(nil)
		}
		n = conv.AppendNodeName(n, s, v)
	case !addr || !a.IsValid():
		n = append(n, "unknown"...)
	case a.Addr().Unmap().Is4():
		n = a.Addr().Unmap().AppendTo(n)
	default:
		n = append(a.Addr().AppendTo(append(n, '[')), ']')
	}
	if port && pe != nil {
		if pe.Eval(s, v) {
			n = conv.AppendNodePort(n, s, v)
		}
	} else if port && a.IsValid() {
		n = strconv.AppendUint(append(n, ':'), uint64(a.Port()), 10)
	}
	s.Return()
	if port {
		return append(append(append(b, '"'), n...), `";`...)
	}
	return append(quoteNode(b, n), ';')
}

// quoteNode appends v, in quotes when it is not a token (RFC 7239 4).
func quoteNode(b, v []byte) []byte {
	for _, c := range v {
		if c == ':' || c == '[' || c == ']' || c == ' ' || c == ';' || c == ',' || c == '"' {
			return quote(b, v)
		}
	}
	return append(b, v...)
}

// quote appends v in quotes.
func quote(b, v []byte) []byte {
	b = append(b, '"')
	for _, c := range v {
		if c == '"' || c == '\\' {
			b = append(b, '\\')
		}
		b = append(b, c)
	}
	return append(b, '"')
}
