package secure

import (
	"crypto/x509"
	"encoding/asn1"
	"fmt"
	"net/netip"
	"strings"
)

// The tags of general names (RFC 5280 4.2.1.6).
const (
	tagEmail = 1
	tagDNS   = 2
	tagDir   = 4
	tagURI   = 6
	tagIP    = 7
	tagID    = 8
)

// AppendAltNames appends the alternative names of a certificate as OpenSSL prints them: DNS:a.example, IP Address:192.0.2.1.
func AppendAltNames(out []byte, c *x509.Certificate) ([]byte, bool) {
	for i := range c.Extensions {
		if c.Extensions[i].Id.String() == "2.5.29.17" {
			return appendGeneralNames(out, c.Extensions[i].Value)
		}
	}
	return out, false
}

func appendGeneralNames(out, der []byte) ([]byte, bool) {
	var all asn1.RawValue
	if rest, err := asn1.Unmarshal(der, &all); err != nil || len(rest) > 0 || all.Tag != asn1.TagSequence {
		return out, false
	}
	more := false
	for rest := all.Bytes; len(rest) > 0; {
		var one asn1.RawValue
		var err error
		if rest, err = asn1.Unmarshal(rest, &one); err != nil {
			return out, false
		}
		text := generalName(&one)
		if text == "" {
			continue
		}
		if more {
			out = append(out, ", "...)
		}
		more = true
		out = append(out, text...)
	}
	return out, true
}

func generalName(v *asn1.RawValue) string {
	switch v.Tag {
	case tagEmail:
		return "email:" + string(v.Bytes)
	case tagDNS:
		return "DNS:" + string(v.Bytes)
	case tagURI:
		return "URI:" + string(v.Bytes)
	case tagIP:
		return "IP Address:" + addressText(v.Bytes)
	case tagDir:
		if n, ok := ParseName(v.Bytes); ok {
			b, _ := n.AppendOneline(nil)
			return "DirName:" + string(b)
		}
	case tagID:
		var id asn1.ObjectIdentifier
		if _, err := asn1.UnmarshalWithParams(v.FullBytes, &id, "tag:8"); err == nil {
			return "Registered ID:" + id.String()
		}
	}
	return ""
}

// addressText writes an address as OpenSSL does: the groups of IPv6 in capitals, all eight of them.
func addressText(b []byte) string {
	a, ok := netip.AddrFromSlice(b)
	switch {
	case !ok:
		return "<invalid>"
	case a.Is4():
		return a.String()
	}
	var groups [8]string
	for i := range groups {
		groups[i] = fmt.Sprintf("%X", uint16(b[2*i])<<8|uint16(b[2*i+1]))
	}
	return strings.Join(groups[:], ":")
}
