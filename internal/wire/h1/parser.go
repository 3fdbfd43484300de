// Package h1 is the wire of HTTP/1 (RFC 9112): it turns bytes into the messages of package msg and back, and splits
// chunked bodies. It does no I/O and allocates nothing: the caller owns the buffer, refills it, and calls again.
//
// What is accepted and refused is what HAProxy 3.5 accepts and refuses: the table of cases in testdata/verdicts.txt
// holds the answers of the real program, and the tests ask it again when it is there.
package h1

import (
	"bytes"

	"sluice/internal/msg"
)

// Options are the settings that decide about a message. The zero value is the strict default with 101 header fields.
type Options struct {
	// MaxFields is tune.http.maxhdr: a head may have one field less. 0 is the default, 101.
	MaxFields int
	// Relaxed is "option accept-unsafe-violations-in-http-request" or "-response" (configuration.txt 4.2).
	Relaxed bool
	// AnyPayload is the global h1-accept-payload-with-any-method (configuration.txt 3.1).
	AnyPayload bool
	// TrustLength is the global h1-do-not-close-on-insecure-transfer-encoding (configuration.txt 3.1).
	TrustLength bool
}

const defaultMaxFields = 101

// Verdict is what a parser says about the bytes it was given.
type Verdict uint8

// The verdicts.
const (
	NeedMore Verdict = iota // the head is not complete; nothing wrong so far
	Done                    // the head is complete
	Failed                  // the bytes are no valid message: see Parser.Err
	Preface                 // the bytes begin with the preface of HTTP/2 (RFC 9113 3.4); the parser left them alone
	Part                    // Chunked: a part was found, call again with what follows it
	Rewrite                 // Chunked.Wire: the next chunk cannot be passed on as it is, use Head
)

// Error says where and why a message was refused. Status is what the client is told: 400, 413, 414, 422 or 431 for a
// request, 502 for a response. Pos counts bytes from the start of the buffer.
type Error struct {
	Pos    int
	Status int
	Reason string
}

// Error returns the reason.
func (e *Error) Error() string { return e.Reason }

// Parser is the state of parsing one message head across refills of a buffer. The zero value is ready; Reset prepares
// it for the next head.
//
// The buffer may grow between two calls but its bytes must stay where they are, because the message already points
// into it. When they had to move, call Reset and parse from the start: what the parser changes in place (names in lower
// case, folded lines) does not change the result.
type Parser struct {
	Err Error // why the last call returned Failed
	// Violations counts what only Options.Relaxed let pass, and LaxPos is the position of the first, for "show errors"
	// and the glitch counters.
	Violations int
	LaxPos     int

	state   state
	mode    mode
	upper   uint64    // the letters of the current field's name that were in upper case, the first 64 bytes
	bad     bool      // the current field's name is invalid and the field is dropped
	seen    seen      // what the fields said so far
	flags   msg.Flags // the same, as far as the message tells it on
	host    int32     // index of the Host field plus one
	start   int       // first byte of the message
	line    int       // first byte of the current line
	pos     int       // next byte to look at
	colon   int       // end of the current field's name
	checked int       // bytes up to here hold no stray CR or NUL
	crlf    int       // line ends CR LF between checked and pos
	length  uint64    // Content-Length
	first   firstLine // what the start line is made of
}

// firstLine holds positions in the start line: of method, target and version, or of version, status and reason.
type firstLine struct {
	a, b, c    int // begins
	ae, be, ce int // ends
}

type state uint8

// Where a parser stands. The first three words of the start line are a, b and c.
const (
	atStart state = iota
	inA
	beforeB
	inB
	beforeC
	inC
	atLineEnd
	atLine
	inName
	inValue
)

// mode is what kind of fields are read.
type mode uint8

const (
	request mode = iota
	response
	trailer
)

// seen collects what the fields said that decides about the message as a whole.
type seen uint16

