package conv

import (
	enc "encoding/binary"

	"sluice/internal/proxy"
	"sluice/internal/sample"
	"sluice/internal/value"
)

// tcpRows are the converters of TCP headers, as ip.data returns them.
func tcpRows() []sample.Conv {
	return []sample.Conv{
		{Name: "tcp.dst", Doc: "Destination port of a TCP header.", In: value.Bin, Out: value.Sint, Eval: tcpDst},
		{Name: "tcp.flags", Doc: "Flags of a TCP header.", In: value.Bin, Out: value.Sint, Eval: tcpFlags},
		{Name: "tcp.options.mss", Doc: "Largest segment that a TCP header announces.", In: value.Bin, Out: value.Sint, Eval: tcpMSS},
		{Name: "tcp.options.sack", Doc: "Whether a TCP header permits selective acknowledgements.", In: value.Bin, Out: value.Sint, Eval: tcpSack},
		{Name: "tcp.options.tsopt", Doc: "Whether a TCP header has a timestamp.", In: value.Bin, Out: value.Sint, Eval: tcpTSOpt},
		{Name: "tcp.options.tsval", Doc: "Timestamp of a TCP header.", In: value.Bin, Out: value.Sint, Eval: tcpTSVal},
		{Name: "tcp.options.wscale", Doc: "Window scale that a TCP header announces.", In: value.Bin, Out: value.Sint, Eval: tcpScale},
		{Name: "tcp.options.wsopt", Doc: "Whether a TCP header announces a window scale.", In: value.Bin, Out: value.Sint, Eval: tcpScaleOpt},
		{Name: "tcp.options_list", Doc: "Kinds of the options of a TCP header in their order.", In: value.Bin, Out: value.Bin, Eval: tcpKinds},
		{Name: "tcp.seq", Doc: "Sequence number of a TCP header.", In: value.Bin, Out: value.Sint, Eval: tcpSeq},
		{Name: "tcp.src", Doc: "Source port of a TCP header.", In: value.Bin, Out: value.Sint, Eval: tcpSrc},
		{Name: "tcp.win", Doc: "Window of a TCP header.", In: value.Bin, Out: value.Sint, Eval: tcpWin},
	}
}

// tcpHeader returns the header that b begins with, options included (RFC 9293 3.1).
func tcpHeader(b []byte) (h []byte, ok bool) {
	if len(b) < 20 {
		return nil, false
	}
	size := int(b[12]>>4) * 4
	if size < 20 || len(b) < size {
		return nil, false
	}
	return b[:size], true
}

// options is what the converters read of the options of a TCP header.
type options struct {
	mss            uint16
	stamp          uint32
	scale, kinds   byte // kinds has bit k-2 for the kinds 2 to 8 and the last bit for all above
	hasScale, sack bool
	stamped        bool
}

// nextOption returns the option that b begins with, of all its length, and what follows. There is none at the end of the
// options and where an option passes it; its kind alone is known then.
func nextOption(b []byte) (kind byte, option, rest []byte, ok bool) {
	switch {
	case len(b) == 0 || b[0] == 0:
		return 0, nil, nil, false
	case b[0] == 1:
		return 1, b[:1], b[1:], true
	case len(b) < 2 || b[1] < 2 || int(b[1]) > len(b):
		return b[0], nil, nil, false
	}
	return b[0], b[:b[1]], b[b[1]:], true
}

// tcpOptions reads the options of a header; the first of a kind counts. An option is read as far as its kind needs, even
// where it says that it is shorter.
func tcpOptions(h []byte) (o options) {
	for b := h[20:]; ; {
		kind, _, rest, ok := nextOption(b)
		if !ok {
			return o
		}
		switch {
		case kind >= 2 && kind <= 8:
			o.kinds |= 1 << (kind - 2)
		case kind > 8:
			o.kinds |= 1 << 7
		}
		switch {
		case kind == 2 && o.mss == 0 && len(b) >= 4:
			o.mss = enc.BigEndian.Uint16(b[2:])
		case kind == 3 && !o.hasScale && len(b) >= 3:
			o.scale, o.hasScale = b[2], true
		case kind == 4:
			o.sack = true
		case kind == 8 && !o.stamped:
			o.stamped = true
			if len(b) >= 6 {
				o.stamp = enc.BigEndian.Uint32(b[2:])
			}
		}
		b = rest
	}
}

// appendKinds appends the kinds of the options of a header; that of an option which passes the end is one of them on demand.
func appendKinds(dst, h []byte, broken bool) []byte {
	for b := h[20:]; ; {
		kind, _, rest, ok := nextOption(b)
		if kind != 0 && (ok || broken) {
			dst = append(dst, kind)
		}
		if !ok {
			return dst
		}
		b = rest
	}
}

// tcpInt makes v a number out of a header.
func tcpInt(v *value.Value, read func(h []byte) int64) bool {
	h, ok := tcpHeader(v.Bytes)
	if ok {
		v.SetInt(read(h))
	}
	return ok
}

func tcpSrc(_ *proxy.Stream, _ sample.Args, v *value.Value) bool {
	return tcpInt(v, func(h []byte) int64 { return int64(enc.BigEndian.Uint16(h)) })
}

func tcpDst(_ *proxy.Stream, _ sample.Args, v *value.Value) bool {
	return tcpInt(v, func(h []byte) int64 { return int64(enc.BigEndian.Uint16(h[2:])) })
}

func tcpSeq(_ *proxy.Stream, _ sample.Args, v *value.Value) bool {
	return tcpInt(v, func(h []byte) int64 { return int64(enc.BigEndian.Uint32(h[4:])) })
}

func tcpFlags(_ *proxy.Stream, _ sample.Args, v *value.Value) bool {
	return tcpInt(v, func(h []byte) int64 { return int64(h[13]) })
}

func tcpWin(_ *proxy.Stream, _ sample.Args, v *value.Value) bool {
	return tcpInt(v, func(h []byte) int64 { return int64(enc.BigEndian.Uint16(h[14:])) })
}

func tcpMSS(_ *proxy.Stream, _ sample.Args, v *value.Value) bool {
	return tcpInt(v, func(h []byte) int64 { return int64(tcpOptions(h).mss) })
}

func tcpSack(_ *proxy.Stream, _ sample.Args, v *value.Value) bool {
	return tcpInt(v, func(h []byte) int64 { return int64(bit(tcpOptions(h).sack, 0)) })
}

func tcpTSOpt(_ *proxy.Stream, _ sample.Args, v *value.Value) bool {
	return tcpInt(v, func(h []byte) int64 { return int64(bit(tcpOptions(h).stamped, 0)) })
}

func tcpTSVal(_ *proxy.Stream, _ sample.Args, v *value.Value) bool {
	return tcpInt(v, func(h []byte) int64 { return int64(tcpOptions(h).stamp) })
}

func tcpScale(_ *proxy.Stream, _ sample.Args, v *value.Value) bool {
	return tcpInt(v, func(h []byte) int64 { return int64(tcpOptions(h).scale) })
}

func tcpScaleOpt(_ *proxy.Stream, _ sample.Args, v *value.Value) bool {
	return tcpInt(v, func(h []byte) int64 { return int64(bit(tcpOptions(h).hasScale, 0)) })
}

func tcpKinds(s *proxy.Stream, _ sample.Args, v *value.Value) bool {
	h, ok := tcpHeader(v.Bytes)
	if ok {
		setOwn(v, value.Bin, s.Arena.Keep(appendKinds(s.Arena.Tail(len(h)-20), h, true)))
	}
	return ok
}
