package proxyproto

import (
	"encoding/binary"
	"hash/crc32"
)

// Type says what a TLV holds (proxy-protocol.txt 2.2).
type Type uint8

// The registered types, and those that stand inside an SSL one. From MinCustom to MaxCustom applications are free.
const (
	ALPN      Type = 0x01
	Authority Type = 0x02
	CRC32C    Type = 0x03
	NoOp      Type = 0x04
	UniqueID  Type = 0x05
	SSL       Type = 0x20
	NetNS     Type = 0x30

	SSLVersion    Type = 0x21
	SSLCN         Type = 0x22
	SSLCipher     Type = 0x23
	SSLSigAlg     Type = 0x24
	SSLKeyAlg     Type = 0x25
	SSLGroup      Type = 0x26
	SSLSigScheme  Type = 0x27
	SSLClientCert Type = 0x28

	MinCustom Type = 0xE0
	MaxCustom Type = 0xEF
)

// tlvHead is the length of a type and a length, in bytes.
const tlvHead = 3

// TLV is one type and value.
type TLV struct {
	Type  Type
	Value []byte
}

// TLVs is a run of encoded TLVs. Walk it with Next:
//
//	for v, rest, ok := h.TLVs.Next(); ok; v, rest, ok = rest.Next() { ... }
type TLVs []byte

// Next returns the first TLV of l and what follows it; ok is false at the end, and where l is malformed.
func (l TLVs) Next() (v TLV, rest TLVs, ok bool) {
	if len(l) < tlvHead {
		return TLV{}, nil, false
	}
	end := tlvHead + int(l[1])<<8 + int(l[2])
	if end > len(l) {
		return TLV{}, nil, false
	}
	return TLV{Type(l[0]), l[tlvHead:end:end]}, l[end:], true
}

// Find returns the value of the first TLV of type t. To try further ones (fc_pp_tlv does), walk with Next.
func (l TLVs) Find(t Type) ([]byte, bool) {
	for v, rest, ok := l.Next(); ok; v, rest, ok = rest.Next() {
		if v.Type == t {
			return v.Value, true
		}
	}
	return nil, false
}

// wellFormed reports whether l consists of whole TLVs to its last byte.
func (l TLVs) wellFormed() bool {
	for len(l) > 0 {
		_, rest, ok := l.Next()
		if !ok {
			return false
		}
		l = rest
	}
	return true
}

// check holds l, the end of the header whole, against the limits and verifies the checksum when there is one.
func (l TLVs) check(whole []byte) error {
	for len(l) > 0 {
		v, rest, ok := l.Next()
		if !ok || len(v.Value) > limit(v.Type) {
			return ErrBadHeader
		}
		if v.Type == CRC32C {
			if len(v.Value) != crc32.Size {
				return ErrBadHeader
			}
			at := len(whole) - len(rest) - crc32.Size
			if checksum(whole, at) != binary.BigEndian.Uint32(v.Value) {
				return ErrBadHeader
			}
		}
		l = rest
	}
	return nil
}

// limit returns the longest value that is accepted for a type.
func limit(t Type) int {
	switch t {
	case Authority:
		return MaxAuthority
	case UniqueID:
		return MaxUniqueID
	case NoOp:
		return MaxV2
	}
	return MaxTLV
}

// zeros stand in for the checksum's own field. A local array would move to the heap on every call.
var zeros = [crc32.Size]byte{}

// checksum computes the CRC32c of a header as if the four bytes at the offset were zero (proxy-protocol.txt 2.2.3).
func checksum(header []byte, at int) uint32 {
	table := crc32.MakeTable(crc32.Castagnoli)
	sum := crc32.Update(0, table, header[:at])
	sum = crc32.Update(sum, table, zeros[:])
	return crc32.Update(sum, table, header[at+crc32.Size:])
}

// The bits of Client in SSLValue and SSLOut.
const (
	ClientSSL      = 1 << iota // the client came over TLS
	ClientCertConn             // it showed a certificate on this connection
	ClientCertSess             // it showed one at least once in this TLS session
)

// SSLValue is the value of a TLV of type SSL (proxy-protocol.txt 2.2.6).
type SSLValue struct {
	Client uint8  // ClientSSL and the other bits
	Verify uint32 // 0: a certificate was presented and verified
	TLVs   TLVs   // SSLVersion to SSLClientCert
}

// ParseSSL reads the value of an SSL TLV; ok is false when it is malformed. HAProxy passes the value on as it came and
// never looks inside, so a malformed one is no reason to refuse the header.
func ParseSSL(value []byte) (s SSLValue, ok bool) {
	const fixed = 5
	if len(value) < fixed || !TLVs(value[fixed:]).wellFormed() {
		return SSLValue{}, false
	}
	return SSLValue{value[0], binary.BigEndian.Uint32(value[1:]), TLVs(value[fixed:])}, true
}
