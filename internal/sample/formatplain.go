package sample

import (
	"sluice/internal/msg"
	"sluice/internal/proxy"
	"sluice/internal/value"
)

// simplify finds out whether a format is plain, as those of header fields mostly are: it is printed without a writer then.
func (f *Format) simplify() {
	f.plain = f.all == 0 && !f.counts && len(f.items) > 0
	f.placed, f.clean = f.plain, f.plain
	for i := range f.items {
		it := &f.items[i]
		if it.text != nil {
			f.clean = f.clean && msg.Clean(it.text)
			continue
		}
		if it.expr == nil || it.flags&^flagHTTP != 0 {
			f.plain, f.placed, f.clean = false, false, false
			return
		}
		it.inner = it.expr.Direct()
		f.placed = f.placed && it.inner.get != nil
		f.clean = f.clean && it.flags == flagHTTP
	}
}

func (f *Format) appendPlain(dst []byte, s *proxy.Stream) []byte {
	for i := range f.items {
		it := &f.items[i]
		switch {
		case it.text != nil:
			dst = append(dst, it.text...)
		case it.inner.Ready(s):
			text, _ := it.inner.At(s, -1)
			dst = it.appendText(dst, text)
		default:
			dst = it.appendValue(dst, s)
		}
	}
	return dst
}

// appendValue prints the value of any expression.
func (it *item) appendValue(dst []byte, s *proxy.Stream) []byte {
	v, m := s.Borrow(), s.Arena.Mark()
	switch ok := it.expr.Eval(s, v); {
	case !ok:
	case v.Type == value.IPv4 || v.Type == value.IPv6:
		dst = value.AppendIP(dst, v.IP)
	case v.Cast(value.Str, &s.Arena):
		dst = it.appendText(dst, v.Bytes)
	}
	if !it.expr.keeps {
		s.Arena.Release(m)
	}
	s.Return()
	return dst
}

// appendText prints a text.
func (it *item) appendText(dst, text []byte) []byte {
	if it.flags == flagHTTP && !printable(text) {
		return appendHexed(dst, text, escapeHeader, '%')
	}
	return append(dst, text...)
}

// Field returns what the format makes of s for a header field, in memory that lives as long as the stream and that nobody may
// change. clean says that nothing in it ends the field's line.
func (f *Format) Field(s *proxy.Stream) (text []byte, clean bool) {
	switch {
	case f.fixed:
		return f.items[0].text, f.clean
	case !f.placed:
		return s.Render(f), f.clean
	}
	dst := s.Arena.Tail(len(f.Text))
	for i := range f.items {
		it := &f.items[i]
		text := it.text
		if text == nil && it.inner.Ready(s) {
			text, _ = it.inner.At(s, -1)
		}
		// An encoded byte takes three.
		if need := 3 * len(text); cap(dst)-len(dst) < need {
			dst = append(s.Arena.Tail(len(dst)+need), dst...)
		}
		if it.text != nil {
			dst = append(dst, text...)
		} else {
			dst = it.appendText(dst, text)
		}
	}
	return s.Arena.Keep(dst), f.clean
}
