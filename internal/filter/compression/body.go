package compression

import (
	"encoding/binary"
	"hash/adler32"
	"hash/crc32"

	"github.com/klauspost/compress/flate"

	"sluice/internal/proxy"
)

// shop is what one loop has for compressing.
type shop struct {
	encoders [maxLevel + 1]*flate.Writer // by level, made when they are needed
	free     []*body
	out      sink
}

// maxLevel is the highest level of compression (configuration.txt 3.2, tune.comp.maxlevel).
const maxLevel = 9

// maxFreeBodies bounds the unused bodies that a loop keeps.
const maxFreeBodies = 256

// sink is where an encoder writes.
type sink struct{ b []byte }

// Write implements io.Writer.
func (s *sink) Write(p []byte) (int, error) {
	s.b = append(s.b, p...)
	return len(p), nil
}

// encoder returns the loop's encoder of a level.
func (sh *shop) encoder(level int) *flate.Writer {
	e := sh.encoders[level]
	if e == nil {
		e, _ = flate.NewWriter(&sh.out, level) // it fails for unknown levels only
		sh.encoders[level] = e
	}
	return e
}

// body is the proxy.Transform of one body.
type body struct {
	shop     *shop
	s        *proxy.Stream
	limits   limits
	response bool // it counts
	algo     proxy.CompAlgo
	begun    bool
	level    int
	sum      uint32 // of the payload: CRC-32 or Adler-32
	size     uint32 // of the payload, modulo 2^32
}

func (sh *shop) body(s *proxy.Stream, algo proxy.CompAlgo, l limits, response bool) *body {
	var b *body
	if n := len(sh.free); n > 0 {
		b = sh.free[n-1]
		sh.free[n-1] = nil
		sh.free = sh.free[:n-1]
	} else {
		b = new(body)
	}
	*b = body{shop: sh, s: s, limits: l, response: response, algo: algo}
	b.Rewind()
	return b
}

// Release implements proxy.Transform.
func (b *body) Release() {
	sh := b.shop
	if sh == nil {
		return
	}
	*b = body{}
	if len(sh.free) < maxFreeBodies {
		sh.free = append(sh.free, b)
	}
}

// Rewind implements proxy.Transform.
func (b *body) Rewind() {
	b.begun, b.size, b.sum = false, 0, 0
	if b.algo == proxy.CompDeflate {
		b.sum = 1
	}
	b.level = b.limits.level
}

// What a piece may need besides its own size: a header, a trailer, the ends of blocks.
const overhead = 64

// Append implements proxy.Transform.
func (b *body) Append(dst, src []byte, last bool) (out []byte, taken int) {
	room := cap(dst) - len(dst) - overhead
	if b.algo == proxy.CompIdentity {
		room += overhead
		n := min(len(src), room)
		b.count(0, 0, n)
		return append(dst, src[:n]...), n
	}
	n := min(len(src), room-room/64) // what cannot be compressed grows a little
	last = last && n == len(src)
	if n == 0 && !last {
		return dst, 0
	}
	before := len(dst)
	dst = b.header(dst)
	dst = b.deflate(dst, src[:n], last)
	if last {
		dst = b.trailer(dst)
	}
	b.count(n, len(dst)-before, 0)
	b.adapt()
	return dst, n
}

// deflate appends one piece, which ends at a byte, so that the next one can be made by another encoder.
func (b *body) deflate(dst, src []byte, last bool) []byte {
	switch b.algo {
	case proxy.CompGzip:
		b.sum = crc32.Update(b.sum, crc32.IEEETable, src)
	case proxy.CompDeflate:
		b.sum = adler(b.sum, src)
	}
	b.size += uint32(len(src))
	if len(src) == 0 {
		return append(dst, 3, 0) // an empty last block (RFC 1951 3.2.6)
	}
	sh := b.shop
	e := sh.encoder(b.level)
	sh.out.b = dst
	e.Reset(&sh.out)
	e.Write(src) // the sink takes everything
	if last {
		e.Close()
	} else {
		e.Flush()
	}
	dst, sh.out.b = sh.out.b, nil
	return dst
}

// header appends what stands before the first piece: that of gzip says nothing but its method (RFC 1952 2.3), that of zlib
// a window of 32 KiB (RFC 1950 2.2).
func (b *body) header(dst []byte) []byte {
	if b.begun {
		return dst
	}
	b.begun = true
	switch b.algo {
	case proxy.CompGzip:
		return append(dst, 0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 4, 3)
	case proxy.CompDeflate:
		return append(dst, 0x78, 0x01)
	}
	return dst
}

// trailer appends what stands behind the last piece.
func (b *body) trailer(dst []byte) []byte {
	switch b.algo {
	case proxy.CompGzip:
		dst = binary.LittleEndian.AppendUint32(dst, b.sum)
		return binary.LittleEndian.AppendUint32(dst, b.size)
	case proxy.CompDeflate:
		return binary.BigEndian.AppendUint32(dst, b.sum)
	}
	return dst
}

// count counts payload that was compressed, what became of it, and payload that was passed through.
func (b *body) count(in, out, bypass int) {
	s := b.s
	if id := b.loop(); s.Snap != nil && id < len(s.Snap.Comp) && in+out > 0 {
		s.Snap.Comp[id].Add(s.Task.Loop().Now(), in, out)
	}
	if !b.response {
		return
	}
	s.Comp.In += uint64(in)
	s.Comp.Out += uint64(out)
	s.Comp.Bypass += uint64(bypass)
}

func (b *body) loop() int {
	if b.s.Task == nil {
		return 1 << 30
	}
	return b.s.Task.Loop().ID()
}

// adapt changes the level by one: less work beyond the limits of the process, more again below them.
func (b *body) adapt() {
	if !b.limits.set {
		return
	}
	if b.limits.exceeded(b.s) {
		b.level = max(b.level-1, 0)
	} else {
		b.level = min(b.level+1, b.limits.level)
	}
}

// adler continues the sum of RFC 1950 8.2, which the standard library offers for whole texts and for a hash that cannot
// begin in the middle: the sums of two parts are joined by their lengths.
func adler(sum uint32, p []byte) uint32 {
	const mod = 65521
	part := adler32.Checksum(p)
	n := uint32(len(p) % mod)
	a1, b1 := sum&0xffff, sum>>16
	a2, b2 := part&0xffff, part>>16
	a := (a1 + a2 + mod - 1) % mod
	b := (b1 + b2 + n*((a1+mod-1)%mod)%mod) % mod
	return b<<16 | a
}
