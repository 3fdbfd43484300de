package sample

import (
	"strconv"

	"sluice/internal/proxy"
	"sluice/internal/value"
)

// flags say how one item of a format is printed (configuration.txt 8.2.6).
type flags uint16

// The flags. The first ones are written by the user.
const (
	flagQuote  flags = 1 << iota // +Q
	flagHex                      // +X
	flagEscape                   // +E
	flagBin                      // +bin
	flagJSON                     // +json
	flagCBOR                     // +cbor
	flagHTTP                     // for a header field: encode what it may not hold
	flagDash                     // a log: a missing value is a dash
)

// itemType is the type that an item is forced to by %(name:type).
type itemType uint8

// The types.
const (
	asIs itemType = iota
	asStr
	asInt
	asBool
	asRaw
)

// writer prints the items of one line.
type writer struct {
	dst   []byte
	s     *proxy.Stream
	flags flags    // of the item at hand
	force itemType // of the item at hand
	line  uint32   // number of the log line, for %lc
}

// encoded reports whether the item at hand is printed as JSON or CBOR.
func (w *writer) encoded() bool { return w.flags&(flagJSON|flagCBOR) != 0 }

// missing prints an item that has no value.
func (w *writer) missing() {
	switch {
	case w.flags&flagCBOR != 0:
		w.cborByte(0xf6)
	case w.flags&(flagQuote|flagJSON) != 0:
		w.dst = append(w.dst, '"', '"')
	case w.flags&flagDash != 0:
		w.dst = append(w.dst, '-')
	}
}

// null prints an item that does not apply to the configuration: nothing at all in plain text.
func (w *writer) null() {
	switch {
	case w.flags&flagCBOR != 0:
		w.cborByte(0xf6)
	case w.flags&flagJSON != 0:
		w.dst = append(w.dst, "null"...)
	}
}

// text prints a string.
func (w *writer) text(b []byte) {
	if len(b) == 0 {
		w.missing()
		return
	}
	if w.flags&flagCBOR != 0 {
		w.cborText(b)
		return
	}
	w.open()
	w.plain(b)
	w.open()
}

// string prints a string of the program.
func (w *writer) string(b string) {
	if b == "" {
		w.missing()
		return
	}
	if w.flags&flagCBOR != 0 {
		w.cborHead(3, uint64(len(b)))
		w.cborString(b)
		return
	}
	w.open()
	w.plainString(b)
	w.open()
}

// open prints a quote when the item at hand has them.
func (w *writer) open() {
	if w.flags&(flagQuote|flagJSON) != 0 {
		w.dst = append(w.dst, '"')
	}
}

// plain prints the bytes of a string between its quotes.
func (w *writer) plain(b []byte) {
	switch {
	case w.flags&flagJSON != 0:
		w.dst = appendSlashed(w.dst, b, escapeJSON)
	case w.flags&flagEscape != 0:
		w.dst = appendSlashed(w.dst, b, escapeBrackets)
	default:
		w.dst = append(w.dst, b...)
	}
}

// plainString is plain for a string of the program, whose names hold nothing to escape but a configuration's may.
func (w *writer) plainString(b string) {
	if w.flags&(flagJSON|flagEscape) == 0 {
		w.dst = append(w.dst, b...)
		return
	}
	set := escapeBrackets
	if w.flags&flagJSON != 0 {
		set = escapeJSON
	}
	for i := range len(b) {
		if set.has(b[i]) {
			w.dst = append(w.dst, '\\')
		}
		w.dst = append(w.dst, b[i])
	}
}

// encodedText prints a string whose bytes of set are replaced by a hash and two digits.
func (w *writer) encodedText(b []byte, set escape) {
	if len(b) == 0 {
		w.missing()
		return
	}
	w.encodedWhole(b, set)
}

// encodedWhole is encodedText for what is there although it may be empty.
func (w *writer) encodedWhole(b []byte, set escape) {
	w.open()
	w.begin()
	w.part(b, set)
	w.end()
	w.open()
}

// begin and end surround the parts of a string that is printed in several.
func (w *writer) begin() {
	if w.flags&flagCBOR != 0 {
		w.cborByte(0x7f)
	}
}

func (w *writer) end() {
	if w.flags&flagCBOR != 0 {
		w.cborByte(0xff)
	}
}

// part prints a piece of a string between begin and end, with the bytes of set replaced.
func (w *writer) part(b []byte, set escape) {
	for len(b) > 0 {
		n := 0
		for n < len(b) && !set.has(b[n]) {
			n++
		}
		if n > 0 {
			w.piece(b[:n])
			b = b[n:]
			continue
		}
		hexed := [3]byte{'#', upperHex[b[0]>>4], upperHex[b[0]&15]}
		w.piece(hexed[:])
		b = b[1:]
	}
}

// piece prints bytes inside of a string as they are, but for what quotes ask for.
func (w *writer) piece(b []byte) {
	if w.flags&flagCBOR != 0 {
		w.cborText(b)
		return
	}
	w.plain(b)
}

// pieces is piece for a string of the program.
func (w *writer) pieces(b string) {
	if w.flags&flagCBOR != 0 {
		w.cborHead(3, uint64(len(b)))
		w.cborString(b)
		return
	}
	w.plainString(b)
}

