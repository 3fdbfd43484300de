// Package msg is the HTTP message that every version of the protocol shares: a start line and a list of header
// fields, as slices into a connection's buffer or a stream's arena. It knows nothing of the wire: internal/wire/h1
// and its kin fill and print it.
package msg

import "sluice/internal/value"

// Field is one header field. Name is in lower case, as HAProxy keeps it (configuration.txt 4.2, h1-case-adjust).
// Both slices belong to the buffer the message was parsed from, or to the stream's arena after an edit; nobody changes
// their bytes in place. A field fills one cache line: searches go over many of them.
type Field struct {
	Name  []byte
	Value []byte
	Upper uint64 // the letters of Name that came in upper case, bit n for byte n
	// Line is where the field's line begins in RawHead, when that line is exactly "name: value" and a line end, so that
	// runs of untouched fields can be sent with one copy. 0 means that the line must be printed; whoever replaces Name
	// or Value sets it to 0 (the methods of Fields do).
	Line  int32
	Known Known // what the name is, when it is one that the proxy looks at
	Dead  bool  // deleted; kept in place so that indexes of a walk stay valid
}

// Version is an HTTP version as major*10+minor: 10, 11, 20, 30; 9 is HTTP/0.9.
type Version uint8

// The versions of RFC 9112 and 9113, and the simple requests of HTTP/0.9.
const (
	HTTP09 Version = 9
	HTTP10 Version = 10
	HTTP11 Version = 11
	HTTP20 Version = 20
	HTTP30 Version = 30
)

// BodyLen describes how a message's body is delimited, when it is not a byte count.
const (
	Chunked    int64 = -1 // until the last chunk and its trailers
	UntilClose int64 = -2 // until the peer closes (responses only)
	Tunnel     int64 = -3 // no body: bytes are relayed both ways until one side closes
)

// Request is the head of a request.
type Request struct {
	Method    []byte
	MethodID  value.Method
	Target    []byte // request target exactly as received, or as rewritten
	Form      TargetForm
	Version   Version // what the message is treated as: HTTP11 for an HTTP/1 message of version 1.1 and above
	VerBytes  []byte  // "HTTP/1.1", as received
	Fields    Fields
	Body      int64 // byte count, Chunked or Tunnel
	Flags     Flags
	HostIndex int32 // index in Fields of the Host header, -1 without
	// RawHead is the text from the start line to the empty line, as it lies in the buffer, or nil when there is none.
	// Where a parser shortened a target or a value, what is left over of it is undefined.
	RawHead []byte
}

// Response is the head of a response.
type Response struct {
	Version  Version
	VerBytes []byte
	Status   int
	Reason   []byte // may be empty
	Fields   Fields
	Body     int64 // byte count, Chunked, UntilClose or Tunnel
	Flags    Flags
	RawHead  []byte // as in Request
}

// TargetForm is the form of a request target (RFC 9112 3.2).
type TargetForm uint8

// The four forms.
const (
	OriginForm    TargetForm = iota // /path?query
	AbsoluteForm                    // scheme://authority/path?query
	AuthorityForm                   // host:port, CONNECT only
	AsteriskForm                    // *, OPTIONS only
)

// Flags tell what the parser found out about a message.
type Flags uint16

// The flags.
const (
	ConnClose     Flags = 1 << iota // Connection: close
	ConnKeepAlive                   // Connection: keep-alive
	ConnUpgrade                     // Connection: upgrade together with an Upgrade field
	Expect100                       // Expect: 100-continue
	HasCL                           // a Content-Length field is present and counts
	HasTE                           // a Transfer-Encoding field is present and counts
	ForceClose                      // the message must be the connection's last (RFC 9112 6.3 and 9.3)
	WebSocket                       // ConnUpgrade, and "websocket" is among the protocols of Upgrade
	Edited                          // start line or fields differ from RawHead
	NoBody                          // the message has no body whatever its fields say (HEAD, 1xx, 204, 304)
)

// Reset empties q and keeps its memory. What the fields pointed to is pooled memory, so the list is not cleared.
func (q *Request) Reset() {
	f := q.Fields[:0]
	*q = Request{}
	q.Fields, q.HostIndex = f, -1
}

// Reset empties r and keeps its memory.
func (r *Response) Reset() {
	f := r.Fields[:0]
	*r = Response{}
	r.Fields = f
}
