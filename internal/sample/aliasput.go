package sample

import (
	"bytes"
	"net/netip"

	"sluice/internal/proxy"
	"sluice/internal/value"
)

// badRequest stands for what cannot be had of a request that was not understood.
const badRequest = "<BADREQ>"

// process returns the process of the stream, or an empty one in a stream without.
func (w *writer) process() *proxy.Process {
	if w.s.Snap != nil && w.s.Snap.Proc != nil {
		return w.s.Snap.Proc
	}
	return &proxy.Process{}
}

func (w *writer) frontend() string {
	if w.s.Front != nil {
		return w.s.Front.Name
	}
	return ""
}

func (w *writer) backend() string {
	if w.s.Back != nil {
		return w.s.Back.Name
	}
	return w.frontend()
}

func (w *writer) server() string {
	switch {
	case w.s.Log.Service != "":
		return w.s.Log.Service
	case w.s.Server != nil:
		return w.s.Server.NameNow()
	}
	return "<NOSRV>"
}

// connections are the numbers of %ac, %fc, %bc and %sc.
type connections struct{ process, front, back, server int64 }

// counts returns the numbers as they were when the stream ended, or as they are now while it runs.
func (w *writer) counts() connections {
	s, l := w.s, &w.s.Log
	if s.Times.Close >= 0 || l.Early {
		return connections{int64(l.ActConn), int64(l.FeConn), int64(l.BeConn), int64(l.SrvConn)}
	}
	c := connections{process: int64(w.process().Conns.Load())}
	if s.Front != nil && s.Front.State != nil {
		c.front = int64(s.Front.State.Front.Cur.Load())
	}
	if s.Back != nil && s.Back.State != nil {
		c.back = int64(s.Back.State.Back.Cur.Load())
	}
	if s.Server != nil && s.Server.State != nil {
		c.server = int64(s.Server.State.Cur.Load())
	}
	return c
}

// requested is the wall time of the request's first byte, or that of accept before it came.
func (w *writer) requested() int64 {
	if w.s.Times.RequestNs != 0 {
		return w.s.Times.RequestNs
	}
	return w.s.Times.AcceptNs
}

// date prints a moment in local time with milliseconds.
func (w *writer) date(ns int64) {
	var buf [32]byte
	sec := ns / 1e9
	w.mark(appendMilli(appendDate(buf[:0], sec, localOffset(sec)), ns))
}

// zoned prints a moment with its zone.
func (w *writer) zoned(ns int64, local bool) {
	var buf [32]byte
	sec, offset := ns/1e9, int64(0)
	if local {
		offset = localOffset(sec)
	}
	w.mark(appendZone(appendDate(buf[:0], sec, offset), offset))
}

func (w *writer) termination(cookies bool) {
	var buf [4]byte
	w.mark(w.s.Term.Append(buf[:0], cookies))
}

func putStatus(w *writer) {
	if w.s.Mode != proxy.ModeHTTP {
		w.number(0)
		return
	}
	w.number(int64(w.s.Log.Status))
}

func putRetries(w *writer) {
	if w.s.LB.Redisp && !w.encoded() {
		w.dst = append(w.dst, '+')
	}
	w.number(int64(max(w.s.LB.Conns, 0)))
}

// ip prints an address, in hexadecimal when asked for.
func (w *writer) ip(a netip.AddrPort) {
	ip := a.Addr()
	switch {
	case !ip.IsValid():
		w.missing()
	case w.flags&flagHex != 0 && !w.encoded():
		ip = ip.Unmap()
		if ip.Is4() {
			b := ip.As4()
			w.dst = appendHex(w.dst, b[:])
			return
		}
		b := ip.As16()
		w.dst = appendHex(w.dst, b[:])
	default:
		var buf [48]byte
		w.text(value.AppendIP(buf[:0], ip))
	}
}

func (w *writer) port(a netip.AddrPort) {
	if !a.IsValid() {
		w.missing()
		return
	}
	w.wide(uint64(a.Port()), 4)
}

func (w *writer) unix() bool { return w.s.Sess != nil && w.s.Sess.Flags&proxy.SessUnix != 0 }

// socketID is the number of the listener that stands for a port over UNIX sockets.
func (w *writer) socketID() uint64 {
	if w.s.Sess != nil && w.s.Sess.Bind != nil {
		return uint64(w.s.Sess.Bind.ID)
	}
	return 0
}

func (w *writer) src() netip.AddrPort {
	if w.s.Sess == nil {
		return w.s.SrcOverride
	}
	return w.s.Src()
}

func (w *writer) dstAddr() netip.AddrPort {
	if w.s.Sess == nil {
		return w.s.DstOverride
	}
	return w.s.Dst()
}

func putClientIP(w *writer) {
	if a := w.src(); a.IsValid() || !w.unix() {
		w.ip(a)
		return
	}
	w.string("unix")
}

func putClientPort(w *writer) {
	if a := w.src(); a.IsValid() || !w.unix() {
		w.port(a)
		return
	}
	w.wide(w.socketID(), 4)
}

