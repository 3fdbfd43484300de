package main

import "math/rand/v2"

// A body is a sequence of bytes that follows from the number of its request, so that a byte of another request, or of
// another place, is recognised at once.

// at is the byte at an offset of the body of a request.
func at(id uint64, offset int) byte {
	x := id*0x9e3779b97f4a7c15 + uint64(offset)>>3*0xbf58476d1ce4e5b9
	x ^= x >> 29
	x *= 0x94d049bb133111eb
	return byte(x >> (8 * (uint(offset) & 7)))
}

// body is the whole body of a request, of a size.
func body(id uint64, size int) []byte {
	out := make([]byte, size)
	for i := range out {
		out[i] = at(id, i)
	}
	return out
}

// differs is the place of the first byte of a piece, which begins at an offset, that is not the body's; -1 when all
// are.
func differs(id uint64, offset int, piece []byte) int {
	for i, c := range piece {
		if c != at(id, offset+i) {
			return offset + i
		}
	}
	return -1
}

// sum is what a trailer tells about a body.
func sum(id uint64, size int) string {
	h := uint64(14695981039346656037)
	for i := range size {
		h = (h ^ uint64(at(id, i))) * 1099511628211
	}
	const digits = "0123456789abcdef"
	out := make([]byte, 16)
	for i := range out {
		out[i] = digits[h>>(60-4*i)&15]
	}
	return string(out)
}

// someSize chooses the size of a body: mostly small, sometimes none, seldom large enough to fill every buffer.
func someSize(r *rand.Rand) int {
	switch n := r.IntN(100); {
	case n < 5:
		return 0
	case n < 50:
		return 1 + r.IntN(200)
	case n < 80:
		return r.IntN(5000)
	case n < 97:
		return r.IntN(60000)
	default:
		return r.IntN(1 << 20)
	}
}
