// Package socks4 writes the request and reads the answer of the SOCKS 4 protocol on the client's side, as a server line
// with socks4 needs them (configuration.txt 5.2): the connection goes to the SOCKS server, and the first bytes on it ask
// for the real one.
package socks4

import (
	"errors"
	"net/netip"
)

// The two ways to fail. The caller reports a denied request as SOCKS4_DENY (configuration.txt, fc_err_name).
var (
	ErrDenied  = errors.New("the SOCKS4 server denied the request")
	ErrAddress = errors.New("SOCKS4 reaches IPv4 addresses only")
)

// User is the user id in the request, the one that HAProxy sends.
const User = "HAProxy"

// The lengths of both messages, in bytes.
const (
	RequestLen = 8 + len(User) + 1
	ReplyLen   = 8
)

// The codes that the protocol knows.
const (
	version = 4
	opened  = 1
	granted = 0x5a
)

// AppendRequest appends the request to be connected to dst, RequestLen bytes. A mapped IPv4 address is taken for what
// it means; on ErrAddress b is returned as it was.
func AppendRequest(b []byte, dst netip.AddrPort) ([]byte, error) {
	ip := dst.Addr().Unmap()
	if !ip.Is4() {
		return b, ErrAddress
	}
	four := ip.As4()
	b = append(b, version, opened, byte(dst.Port()>>8), byte(dst.Port()))
	b = append(b, four[:]...)
	b = append(b, User...)
	return append(b, 0), nil
}

// ParseReply reads the answer at the start of b. It returns ReplyLen when the connection is made, zero while more bytes
// are needed, and ErrDenied as soon as that is known. Only the second byte counts: servers put various things into the
// others. What follows the answer is the real server's.
func ParseReply(b []byte) (int, error) {
	if len(b) > 1 && b[1] != granted {
		return 0, ErrDenied
	}
	if len(b) < ReplyLen {
		return 0, nil
	}
	return ReplyLen, nil
}
