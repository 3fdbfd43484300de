// Package proxyproto reads and writes the PROXY protocol, versions 1 and 2 (proxy-protocol.txt 2.1 and 2.2): the
// header that a proxy sends at the start of a connection to say who its client is.
//
// Reading is incremental: hand Parse what has arrived, it says whether that is enough. Nothing is copied, a parsed
// Header refers to the bytes it was read from. Writing appends the same bytes as HAProxy does, in the same order.
//
// The reader is strict where the specification is. It differs from HAProxy in four places, all of them where the
// specification speaks: what follows UNKNOWN on a version 1 line is skipped, not refused; a header that arrives in
// pieces is waited for, not refused; what a LOCAL header carries besides well-formed TLVs is skipped, not refused;
// numbers out of range and with leading zeros are refused, not folded.
package proxyproto

import (
	"bytes"
	"errors"
	"net/netip"
)

// The reasons for which a header is refused. The listener reports them as PRX_NOT_HDR, PRX_BAD_PROTO and PRX_BAD_HDR
// (configuration.txt, fc_err_str). A connection whose header is refused must be closed: nothing says where its payload
// would begin.
var (
	ErrNotHeader   = errors.New("received something which does not look like a PROXY protocol header")
	ErrBadProtocol = errors.New("received an unhandled protocol in the PROXY protocol header")
	ErrBadHeader   = errors.New("received an invalid PROXY protocol header")
)

// Limits on what is read, in bytes.
const (
	MaxV1        = 107        // a version 1 line with its CRLF
	MaxV2        = 16 + 65535 // a version 2 header
	MaxUniqueID  = 128        // a unique id (proxy-protocol.txt 2.2.5)
	MaxAuthority = 255        // an authority: the longest host name
	MaxTLV       = 1024       // any other TLV (configuration.txt, fc_pp_tlv)
)

// Command is what the sender says the connection is for.
type Command uint8

// The commands. Version 1 UNKNOWN reads as Local: in both the real addresses of the connection stand.
const (
	Local Command = iota
	Proxy
)

// Family is the address family of the proxied connection, with the numbers of version 2.
type Family uint8

// The families.
const (
	Unspec Family = iota
	IPv4
	IPv6
	Unix
)

// Transport is the protocol of the proxied connection, with the numbers of version 2.
type Transport uint8

// The transports.
const (
	AnyTransport Transport = iota
	Stream
	Datagram
)

// Header is one parsed header. Its byte slices point into the buffer given to Parse: copy what must outlive it.
type Header struct {
	Version   uint8 // 1 or 2
	Command   Command
	Family    Family
	Transport Transport
	// Src and Dst are the addresses of the proxied connection when Command is Proxy and Family IPv4 or IPv6. An IPv4
	// address in an IPv6 header stays mapped (::ffff:a.b.c.d), as it does on a socket.
	Src, Dst netip.AddrPort
	// SrcPath and DstPath are the same for Family Unix, without the zeros at the end. An abstract name keeps the zero
	// it begins with.
	SrcPath, DstPath []byte
	// TLVs are the extensions of a version 2 header, known to be well-formed.
	TLVs TLVs
}

// IsTCP reports whether the header carries the addresses of a TCP connection. HAProxy refuses every other header
// whose command is Proxy on its listeners, as ErrBadHeader.
func (h *Header) IsTCP() bool {
	return h.Command == Proxy && h.Transport == Stream && (h.Family == IPv4 || h.Family == IPv6)
}

// The fixed parts: what a version 1 line and a version 2 header begin with.
const (
	prefixV1  = "PROXY "
	signature = "\r\n\r\n\x00\r\nQUIT\n"
	fixedV2   = len(signature) + 4
)

// Parse reads the header at the start of b into h and returns its length in bytes. A length of zero without an error
// means that b is a correct beginning and that more bytes are needed; Need says how many. After an error or a zero
// length h is not to be used.
func (h *Header) Parse(b []byte) (int, error) {
	*h = Header{}
	switch {
	case startsLike(b, prefixV1):
		if len(b) < len(prefixV1) {
			return 0, nil
		}
		return h.parseV1(b)
	case startsLike(b, signature):
		// The version is part of what makes a header recognisable.
		if len(b) > len(signature) && b[len(signature)]>>4 != 2 {
			return 0, ErrNotHeader
		}
		if len(b) < fixedV2 {
			return 0, nil
		}
		return h.parseV2(b)
	}
	return 0, ErrNotHeader
}

// startsLike reports whether b and prefix agree as far as both go.
func startsLike(b []byte, prefix string) bool {
	n := min(len(b), len(prefix))
	return string(b[:n]) == prefix[:n]
}

// Need returns how many bytes, counted from the start of b, must be there before Parse can say more than it does now.
// It is exact once the 16 first bytes of a version 2 header are there: a caller whose buffer is smaller refuses the
// connection at once instead of waiting for what it cannot hold.
func Need(b []byte) int {
	if len(b) < fixedV2 || !startsLike(b, signature) {
		return len(b) + 1
	}
	return max(fixedV2+lengthV2(b), len(b))
}

func lengthV2(b []byte) int { return int(b[14])<<8 | int(b[15]) }

// trimPath cuts the zeros that fill up a UNIX address.
func trimPath(b []byte) []byte {
	if b[0] == 0 {
		return bytes.TrimRight(b, "\x00")
	}
	if i := bytes.IndexByte(b, 0); i >= 0 {
		return b[:i:i]
	}
	return b
}
