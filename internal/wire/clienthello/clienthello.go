// Package clienthello reads the first message of a TLS client while it passes through (RFC 8446 4.1.2), so that a
// connection can be routed by what its client asks for (configuration.txt 7.3.5, req.ssl_sni and its neighbours).
// Nothing is decrypted and nothing is answered. Everything read here comes from strangers: lengths are checked against
// what is there, and nothing is allocated.
package clienthello

import "errors"

// The ways in which bytes can be something else than what is looked for.
var (
	// ErrMore says that what is there may be the beginning of a message, and that more bytes will tell.
	ErrMore = errors.New("clienthello: more bytes are needed")
	// ErrNotTLS says that no further byte can make this a handshake message of TLS.
	ErrNotTLS = errors.New("clienthello: not a TLS handshake")
)

// MaxMessage is the largest handshake message that is put together from several records, in bytes.
const MaxMessage = 64 << 10

// The lengths of the headers of records and of handshake messages.
const (
	recordHead    = 5
	handshakeHead = 4
)

// recordHandshake is the content type of records that carry handshake messages (RFC 8446 5.1).
const recordHandshake = 22

// The kinds of handshake messages that are of interest here.
const (
	TypeClientHello = 1
	TypeServerHello = 2
	TypeTicket      = 4 // NewSessionTicket (RFC 5077 3.3)
)

// Message is one handshake message; Body points into the bytes it was found in, or into the room that was given.
type Message struct {
	Record uint16 // version in the header of the first record
	Type   byte
	Body   []byte
}

// record cuts the header of the record at the beginning of b. body may be shorter than what the header announces.
func record(b []byte) (version uint16, body []byte, size int, err error) {
	if len(b) > 0 && b[0] != recordHandshake || len(b) > 1 && b[1] < 3 {
		return 0, nil, 0, ErrNotTLS
	}
	if len(b) < recordHead {
		return 0, nil, 0, ErrMore
	}
	size = int(b[3])<<8 | int(b[4])
	if size == 0 || size > 1<<14+2048 { // RFC 5246 6.2.3 allows that much for a record
		return 0, nil, 0, ErrNotTLS
	}
	body = b[recordHead:]
	return uint16(b[1])<<8 | uint16(b[2]), body[:min(len(body), size)], size, nil
}

// First finds the first handshake message in b, once it is complete. A message that comes in several records is put
// together in what room returns for a size; with a nil room only its beginning is returned.
func First(b []byte, room func(size int) []byte) (m Message, err error) {
	version, body, _, err := record(b)
	if err != nil {
		return m, err
	}
	m.Record = version
	if len(body) > 0 {
		m.Type = body[0]
	}
	if len(body) < handshakeHead {
		return m, ErrMore // a header of four bytes over two records is nobody's habit, but it is legal
	}
	size := int(body[1])<<16 | int(body[2])<<8 | int(body[3])
	if size > MaxMessage {
		return m, ErrNotTLS
	}
	if body = body[handshakeHead:]; len(body) >= size {
		m.Body = body[:size]
		return m, nil
	}
	m.Body = body // as far as the first record has it
	return gather(b, m, size, room)
}

// Find finds the first message of a kind among those that b has before anything else: in TLSv1.2 a side's messages up to its
// change of ciphers. What is there is put together in what room returns.
func Find(b []byte, kind byte, room func(size int) []byte) (m Message, err error) {
	n, _ := spread(b, nil, len(b))
	to := room(n)
	spread(b, to, len(to))
	for len(to) >= handshakeHead {
		size := int(to[1])<<16 | int(to[2])<<8 | int(to[3])
		if size > len(to)-handshakeHead {
			break
		}
		if to[0] == kind {
			return Message{Type: kind, Body: to[handshakeHead : handshakeHead+size]}, nil
		}
		to = to[handshakeHead+size:]
	}
	return m, ErrMore
}

// gather puts a message of size bytes together from all its records.
func gather(b []byte, m Message, size int, room func(size int) []byte) (Message, error) {
	if have, err := spread(b, nil, handshakeHead+size); err != nil || have < handshakeHead+size {
		return m, firstOf(err, ErrMore)
	}
	if room == nil {
		return m, nil
	}
	to := room(handshakeHead + size)
	spread(b, to, handshakeHead+size)
	m.Body = to[handshakeHead : handshakeHead+size]
	return m, nil
}

// spread copies the bodies of the records in b to to, up to most bytes, and counts them; a nil to only counts.
func spread(b, to []byte, most int) (n int, err error) {
	for n < most {
		_, body, size, err := record(b)
		if err == ErrMore {
			return n, nil
		}
		if err != nil {
			return n, err
		}
		if to != nil {
			copy(to[n:], body)
		}
		n += len(body)
		if len(body) < size {
			return n, nil
		}
		b = b[recordHead+size:]
	}
	return n, nil
}

func firstOf(errs ...error) error {
	for _, err := range errs {
		if err != nil {
			return err
		}
	}
	return nil
}

// Version returns the version that the first handshake message in b names, whatever its kind, major number first. The
// hello of SSL 2 that later versions could begin with is understood as well (RFC 5246 appendix E.2).
func Version(b []byte) (uint16, error) {
	if len(b) > 0 && b[0]&0x80 != 0 {
		return version2(b)
	}
	m, err := First(b, nil)
	if err != nil {
		return 0, err
	}
	if len(m.Body) < 2 {
		return 0, ErrNotTLS
	}
	return uint16(m.Body[0])<<8 | uint16(m.Body[1]), nil
}

// version2 reads the version in a hello of SSL 2: a length of 15 bits with the highest one set, a kind, the version.
func version2(b []byte) (uint16, error) {
	const head, smallest = 2, 9
	if len(b) > head && b[head] != TypeClientHello {
		return 0, ErrNotTLS
	}
	if len(b) < head {
		return 0, ErrMore
	}
	size := int(b[0]&0x7f)<<8 | int(b[1])
	if size < smallest {
		return 0, ErrNotTLS
	}
	if len(b) < head+size {
		return 0, ErrMore
	}
	return uint16(b[3])<<8 | uint16(b[4]), nil
}
