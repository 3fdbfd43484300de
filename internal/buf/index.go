package buf

import (
	"bytes"
	"encoding/binary"
	"math/bits"
)

// ones has the lowest bit of each of eight bytes.
const ones = 0x0101010101010101

// longIndex is from how many bytes on the way to bytes.IndexByte is worth it.
const longIndex = 128

// Index is bytes.IndexByte for texts that are mostly short: it looks at eight bytes at a time.
func Index(b []byte, c byte) int {
	if len(b) < 8 {
		for i, have := range b {
			if have == c {
				return i
			}
		}
		return -1
	}
	if len(b) > longIndex {
		return bytes.IndexByte(b, c)
	}
	want := ones * uint64(c)
	for i := 0; ; i += 8 {
		// The last eight bytes may overlap those before them, among which c is not.
		i = min(i, len(b)-8)
		if m := Zeros(binary.LittleEndian.Uint64(b[i:]) ^ want); m != 0 {
			return i + bits.TrailingZeros64(m)>>3
		}
		if i == len(b)-8 {
			return -1
		}
	}
}

// Zeros tells of eight bytes whether one is zero: the lowest bit of the result is the highest one of the first that is.
func Zeros(x uint64) uint64 { return (x - ones) &^ x & (ones << 7) }

// CountZeros returns how many of eight bytes are zero.
func CountZeros(x uint64) int {
	const low = ones * 0x7f
	return bits.OnesCount64(^((x&low + low) | x | low))
}

// Below tells of eight bytes whether one is below c, which is at most 128: the result is not zero then.
func Below(x uint64, c byte) uint64 { return (x - Repeat(c)) &^ x & (ones << 7) }

// Repeat returns eight bytes that are all c.
func Repeat(c byte) uint64 { return ones * uint64(c) }