// number prints an integer.
func (w *writer) number(n int64) {
	switch {
	case w.flags&flagCBOR != 0 && w.force == asStr:
		var buf [20]byte
		w.cborText(strconv.AppendInt(buf[:0], n, 10))
	case w.flags&flagCBOR != 0 && w.force == asBool:
		w.cborBool(n != 0)
	case w.flags&flagCBOR != 0:
		w.cborInt(n)
	case w.flags&flagJSON != 0 && w.force == asStr:
		w.dst = append(strconv.AppendInt(append(w.dst, '"'), n, 10), '"')
	case w.flags&flagJSON != 0 && w.force == asBool:
		w.dst = strconv.AppendBool(w.dst, n != 0)
	default:
		w.dst = strconv.AppendInt(w.dst, n, 10)
	}
}

// total prints an integer that is not final yet when the line is written early (logasap).
func (w *writer) total(n int64) {
	if w.s.Log.Early && w.s.Front != nil && w.s.Front.Options.Has(proxy.OptLogASAP) && !w.encoded() {
		w.dst = append(w.dst, '+')
	}
	w.number(n)
}

// wide prints an integer, in hexadecimal of at least digits digits when asked for.
func (w *writer) wide(n uint64, digits int) {
	if w.flags&flagHex == 0 || w.encoded() {
		w.number(int64(n))
		return
	}
	for digits < 16 && n>>(4*digits) != 0 {
		digits++
	}
	for ; digits > 0; digits-- {
		w.dst = append(w.dst, upperHex[n>>(4*(digits-1))&15])
	}
}

// mark prints a word that is never quoted in plain text: a date, a termination state.
func (w *writer) mark(b []byte) {
	switch {
	case w.flags&flagCBOR != 0:
		w.cborText(b)
	case w.flags&flagJSON != 0:
		w.dst = append(append(append(w.dst, '"'), b...), '"')
	default:
		w.dst = append(w.dst, b...)
	}
}

// sample prints the value of an expression.
func (w *writer) sample(e *Expr) {
	v := w.s.Borrow()
	w.value(v, e.Eval(w.s, v))
	w.s.Return()
}

func (w *writer) value(v *value.Value, ok bool) {
	if !ok || !w.castForced(v) {
		w.missing()
		return
	}
	if w.encoded() {
		w.encodedSample(v)
		return
	}
	if w.flags&flagBin != 0 && v.Type == value.Bin {
		v.Type = value.Str
	}
	if !v.Cast(value.Str, &w.s.Arena) || len(v.Bytes) == 0 {
		w.missing()
		return
	}
	switch {
	case w.flags&flagHTTP != 0 && w.flags&flagEscape != 0:
		w.dst = appendSlashed(w.dst, w.s.Arena.Keep(appendHexed(w.s.Arena.Tail(3*len(v.Bytes)), v.Bytes, escapeHeader, '%')), escapeBrackets)
	case w.flags&flagHTTP != 0:
		w.dst = appendHexed(w.dst, v.Bytes, escapeHeader, '%')
	default:
		w.text(v.Bytes)
	}
}

// castForced gives v the type that the item was declared with; that only matters when it is encoded.
func (w *writer) castForced(v *value.Value) bool {
	if !w.encoded() {
		return true
	}
	a := &w.s.Arena
	switch w.force {
	case asStr:
		return v.Cast(value.Str, a)
	case asInt:
		return v.Cast(value.Sint, a)
	case asBool:
		if !v.Cast(value.Bool, a) {
			return false
		}
		v.SetBool(v.Int != 0)
	case asRaw:
		return v.Cast(value.Bin, a)
	}
	return true
}

// encodedSample prints a value as JSON or CBOR by its type.
func (w *writer) encodedSample(v *value.Value) {
	cbor := w.flags&flagCBOR != 0
	switch v.Type {
	case value.Bool:
		if cbor {
			w.cborBool(v.Int != 0)
		} else {
			w.dst = strconv.AppendBool(w.dst, v.Int != 0)
		}
	case value.Sint:
		if cbor {
			w.cborInt(v.Int)
		} else {
			w.dst = strconv.AppendInt(w.dst, v.Int, 10)
		}
	case value.Bin:
		switch {
		case cbor:
			w.cborBin(v.Bytes)
		case w.force == asRaw || w.flags&flagBin != 0:
			w.dst = append(w.dst, v.Bytes...)
		default:
			v.Cast(value.Str, &w.s.Arena)
			w.text(v.Bytes)
		}
	default:
		if !v.Cast(value.Str, &w.s.Arena) {
			w.missing()
			return
		}
		w.text(v.Bytes)
	}
}

// milliseconds writes the milliseconds of a date in three digits.
func (w *writer) milliseconds(wallNs int64) {
	ms := uint64(wallNs / 1e6 % 1000)
	if w.flags&flagHex != 0 || w.encoded() {
		w.wide(ms, 2)
		return
	}
	w.dst = append(w.dst, byte('0'+ms/100), byte('0'+ms/10%10), byte('0'+ms%10))
}
