// Package distcc reads the packets of the distributed compiler (configuration.txt 7.3.5, distcc_param): a token of four
// letters, a number of eight hexadecimal digits, and behind some tokens as many bytes.
package distcc

import (
	"errors"
)

// The ways in which a packet is not found.
var (
	// ErrMore says that it may still come.
	ErrMore = errors.New("distcc: more bytes are needed")
	// ErrNotDistcc says that what is there is something else.
	ErrNotDistcc = errors.New("distcc: not the distcc protocol")
)

// TokenLen is the length of a token.
const TokenLen = 4

const headLen = TokenLen + 8

// Packet is one packet; Body may be shorter than Param says while it is on its way.
type Packet struct {
	Token [TokenLen]byte
	Param uint32
	Body  []byte
}

// HasBody reports whether Param is the length of bytes that follow.
func (p *Packet) HasBody() bool {
	switch string(p.Token[:]) {
	case "ARGV", "CDIR", "DOTI", "DOTO", "FILE", "LINK", "NAME", "SERR", "SOUT":
		return true
	}
	return false
}

// next reads the packet at the beginning of b, and how many bytes it takes.
func next(b []byte) (p Packet, size int, err error) {
	for i := range min(len(b), headLen) {
		c := b[i]
		switch {
		case i < TokenLen && c >= 'A' && c <= 'Z':
		case i >= TokenLen && hex(c) >= 0:
			p.Param = p.Param<<4 | uint32(hex(c))
		default:
			return p, 0, ErrNotDistcc
		}
	}
	if len(b) < headLen {
		return p, 0, ErrMore
	}
	copy(p.Token[:], b)
	size = headLen
	if p.HasBody() {
		n := min(int64(p.Param), int64(len(b)-headLen))
		p.Body = b[headLen : headLen+int(n)]
		size += int(p.Param)
	}
	return p, size, nil
}

func hex(c byte) int {
	switch {
	case c >= '0' && c <= '9':
		return int(c - '0')
	case c >= 'a' && c <= 'f':
		return int(c-'a') + 10
	case c >= 'A' && c <= 'F':
		return int(c-'A') + 10
	}
	return -1
}

// Find returns the n-th packet, from 1, of a token.
func Find(b, token []byte, n int) (Packet, error) {
	for {
		p, size, err := next(b)
		if err != nil {
			return Packet{}, err
		}
		if string(p.Token[:]) == string(token) {
			if n--; n == 0 {
				return p, nil
			}
		}
		if size > len(b) {
			return Packet{}, ErrMore
		}
		b = b[size:]
	}
}
