// Package cip reads the header that a NetScaler inserts at the start of a connection to say who its client is: client
// IP insertion (netscaler-client-ip-insertion-protocol.txt), for accept-netscaler-cip and expect-netscaler-cip.
//
// After a magic number that both sides have agreed on come the IP and TCP headers of the client's last handshake packet.
// There are two forms, told apart by the byte after the first length: in the legacy one the IP header begins there,
// in the standard one a type of two bytes, which is 1, and a second length.
package cip

import (
	"encoding/binary"
	"errors"
	"net/netip"
)

// The reasons for which a header is refused. The listener reports them as CIP_BAD_MAGIC, CIP_BAD_PROTO and
// CIP_TRUNCATED (configuration.txt, fc_err_str).
var (
	ErrBadMagic    = errors.New("received an invalid NetScaler Client IP magic number")
	ErrBadProtocol = errors.New("received an unhandled protocol in the NetScaler Client IP header")
	ErrTruncated   = errors.New("truncated NetScaler Client IP header received")
)

// MaxLen is the longest header that is accepted, in bytes. IP and TCP headers have 120 bytes at most; the rest is room
// for what might follow them.
const MaxLen = 512

// Header is one parsed header.
type Header struct {
	Src, Dst netip.AddrPort
}

// The parts of a header, in bytes.
const (
	fixedLegacy   = 8 // magic and length
	fixedStandard = 12
	minIPv4       = 20
	lenIPv6       = 40
	minTCP        = 20
	protocolTCP   = 6
)

// Parse reads the header at the start of b into h and returns its length in bytes. A length of zero without an error
// means that b is a correct beginning and that more bytes are needed. magic is the number that the sender must use.
// After an error or a zero length h is not to be used.
func (h *Header) Parse(b []byte, magic uint32) (int, error) {
	*h = Header{}
	var agreed [4]byte
	binary.BigEndian.PutUint32(agreed[:], magic)
	if n := min(len(b), len(agreed)); string(b[:n]) != string(agreed[:n]) {
		return 0, ErrBadMagic
	}
	if len(b) <= fixedLegacy {
		return 0, nil
	}
	start, length := fixedLegacy, int64(binary.BigEndian.Uint32(b[4:]))
	switch b[fixedLegacy] >> 4 {
	case 4, 6:
	case 0:
		// The first length is that of everything, or of some of it: senders do not agree. The second one counts.
		if len(b) < fixedStandard {
			return 0, standardSoFar(b)
		}
		if binary.BigEndian.Uint16(b[8:]) != 1 {
			return 0, ErrBadProtocol
		}
		start, length = fixedStandard, int64(binary.BigEndian.Uint16(b[10:]))
	default:
		return 0, ErrBadProtocol
	}
	if length < minIPv4+minTCP || length > MaxLen-int64(start) {
		return 0, ErrTruncated
	}
	end := start + int(length)
	if len(b) < end {
		return 0, nil
	}
	if err := h.parsePacket(b[start:end]); err != nil {
		return 0, err
	}
	return end, nil
}

// standardSoFar refuses a type that can no longer become 1.
func standardSoFar(b []byte) error {
	if b[8] != 0 || len(b) > 9 && b[9] != 1 {
		return ErrBadProtocol
	}
	return nil
}

// parsePacket reads the addresses from an IP header and the ports from the TCP header that follows it. p has 40 bytes
// at least.
func (h *Header) parsePacket(p []byte) error {
	var src, dst netip.Addr
	var tcp []byte
	switch p[0] >> 4 {
	case 4:
		ihl := int(p[0]&15) * 4
		if ihl < minIPv4 || len(p) < ihl+minTCP {
			return ErrTruncated
		}
		if p[9] != protocolTCP {
			return ErrBadProtocol
		}
		src, dst = netip.AddrFrom4([4]byte(p[12:])), netip.AddrFrom4([4]byte(p[16:]))
		tcp = p[ihl:]
	case 6:
		if len(p) < lenIPv6+minTCP {
			return ErrTruncated
		}
		if p[6] != protocolTCP {
			return ErrBadProtocol
		}
		src, dst = netip.AddrFrom16([16]byte(p[8:])), netip.AddrFrom16([16]byte(p[24:]))
		tcp = p[lenIPv6:]
	default:
		return ErrBadProtocol
	}
	h.Src = netip.AddrPortFrom(src, binary.BigEndian.Uint16(tcp))
	h.Dst = netip.AddrPortFrom(dst, binary.BigEndian.Uint16(tcp[2:]))
	return nil
}
