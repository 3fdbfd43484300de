// Package rdp finds the cookie at the beginning of an RDP connection ([MS-RDPBCGR] 2.2.1.1), by which clients are kept
// on a server (configuration.txt 7.3.5, req.rdp_cookie).
package rdp

import (
	"bytes"
	"errors"
)

// The ways in which there is no cookie.
var (
	// ErrMore says that the bytes may be the beginning of a cookie.
	ErrMore = errors.New("rdp: more bytes are needed")
	// ErrNoCookie says that there is none.
	ErrNoCookie = errors.New("rdp: no cookie")
)

// headers is the length of the headers of TPKT and X.224 before the cookie.
const headers = 11

// word begins the line of the cookie; its case does not matter.
const word = "Cookie:"

// Cookie finds the first cookie in b: a name, and a value that ends with its line.
func Cookie(b []byte) (name, val []byte, err error) {
	if len(b) <= headers {
		return nil, nil, ErrMore
	}
	b = b[headers:]
	if n := min(len(b), len(word)); !bytes.EqualFold(b[:n], []byte(word)[:n]) {
		return nil, nil, ErrNoCookie
	}
	if len(b) <= len(word) {
		return nil, nil, ErrMore
	}
	b = bytes.TrimLeft(b[len(word):], " ")
	end := bytes.Index(b, []byte("\r\n"))
	if end < 0 {
		return nil, nil, ErrMore
	}
	name, val, ok := bytes.Cut(b[:end], []byte("="))
	if !ok {
		return nil, nil, ErrNoCookie
	}
	return name, val, nil
}
