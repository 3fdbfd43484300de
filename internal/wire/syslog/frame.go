package syslog

import (
	"bytes"
	"errors"
)

// ErrTooLong says that a message does not fit.
var ErrTooLong = errors.New("syslog: message too long")

// ErrFrame says that a stream is not made of messages.
var ErrFrame = errors.New("syslog: no length before a message")

// Next finds the first message of a stream: behind its length in digits and a blank, or up to the end of a line
// (RFC 6587 3.4). lines takes all messages for lines. used is how many bytes it took, 0 when more are needed; a message
// may be empty. One above most bytes is an error, after which the stream cannot be read any further.
func Next(b []byte, lines bool, most int) (message []byte, used int, err error) {
	if len(b) == 0 {
		return nil, 0, nil
	}
	if lines || b[0] < '1' || b[0] > '9' {
		i := bytes.IndexByte(b, '\n')
		switch {
		case i < 0 && len(b) > most, i > most:
			return nil, 0, ErrTooLong
		case i < 0:
			return nil, 0, nil
		}
		return b[:i], i + 1, nil
	}
	n := 0
	for i, c := range b {
		switch {
		case c == ' ':
			if len(b)-i-1 < n {
				return nil, 0, nil
			}
			return b[i+1 : i+1+n], i + 1 + n, nil
		case c < '0' || c > '9':
			return nil, 0, ErrFrame
		}
		if n = n*10 + int(c-'0'); n > most {
			return nil, 0, ErrTooLong
		}
	}
	return nil, 0, nil
}