const (
	sawLength     seen = 1 << iota // a Content-Length
	sawChunked                     // the coding chunked
	sawOther                       // another coding
	sawTokens                      // Connection: close or keep-alive
	sawUpgrade                     // Connection: upgrade
	sawProtocol                    // an Upgrade that names a protocol that may pass
	sawH2C                         // an Upgrade to h2c or h2
	sawWebSocket                   // Upgrade: websocket
	sawKey                         // a Sec-WebSocket-Key of the right length, or Sec-WebSocket-Accept
	sawHopUpgrade                  // an Upgrade field at all
)

// Reset prepares p for the next message.
func (p *Parser) Reset() { *p = Parser{} }

// Started says whether a byte of the message itself was seen, empty lines before it aside.
func (p *Parser) Started() bool { return p.state != atStart }

// TooLarge is the refusal of a head that fills the buffer without being complete: 414 when it is the request line that
// does not end, else 431.
func (p *Parser) TooLarge() *Error {
	p.Err = Error{Pos: p.pos, Status: 431, Reason: "header fields too large"}
	if p.state < atLineEnd {
		p.Err.Status, p.Err.Reason = 414, "request line too long"
	}
	return &p.Err
}

func (p *Parser) fail(pos, status int, reason string) Verdict {
	p.Err = Error{Pos: pos, Status: status, Reason: reason}
	return Failed
}

// refuse fails with the status that a malformed message has: 400 for a request, 502 for a response.
func (p *Parser) refuse(pos int, reason string) Verdict {
	if p.mode == response {
		return p.fail(pos, 502, reason)
	}
	return p.fail(pos, 400, reason)
}

// lax notes a violation that is let pass.
func (p *Parser) lax(pos int) {
	if p.Violations == 0 || pos < p.LaxPos {
		p.LaxPos = pos
	}
	p.Violations++
}

// leading skips the empty lines before a message (RFC 9112 2.2). It returns false when the buffer ends or a CR stands
// alone, which the caller tells apart by what is at p.pos.
func (p *Parser) leading(b []byte) bool {
	for p.pos < len(b) {
		switch {
		case b[p.pos] == '\n':
			p.pos++
		case b[p.pos] == '\r' && p.pos+1 < len(b) && b[p.pos+1] == '\n':
			p.pos += 2
		case b[p.pos] == '\r':
			return false
		default:
			p.start = p.pos
			return true
		}
	}
	return false
}

// lineEnd takes the end of the start line at p.pos, CR LF or LF alone.
func (p *Parser) lineEnd(b []byte) Verdict {
	if b[p.pos] == '\r' {
		if p.pos+1 == len(b) {
			return NeedMore
		}
		if b[p.pos+1] != '\n' {
			return p.refuse(p.pos, "CR without LF in the start line")
		}
		p.pos++
	}
	p.pos++
	p.line, p.checked, p.crlf = p.pos, p.pos, 0
	p.state = atLine
	return Done
}

// clean checks the bytes between p.checked and p.pos, which are complete header lines and the known part of the next:
// every CR must belong to a line end, and NUL must not occur. One pass over all lines costs less than a look at each.
func (p *Parser) clean(b []byte, o *Options) Verdict {
	to := p.pos
	if to > p.checked && b[to-1] == '\r' {
		to--
	}
	part := b[p.checked:to]
	if bytes.Count(part, cr) != p.crlf || bytes.IndexByte(part, 0) >= 0 {
		for i, c := range part {
			switch {
			case c == '\r' && (i+1 == len(part) || part[i+1] != '\n'):
				return p.refuse(p.checked+i, "CR without LF in a header field")
			case c == 0 && !o.Relaxed:
				return p.refuse(p.checked+i, "NUL in a header field")
			case c == 0:
				p.lax(p.checked + i)
			}
		}
	}
	p.checked, p.crlf = to, 0
	return Done
}

var cr = []byte{'\r'}
