package h1

import (
	"sluice/internal/msg"
)

// Chunked splits a body in the chunked coding (RFC 9112 7.1) as it arrives. Next takes it apart; Wire, with Head for the
// chunks that it cannot take, passes whole runs of it on unchanged. The zero value is ready.
//
// Line ends must be CR LF here, the size is below 2^52, and extensions are dropped, all as HAProxy 3.5 does.
type Chunked struct {
	Err Error // why the last call returned Failed; Pos counts from the start of the bytes of that call
	// Trailers are the trailer fields, once the verdict is Done. They point into the bytes of that call. Framing
	// fields are left out (RFC 9110 6.5.1).
	Trailers []msg.Field

	// Payload counts the bytes of payload seen so far.
	Payload uint64

	step   step
	left   uint64 // bytes of the current chunk still to come; the size while its digits are read
	extra  int    // bytes of the current chunk's head beyond what a size needs
	digits bool   // the size has a digit
	tail   Parser
	base   *byte // where the trailers that tail knows begin
}

type step uint8

const (
	inSize step = iota
	afterSize
	inExtension
	inQuotes
	inEscape
	atSizeLF
	inData
	atDataCR
	atDataLF
	inTrailers
	ended
)

// Limits of a chunk's head.
const (
	maxChunk     = 1<<52 - 1
	maxExtension = 64 << 10 // bytes of extensions and leading zeros of one chunk
)

// Reset prepares d for the next body and keeps the memory of Trailers.
func (d *Chunked) Reset() {
	clear(d.Trailers)
	*d = Chunked{Trailers: d.Trailers[:0]}
}

// Left returns how many bytes of the current chunk's payload are still to come.
func (d *Chunked) Left() uint64 {
	if d.step == inData {
		return d.left
	}
	return 0
}

// Skip takes n bytes of the current chunk's payload, at most Left, that went another way than through Next and Wire.
func (d *Chunked) Skip(n uint64) {
	d.left -= n
	d.Payload += n
	if d.left == 0 {
		d.step = atDataCR
	}
}

// Next looks for the next piece of payload, b[from:to], which may be a part of a chunk. n bytes of b are used up. With
// Part there may be more behind them; with NeedMore, which may come with payload as well, there is not: bytes behind n
// are the beginning of trailers and must be given again, at the same place or another, together with what follows; when
// the buffer is too small for that, the trailers are too large. After Done the next message begins at n.
func (d *Chunked) Next(b []byte, o *Options) (from, to, n int, v Verdict) {
	i := 0
	for i < len(b) {
		switch d.step {
		case inData:
			k := min(uint64(len(b)-i), d.left)
			d.left -= k
			d.Payload += k
			from, to = i, i+int(k)
			if d.left > 0 {
				return from, to, to, NeedMore
			}
			d.step = atDataCR
			if i = d.dataEnd(b, to); i < 0 {
				return from, to, to, Failed
			}
			if i == len(b) {
				return from, to, i, NeedMore
			}
			return from, to, i, Part
		case atDataCR, atDataLF:
			if i = d.dataEnd(b, i); i < 0 {
				return 0, 0, 0, Failed
			}
		case ended:
			return i, i, i, Done
		default:
			n, v = d.Head(b[i:], o)
			i += n
			if v != Part {
				d.Err.Pos += i - n
				return i, i, i, v
			}
		}
	}
	if d.step == ended {
		return i, i, i, Done
	}
	return i, i, i, NeedMore
}

// Head takes the head of the next chunk, where Wire or Next stopped before it. n bytes of b are used up. With Part the
// head is complete and Left is the size of the chunk. With Done it was the last chunk, and Trailers are there.
func (d *Chunked) Head(b []byte, o *Options) (n int, v Verdict) {
	for i, c := range b {
		if d.step == inTrailers {
			n, v = d.trailers(b[i:], o)
			d.Err.Pos += i
			return i + n, v
		}
		if !d.head(c, i) {
			return i, Failed
		}
		if d.step == inData {
			return i + 1, Part
		}
	}
	return len(b), NeedMore
}

// dataEnd takes the CR LF behind a chunk's payload as far as it is there. It returns -1 when it is something else.
func (d *Chunked) dataEnd(b []byte, i int) int {
	if i < len(b) && d.step == atDataCR {
		if b[i] != '\r' {
			d.fail(i, "chunk longer than its size, or without CR LF")
			return -1
		}
		d.step = atDataLF
		i++
	}
	if i < len(b) && d.step == atDataLF {
		if b[i] != '\n' {
			d.fail(i, "chunk without LF behind CR")
			return -1
		}
		d.step, d.left, d.extra, d.digits = inSize, 0, 0, false
		i++
	}
	return i
}

func (d *Chunked) fail(pos int, reason string) bool {
	d.Err = Error{Pos: pos, Status: 400, Reason: reason}
	return false
}

