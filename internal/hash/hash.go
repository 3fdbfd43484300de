// Package hash holds the small hash functions that HAProxy's balancing, converters and fetches share, bit for bit. All
// arithmetic is on 32 bits and wraps.
package hash

import (
	"hash/crc32"
	"math/bits"
)

// SDBM is the hash of the sdbm library.
func SDBM(b []byte) uint32 {
	var h uint32
	for _, c := range b {
		h = uint32(c) + h<<6 + h<<16 - h
	}
	return h
}

// DJB2 is Dan Bernstein's times 33.
func DJB2(b []byte) uint32 {
	h := uint32(5381)
	for _, c := range b {
		h = h<<5 + h + uint32(c)
	}
	return h
}

// WT6 is a hash made for HAProxy that spreads short keys well.
func WT6(b []byte) uint32 {
	h0, h1 := uint32(0xa53c965a), uint32(0x5ca6953a)
	s0, s1 := 6, 18
	for _, c := range b {
		h0, h1 = ^(h0 ^ uint32(c)), ^(h1 + uint32(c))
		h0, h1 = bits.RotateLeft32(h1, s0), bits.RotateLeft32(h0, s1)
		t := (h0>>16 ^ h1) & 0xffff
		s0, s1 = int(t&31), int(t>>11)
	}
	return h0 ^ h1
}

// CRC32 is the checksum of Ethernet, gzip and zip.
func CRC32(b []byte) uint32 { return crc32.ChecksumIEEE(b) }

// CRC32C is the checksum of iSCSI and of the PROXY protocol (Castagnoli).
func CRC32C(b []byte) uint32 { return crc32.Checksum(b, crc32.MakeTable(crc32.Castagnoli)) }

// Avalanche spreads every bit of a hash over the whole word: Bob Jenkins' integer hash in six steps, and a
// multiplication.
func Avalanche(a uint32) uint32 {
	a = a + 0x7ed55d16 + a<<12
	a = a ^ 0xc761c23c ^ a>>19
	a = a + 0x165667b1 + a<<5
	a = (a + 0xd3a2646c) ^ a<<9
	a = a + 0xfd7046c5 + a<<3
	a = a ^ 0xb55a4f09 ^ a>>16
	return a * 3221225473
}

const (
	xxPrime1 uint32 = 2654435761
	xxPrime2 uint32 = 2246822519
	xxPrime3 uint32 = 3266489917
	xxPrime4 uint32 = 668265263
	xxPrime5 uint32 = 374761393
)

// XXH32 is the 32-bit hash of the xxHash family.
func XXH32(b []byte, seed uint32) uint32 {
	n := uint32(len(b))
	var h uint32
	if len(b) >= 16 {
		v1, v2, v3, v4 := seed+xxPrime1+xxPrime2, seed+xxPrime2, seed, seed-xxPrime1
		for ; len(b) >= 16; b = b[16:] {
			v1 = xxRound(v1, word(b))
			v2 = xxRound(v2, word(b[4:]))
			v3 = xxRound(v3, word(b[8:]))
			v4 = xxRound(v4, word(b[12:]))
		}
		h = bits.RotateLeft32(v1, 1) + bits.RotateLeft32(v2, 7) + bits.RotateLeft32(v3, 12) + bits.RotateLeft32(v4, 18)
	} else {
		h = seed + xxPrime5
	}
	h += n
	for ; len(b) >= 4; b = b[4:] {
		h = bits.RotateLeft32(h+word(b)*xxPrime3, 17) * xxPrime4
	}
	for _, c := range b {
		h = bits.RotateLeft32(h+uint32(c)*xxPrime5, 11) * xxPrime1
	}
	h = (h ^ h>>15) * xxPrime2
	h = (h ^ h>>13) * xxPrime3
	return h ^ h>>16
}

func xxRound(v, in uint32) uint32 { return bits.RotateLeft32(v+in*xxPrime2, 13) * xxPrime1 }

func word(b []byte) uint32 {
	return uint32(b[0]) | uint32(b[1])<<8 | uint32(b[2])<<16 | uint32(b[3])<<24
}
