package proxyproto

import (
	"bytes"
	"net/netip"
	"unsafe"
)

// parseV1 reads a line that begins with "PROXY " (proxy-protocol.txt 2.1).
func (h *Header) parseV1(b []byte) (int, error) {
	window := b[:min(len(b), MaxV1)]
	end := bytes.IndexByte(window, '\n')
	if end < 0 {
		switch cr := bytes.IndexByte(window, '\r'); {
		case !mayBecomeV1(window):
			return 0, ErrBadProtocol
		case len(window) == MaxV1 || cr >= 0 && cr+1 < len(window):
			return 0, ErrBadHeader
		}
		return 0, nil
	}
	line := window[len(prefixV1):end]
	cr := bytes.IndexByte(line, '\r')
	if cr < 0 || cr+1 < len(line) {
		return 0, ErrBadHeader
	}
	h.Version = 1
	if err := h.parseLine(line[:cr]); err != nil {
		return 0, err
	}
	return end + 1, nil
}

// mayBecomeV1 reports whether an incomplete line names, as far as it goes, a protocol that is known.
func mayBecomeV1(line []byte) bool {
	rest := line[len(prefixV1):]
	return startsLike(rest, "TCP4 ") || startsLike(rest, "TCP6 ") || startsLike(rest, "UNKNOWN ") ||
		startsLike(rest, "UNKNOWN\r")
}

// parseLine reads what stands between "PROXY " and the CRLF.
func (h *Header) parseLine(line []byte) error {
	name, rest, more := bytes.Cut(line, []byte{' '})
	switch string(name) {
	case "UNKNOWN":
		return nil // Local: the rest of the line means nothing
	case "TCP4":
		h.Family = IPv4
	case "TCP6":
		h.Family = IPv6
	default:
		return ErrBadProtocol
	}
	if !more {
		return ErrBadProtocol
	}
	var field [4][]byte
	for i := range field {
		field[i], rest, more = bytes.Cut(rest, []byte{' '})
		if more != (i < len(field)-1) {
			return ErrBadHeader
		}
	}
	src, ok1 := parseAddr(field[0], h.Family)
	dst, ok2 := parseAddr(field[1], h.Family)
	sport, ok3 := parsePort(field[2])
	dport, ok4 := parsePort(field[3])
	if !ok1 || !ok2 || !ok3 || !ok4 {
		return ErrBadHeader
	}
	h.Command, h.Transport = Proxy, Stream
	h.Src, h.Dst = netip.AddrPortFrom(src, sport), netip.AddrPortFrom(dst, dport)
	return nil
}

// parseAddr reads an address of the given family. netip refuses leading zeros and what is out of range; a zone is
// local to the sender and has no meaning here.
func parseAddr(b []byte, f Family) (netip.Addr, bool) {
	// The largest address has 45 characters. The bound keeps an error's copy of the text small.
	if len(b) > 45 || bytes.IndexByte(b, '%') >= 0 {
		return netip.Addr{}, false
	}
	if f == IPv6 && bytes.IndexByte(b, ':') < 0 {
		return netip.Addr{}, false
	}
	// ParseAddr keeps its argument only in the error and in a zone, and neither leaves this function.
	a, err := netip.ParseAddr(unsafe.String(unsafe.SliceData(b), len(b)))
	if err != nil || a.Is4() != (f == IPv4) {
		return netip.Addr{}, false
	}
	return a, true
}

// parsePort reads a decimal number from 0 to 65535 without leading zeros.
func parsePort(b []byte) (uint16, bool) {
	if len(b) == 0 || len(b) > 5 || b[0] == '0' && len(b) > 1 {
		return 0, false
	}
	n := 0
	for _, c := range b {
		if c < '0' || c > '9' {
			return 0, false
		}
		n = n*10 + int(c-'0')
	}
	return uint16(n), n <= 65535
}