// head takes one byte of a chunk's head.
//
// size: a state machine of one byte at a time, one case for each state.
func (d *Chunked) head(c byte, pos int) bool {
	switch d.step {
	case inSize:
		if h := hex[c]; h < 16 {
			if d.left > maxChunk>>4 {
				return d.fail(pos, "chunk size out of range")
			}
			if d.left == 0 && d.digits {
				d.extra++
			}
			d.left, d.digits = d.left<<4|uint64(h), true
			return d.bounded(pos)
		}
		if !d.digits {
			return d.fail(pos, "chunk without size")
		}
		d.step = afterSize
		return d.head(c, pos)
	case afterSize:
		switch {
		case c == '\r':
			d.step = atSizeLF
		case c == ';':
			d.step = inExtension
		case class[c]&blank == 0:
			return d.fail(pos, "invalid character in a chunk size")
		}
	case inExtension:
		switch {
		case c == '\r':
			d.step = atSizeLF
		case c == '"':
			d.step = inQuotes
		case c == '\\' || control(c):
			return d.fail(pos, "invalid character in a chunk extension")
		}
	case inQuotes, inEscape:
		switch {
		case control(c):
			return d.fail(pos, "invalid character in a quoted chunk extension")
		case d.step == inEscape:
			d.step = inQuotes
		case c == '\\':
			d.step = inEscape
		case c == '"':
			d.step = inExtension
		}
	case atSizeLF:
		if c != '\n' {
			return d.fail(pos, "chunk size without LF behind CR")
		}
		d.step = inData
		if d.left == 0 {
			d.step = inTrailers
		}
		return true
	}
	d.extra++
	return d.bounded(pos)
}

// bounded fails when a chunk's head is longer than anybody needs.
func (d *Chunked) bounded(pos int) bool {
	return d.extra <= maxExtension || d.fail(pos, "chunk extension too long")
}

func control(c byte) bool { return c < ' ' && c != '\t' || c == 127 }

// hex holds the values of hexadecimal digits, 255 for other bytes.
var hex = hexDigits()

func hexDigits() (t [256]uint8) {
	for i := range t {
		t[i] = 255
	}
	for i := range 10 {
		t['0'+i] = uint8(i)
	}
	for i := range 6 {
		t['a'+i], t['A'+i] = uint8(10+i), uint8(10+i)
	}
	return t
}

// trailers reads the trailer section. Nothing of it is used up until it is complete.
func (d *Chunked) trailers(b []byte, o *Options) (n int, v Verdict) {
	if d.base != &b[0] {
		d.base, d.tail, d.Trailers = &b[0], Parser{mode: trailer, state: atLine}, d.Trailers[:0]
	}
	d.Trailers, v = d.tail.lines(b, d.Trailers, o)
	switch v {
	case Done:
		d.step = ended
		return d.tail.pos, Done
	case Failed:
		d.Err = d.tail.Err
	}
	return 0, v
}

// Wire returns how many bytes of b can be passed on unchanged, n, where the other side uses the chunked coding too: they
// are valid, and what they begin is continued by the bytes that follow. With NeedMore the bytes behind n, at most a
// chunk's head, must be given again. With Rewrite the chunk at n has an extension or another unusual head, or it is the
// last one with trailers: take it with Head, send a head in its place, and go on with Wire. After Done the next message
// begins at n.
func (d *Chunked) Wire(b []byte) (n int, v Verdict) {
	i := 0
	for i < len(b) {
		switch d.step {
		case inSize:
			if d.digits {
				return i, Rewrite
			}
			size, k, v := plainHead(b[i:])
			if v != Done {
				return i, v
			}
			i += k
			if size == 0 {
				d.step = ended
				return i, Done
			}
			d.left, d.step = size, inData
		case inData:
			k := min(uint64(len(b)-i), d.left)
			d.left -= k
			d.Payload += k
			i += int(k)
			if d.left == 0 {
				d.step = atDataCR
			}
		case atDataCR, atDataLF:
			k := d.dataEnd(b, i)
			if k < 0 {
				return i, Failed
			}
			i = k
		case ended:
			return i, Done
		default:
			return i, Rewrite
		}
	}
	if d.step == ended {
		return i, Done
	}
	return i, NeedMore
}

// plainHead reads a chunk's head that is only a size without leading zeros, and with size 0 the empty trailer section
// behind it.
func plainHead(b []byte) (size uint64, n int, v Verdict) {
	for n < len(b) && hex[b[n]] < 16 {
		if n == maxPlainDigits || n == 1 && b[0] == '0' {
			return 0, 0, Rewrite
		}
		size = size<<4 | uint64(hex[b[n]])
		n++
	}
	end := "\r\n"
	if n == 1 && size == 0 {
		end = "\r\n\r\n"
	}
	for i := range len(end) {
		if n+i == len(b) {
			return 0, 0, NeedMore
		}
		if n == 0 || b[n+i] != end[i] {
			return 0, 0, Rewrite
		}
	}
	return size, n + len(end), Done
}

const maxPlainDigits = 13

// The ends of chunks.
const (
	ChunkEnd  = "\r\n"           // behind a chunk's payload
	LastChunk = "0\r\n\r\n"      // the end of a body without trailers
	ChunkHead = len("\r\n") + 16 // the largest head of a chunk, in bytes
)

// AppendChunkHead appends the head of a chunk of n bytes, n > 0, to dst.
func AppendChunkHead(dst []byte, n uint64) []byte {
	var h [ChunkHead]byte
	return append(dst, h[PutChunkHead(h[:], n):]...)
}

// PutChunkHead writes the head of a chunk of n bytes, n > 0, to the end of b, so that it stands right before payload
// that begins there, and returns the index of its first byte. b holds at least ChunkHead bytes.
func PutChunkHead(b []byte, n uint64) int {
	i := len(b) - 2
	b[i], b[i+1] = '\r', '\n'
	for {
		i--
		b[i] = "0123456789ABCDEF"[n&15]
		if n >>= 4; n == 0 {
			return i
		}
	}
}

// AppendTrailers appends the last chunk with the live fields of a trailer section.
func AppendTrailers(dst []byte, fs []msg.Field) []byte {
	dst = append(dst, '0', '\r', '\n')
	for i := range fs {
		if !fs[i].Dead {
			dst = AppendField(dst, fs[i].Name, fs[i].Value)
		}
	}
	return append(dst, '\r', '\n')
}
