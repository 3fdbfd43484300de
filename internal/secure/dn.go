package secure

import (
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/asn1"
	"slices"
	"strings"
)

// attributes are OpenSSL's short names of what distinguished names are made of.
var attributes = map[string]string{
	"2.5.4.3": "CN", "2.5.4.4": "SN", "2.5.4.5": "serialNumber", "2.5.4.6": "C", "2.5.4.7": "L", "2.5.4.8": "ST",
	"2.5.4.9": "street", "2.5.4.10": "O", "2.5.4.11": "OU", "2.5.4.12": "title", "2.5.4.13": "description",
	"2.5.4.15": "businessCategory", "2.5.4.17": "postalCode", "2.5.4.41": "name", "2.5.4.42": "GN", "2.5.4.43": "initials",
	"2.5.4.44": "generationQualifier", "2.5.4.46": "dnQualifier", "2.5.4.65": "pseudonym", "2.5.4.97": "organizationIdentifier",
	"0.9.2342.19200300.100.1.1": "UID", "0.9.2342.19200300.100.1.25": "DC", "1.2.840.113549.1.9.1": "emailAddress",
	"1.3.6.1.4.1.311.60.2.1.1": "jurisdictionL", "1.3.6.1.4.1.311.60.2.1.2": "jurisdictionST", "1.3.6.1.4.1.311.60.2.1.3": "jurisdictionC",
}

// attributeName is the short name of an attribute, or its number.
func attributeName(id asn1.ObjectIdentifier) string {
	if name := attributes[id.String()]; name != "" {
		return name
	}
	return id.String()
}

// A Name is a distinguished name as it is in a certificate.
type Name struct{ rdns pkix.RDNSequence }

// ParseName reads the DER of a name.
func ParseName(der []byte) (Name, bool) {
	var n Name
	rest, err := asn1.Unmarshal(der, &n.rdns)
	return n, err == nil && len(rest) == 0
}

// each calls f for every attribute in order, until it returns false.
func (n *Name) each(f func(pkix.AttributeTypeAndValue) bool) {
	for _, set := range n.rdns {
		for _, a := range set {
			if !f(a) {
				return
			}
		}
	}
}

// attributeValue is the text of an attribute. One with a zero byte inside is malformed.
func attributeValue(a *pkix.AttributeTypeAndValue) (string, bool) {
	s, ok := a.Value.(string)
	if b, raw := a.Value.([]byte); raw {
		s, ok = string(b), true
	}
	return s, ok && strings.IndexByte(s, 0) < 0
}

// AppendOneline appends the name as OpenSSL wrote it of old: /C=FR/O=x.
func (n *Name) AppendOneline(out []byte) ([]byte, bool) {
	ok := true
	n.each(func(a pkix.AttributeTypeAndValue) bool {
		var v string
		if v, ok = attributeValue(&a); ok {
			out = append(append(append(append(out, '/'), attributeName(a.Type)...), '='), v...)
		}
		return ok
	})
	return out, ok
}

// AppendEntry appends the value of the nth attribute of a name, counted from the end when nth is negative. The
// case of its short name does not matter.
func (n *Name) AppendEntry(out []byte, name string, nth int) ([]byte, bool) {
	var found []pkix.AttributeTypeAndValue
	n.each(func(a pkix.AttributeTypeAndValue) bool {
		if strings.EqualFold(attributeName(a.Type), name) {
			found = append(found, a)
		}
		return true
	})
	switch {
	case nth > 0:
		nth--
	case nth < 0:
		nth += len(found)
	}
	if nth < 0 || nth >= len(found) {
		return out, false
	}
	v, ok := attributeValue(&found[nth])
	return append(out, v...), ok
}

// AppendRFC2253 appends the name as LDAP writes it: the last part first.
func (n *Name) AppendRFC2253(out []byte) ([]byte, bool) {
	for i, set := range slices.Backward(n.rdns) {
		if i < len(n.rdns)-1 {
			out = append(out, ',')
		}
		for j := range set {
			if j > 0 {
				out = append(out, '+')
			}
			v, ok := attributeValue(&set[j])
			if !ok {
				return out, false
			}
			out = append(append(out, attributeName(set[j].Type)...), '=')
			out = appendEscaped(out, v)
		}
	}
	return out, true
}

// appendEscaped escapes a value for RFC 2253 2.4.
func appendEscaped(out []byte, v string) []byte {
	const hex = "0123456789ABCDEF"
	for i := range len(v) {
		c := v[i]
		edge := i == 0 && (c == '#' || c == ' ') || i == len(v)-1 && c == ' '
		switch {
		case edge || strings.IndexByte(",+\"\\<>;", c) >= 0:
			out = append(out, '\\', c)
		case c < ' ' || c >= 0x7f:
			out = append(out, '\\', hex[c>>4], hex[c&15])
		default:
			out = append(out, c)
		}
	}
	return out
}

// SigName is OpenSSL's short name of the algorithm that a certificate is signed by.
func SigName(c *x509.Certificate) string {
	switch c.SignatureAlgorithm {
	case x509.MD5WithRSA:
		return "RSA-MD5"
	case x509.SHA1WithRSA:
		return "RSA-SHA1"
	case x509.SHA256WithRSA:
		return "RSA-SHA256"
	case x509.SHA384WithRSA:
		return "RSA-SHA384"
	case x509.SHA512WithRSA:
		return "RSA-SHA512"
	case x509.SHA256WithRSAPSS, x509.SHA384WithRSAPSS, x509.SHA512WithRSAPSS:
		return "RSASSA-PSS"
	case x509.ECDSAWithSHA1:
		return "ecdsa-with-SHA1"
	case x509.ECDSAWithSHA256:
		return "ecdsa-with-SHA256"
	case x509.ECDSAWithSHA384:
		return "ecdsa-with-SHA384"
	case x509.ECDSAWithSHA512:
		return "ecdsa-with-SHA512"
	case x509.DSAWithSHA1:
		return "DSA-SHA1"
	case x509.DSAWithSHA256:
		return "dsa_with_SHA256"
	case x509.PureEd25519:
		return "ED25519"
	}
	return "UNDEF"
}

// KeyAlgName is OpenSSL's short name of the algorithm of a certificate's key.
func KeyAlgName(c *x509.Certificate) string {
	switch c.PublicKeyAlgorithm {
	case x509.RSA:
		return "rsaEncryption"
	case x509.ECDSA:
		return "id-ecPublicKey"
	case x509.Ed25519:
		return "ED25519"
	case x509.DSA:
		return "dsaEncryption"
	}
	return "UNDEF"
}
