package proxyproto

import (
	"encoding/binary"
	"net/netip"
)

// The address blocks of version 2, in bytes.
const (
	pathLen   = 108 // one UNIX address
	blockIPv4 = 12
	blockIPv6 = 36
	blockUnix = 2 * pathLen
)

// addrLen returns the length of a family's address block.
func addrLen(f Family) int {
	switch f {
	case IPv4:
		return blockIPv4
	case IPv6:
		return blockIPv6
	case Unix:
		return blockUnix
	}
	return 0
}

// parseV2 reads a header that begins with the signature and version 2, 16 bytes at least (proxy-protocol.txt 2.2).
func (h *Header) parseV2(b []byte) (int, error) {
	command, kind := b[12]&15, b[13]
	if command > byte(Proxy) {
		return 0, ErrBadHeader
	}
	if command == byte(Proxy) && (kind>>4 > byte(Unix) || kind&15 > byte(Datagram)) {
		return 0, ErrBadHeader
	}
	size := fixedV2 + lengthV2(b)
	h.Version, h.Command = 2, Command(command)
	if h.Command == Proxy {
		h.Family, h.Transport = Family(kind>>4), Transport(kind&15)
		if size-fixedV2 < addrLen(h.Family) {
			return 0, ErrBadHeader
		}
	}
	if len(b) < size {
		return 0, nil
	}
	b = b[:size:size]
	h.TLVs = TLVs(b[fixedV2+min(addrLen(Family(kind>>4)), size-fixedV2):])
	if h.Command == Local || h.Family == Unspec {
		// Family and addresses mean nothing here, and the block is to be skipped as it is. HAProxy and others send
		// TLVs in it all the same, so a list of them is taken.
		if !h.TLVs.wellFormed() {
			h.TLVs = nil
		}
	} else {
		h.parseAddrs(b[fixedV2:])
	}
	if err := h.TLVs.check(b); err != nil {
		return 0, err
	}
	return size, nil
}

// parseAddrs reads the address block, whose length has been checked.
func (h *Header) parseAddrs(b []byte) {
	switch h.Family {
	case IPv4:
		h.Src = netip.AddrPortFrom(netip.AddrFrom4([4]byte(b)), binary.BigEndian.Uint16(b[8:]))
		h.Dst = netip.AddrPortFrom(netip.AddrFrom4([4]byte(b[4:])), binary.BigEndian.Uint16(b[10:]))
	case IPv6:
		h.Src = netip.AddrPortFrom(netip.AddrFrom16([16]byte(b)), binary.BigEndian.Uint16(b[32:]))
		h.Dst = netip.AddrPortFrom(netip.AddrFrom16([16]byte(b[16:])), binary.BigEndian.Uint16(b[34:]))
	case Unix:
		h.SrcPath, h.DstPath = trimPath(b[:pathLen]), trimPath(b[pathLen:blockUnix])
	}
}
