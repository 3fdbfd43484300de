package buf

import (
	"bytes"
	"encoding/binary"
	"math/bits"
)

// Needle is a text that is looked for in many others, most of which do not hold it. It is found by one of its bytes that most
// texts do not hold either.
type Needle struct {
	text  []byte // in lower case when the case of letters does not count
	at    int    // of the byte in the text
	rare  byte
	other byte // the same in the other case where that does not count, else equal to rare
	fold  bool
}

// maxNeedle is the longest text that is looked for so: it bounds what a text made for that can cost.
const maxNeedle = 32

// byFrequency are the bytes that URIs and values of fields hold most often, the most frequent first.
const byFrequency = "etaoinsrlcdhpmugf/.w-bvy0k12;x=,:3549678q_jz "

// NewNeedle makes one of a text that is not empty. With fold the case of its letters, which is lower case, does not count.
func NewNeedle(text []byte, fold bool) Needle {
	x := Needle{text: text, fold: fold}
	best := -1
	for i, c := range text {
		rank := bytes.IndexByte([]byte(byFrequency), c)
		if rank < 0 {
			rank = len(byFrequency)
		}
		if rank > best {
			best, x.at = rank, i
		}
	}
	x.rare, x.other = text[x.at], text[x.at]
	if fold && x.rare >= 'a' && x.rare <= 'z' {
		x.other -= 'a' - 'A'
	}
	return x
}

// String returns the text.
func (x *Needle) String() string { return string(x.text) }

// Len is the length of the text.
func (x *Needle) Len() int { return len(x.text) }

// Index returns where the text stands in b first, -1 when it does not.
func (x *Needle) Index(b []byte) int {
	n := len(x.text)
	if n > len(b) {
		return -1
	}
	if n > maxNeedle && !x.fold {
		return bytes.Index(b, x.text)
	}
	// Where the byte may be: what is before a first text or behind a last one is none of it.
	part := b[x.at : len(b)-(n-1-x.at)]
	for at := 0; at < len(part); at++ {
		i := x.next(part[at:])
		if i < 0 {
			return -1
		}
		at += i
		if x.same(b[at : at+n]) {
			return at
		}
	}
	return -1
}

// next returns the index of the first byte that is the rare one, -1 without.
func (x *Needle) next(b []byte) int {
	if len(b) > longIndex && x.rare == x.other {
		return bytes.IndexByte(b, x.rare)
	}
	want, ignore := Repeat(x.rare), Repeat(x.rare^x.other)
	i := 0
	for ; i+8 <= len(b); i += 8 {
		if m := Zeros((binary.LittleEndian.Uint64(b[i:]) ^ want) &^ ignore); m != 0 {
			return i + bits.TrailingZeros64(m)>>3
		}
	}
	for ; i < len(b); i++ {
		if b[i] == x.rare || b[i] == x.other {
			return i
		}
	}
	return -1
}

// same compares the text with as many bytes.
func (x *Needle) same(b []byte) bool {
	if !x.fold {
		return string(b) == string(x.text)
	}
	for i, c := range b {
		if c >= 'A' && c <= 'Z' {
			c += 'a' - 'A'
		}
		if c != x.text[i] {
			return false
		}
	}
	return true
}