func putFrontIP(w *writer) {
	if a := w.dstAddr(); a.IsValid() || !w.unix() {
		w.ip(a)
		return
	}
	w.string("unix")
}

func putFrontPort(w *writer) {
	if a := w.dstAddr(); a.IsValid() || !w.unix() {
		w.port(a)
		return
	}
	w.wide(w.socketID(), 4)
}

// putTransport prints the frontend's name in the form of a string of several parts, as the mark of TLS is one.
func putTransport(w *writer) {
	if w.frontend() == "" {
		w.missing()
		return
	}
	w.open()
	w.begin()
	w.pieces(w.frontend())
	if x := w.s.Sess; x != nil && x.Bind != nil && x.Bind.TLS != nil {
		w.pieces("~")
	}
	w.end()
	w.open()
}

// captures prints captured headers as {a|b}; nothing when none are declared.
func (w *writer) captures(list [][]byte) {
	if len(list) == 0 {
		w.null()
		return
	}
	w.open()
	w.begin()
	for i, c := range list {
		if i == 0 {
			w.pieces("{")
		} else {
			w.pieces("|")
		}
		w.part(c, escapeCapture)
	}
	w.pieces("}")
	w.end()
	w.open()
}

// captureList prints captured headers as items of their own.
func (w *writer) captureList(list [][]byte) {
	if len(list) == 0 {
		w.null()
		return
	}
	cbor, json := w.flags&flagCBOR != 0, w.flags&flagJSON != 0
	if cbor {
		w.cborByte(0x9f)
	} else if json {
		w.dst = append(w.dst, '[')
	}
	for i, c := range list {
		if i > 0 && json {
			w.dst = append(w.dst, ", "...)
		} else if i > 0 && !cbor {
			w.dst = append(w.dst, ' ')
		}
		if len(c) == 0 {
			c = dash[:]
		}
		w.encodedText(c, escapeCapture)
	}
	if cbor {
		w.cborByte(0xff)
	} else if json {
		w.dst = append(w.dst, ']')
	}
}

var dash = [1]byte{'-'}

// requestLine returns the parts of the logged request line: method, target, version; ok is false when it is not one.
func (w *writer) requestLine() (method, target, version []byte, ok bool) {
	line := w.s.Log.Line
	i := bytes.IndexByte(line, ' ')
	if i <= 0 {
		return nil, nil, nil, false
	}
	method, line = line[:i], line[i+1:]
	if i = bytes.IndexByte(line, ' '); i < 0 {
		return method, line, nil, true
	}
	return method, line[:i], line[i+1:], true
}

// bad prints the mark of a request that was not understood, as a text of parts.
func (w *writer) bad() {
	w.open()
	w.begin()
	w.pieces(badRequest)
	w.end()
	w.open()
}

func putRequestLine(w *writer) {
	if len(w.s.Log.Line) == 0 {
		w.bad()
		return
	}
	w.encodedText(w.s.Log.Line, escapeURI)
}

func putMethod(w *writer) {
	if m, _, _, ok := w.requestLine(); ok {
		w.encodedText(m, escapeURI)
		return
	}
	w.bad()
}

func putTarget(w *writer) {
	if _, t, _, ok := w.requestLine(); ok {
		w.encodedText(t, escapeURI)
		return
	}
	w.bad()
}

func putTargetPath(w *writer) {
	if _, t, _, ok := w.requestLine(); ok {
		if i := bytes.IndexByte(t, '?'); i >= 0 {
			t = t[:i]
		}
		w.encodedText(t, escapeURI)
		return
	}
	w.bad()
}

func putPath(w *writer) {
	if _, t, _, ok := w.requestLine(); ok {
		w.encodedWhole(targetPath(t), escapeURI)
		return
	}
	w.bad()
}

// targetPath returns the path of a request target without the query string, nil for `*` and authority forms.
func targetPath(t []byte) []byte {
	if i := bytes.IndexByte(t, '?'); i >= 0 {
		t = t[:i]
	}
	if len(t) > 0 && t[0] == '/' {
		return t
	}
	i := bytes.Index(t, schemeEnd[:])
	if i < 0 {
		return nil
	}
	if t = t[i+3:]; bytes.IndexByte(t, '/') < 0 {
		return nil
	}
	return t[bytes.IndexByte(t, '/'):]
}

var schemeEnd = [3]byte{':', '/', '/'}

func putQuery(w *writer) {
	_, t, _, ok := w.requestLine()
	if !ok {
		w.bad()
		return
	}
	i := bytes.IndexByte(t, '?')
	if i < 0 {
		i = len(t)
	}
	w.encodedWhole(t[i:], escapeURI)
}

func putVersion(w *writer) {
	if _, _, v, ok := w.requestLine(); ok {
		if len(v) == 0 {
			w.string("HTTP/0.9")
			return
		}
		w.encodedText(v, escapeURI)
		return
	}
	w.bad()
}
