package secure

import (
	"crypto/x509"
	"encoding/hex"
	"fmt"
	"slices"
	"strings"
	"time"
)

// DateText writes a time as OpenSSL prints those of certificates.
func DateText(t time.Time) string { return t.UTC().Format("Jan _2 15:04:05 2006 GMT") }

// SerialText writes the serial number of a certificate in hexadecimal, whole bytes of it.
func SerialText(c *x509.Certificate) string {
	b := c.SerialNumber.Bytes()
	if len(b) == 0 {
		b = []byte{0}
	}
	return strings.ToUpper(hex.EncodeToString(b))
}

// NameText writes a distinguished name as OpenSSL wrote it of old.
func NameText(der []byte) string {
	n, _ := ParseName(der)
	b, _ := n.AppendOneline(nil)
	return string(b)
}

// Kind names as OpenSSL and HAProxy write them.
func (k Kind) String() string {
	if k == KindRSA {
		return "rsa"
	}
	return "ecdsa"
}

// CRLs returns how many lists of revocations there are.
func (a *Authorities) CRLs() int { return len(a.crls) }

// listSignatures are the long names of the algorithms that lists are signed by.
var listSignatures = map[string]string{
	"1.2.840.113549.1.1.5": "sha1WithRSAEncryption", "1.2.840.113549.1.1.11": "sha256WithRSAEncryption",
	"1.2.840.113549.1.1.12": "sha384WithRSAEncryption", "1.2.840.113549.1.1.13": "sha512WithRSAEncryption",
	"1.2.840.10045.4.1": "ecdsa-with-SHA1", "1.2.840.10045.4.3.2": "ecdsa-with-SHA256",
	"1.2.840.10045.4.3.3": "ecdsa-with-SHA384", "1.2.840.10045.4.3.4": "ecdsa-with-SHA512", "1.3.101.112": "ED25519",
}

// AppendCRL appends what a list of revocations says (management.txt 9.3, show ssl crl-file).
func (a *Authorities) AppendCRL(b []byte, i int) []byte {
	l := &a.crls[i].list
	algorithm := l.SignatureAlgorithm.Algorithm.String()
	if name := listSignatures[algorithm]; name != "" {
		algorithm = name
	}
	b = fmt.Appendf(b, "Version %d\nSignature Algorithm: %s\nIssuer: %s\nLast Update: %s\n", l.TBSCertList.Version+1, algorithm,
		NameText(a.crls[i].issuer), DateText(l.TBSCertList.ThisUpdate))
	next := "NONE"
	if t := l.TBSCertList.NextUpdate; !t.IsZero() {
		next = DateText(t)
	}
	b = fmt.Appendf(b, "Next Update: %s\n", next)
	if len(l.TBSCertList.RevokedCertificates) == 0 {
		return append(b, "No Revoked Certificates.\n"...)
	}
	b = append(b, "Revoked Certificates:\n"...)
	for _, r := range l.TBSCertList.RevokedCertificates {
		b = fmt.Appendf(b, "    Serial Number: %s\n        Revocation Date: %s\n", SerialText(&x509.Certificate{SerialNumber: r.SerialNumber}), DateText(r.RevocationTime))
	}
	return b
}

// A NameLine is one name that a bind line has a certificate for (management.txt 9.3, show ssl sni).
type NameLine struct {
	At   Place
	Name string
	Not  []string // names that are taken away from a wildcard
	Cert *Certificate
}

// NamesOf returns the names that the bind lines have certificates for, in the order of the configuration.
func (s *Store) NamesOf() []NameLine {
	s.mu.Lock()
	defer s.mu.Unlock()
	var all []NameLine
	for _, f := range s.fronts {
		all = append(all, f.now.Load().lines(f.Place)...)
	}
	return all
}

// lines returns first the names, then the wildcards, in the order of their letters.
func (v *face) lines(at Place) []NameLine {
	var exact, wild []NameLine
	for i, e := range v.entries {
		filters := v.uses[i].Filters
		if len(filters) == 0 {
			filters = e.cert.Names
		}
		for _, name := range filters {
			name = strings.ToLower(name)
			switch {
			case strings.HasPrefix(name, "!") || name == "*":
			case strings.HasPrefix(name, "*"):
				wild = append(wild, NameLine{at, name, e.not, e.cert})
			default:
				exact = append(exact, NameLine{at, name, nil, e.cert})
			}
		}
		for _, d := range v.names.defaults.by {
			if d == e {
				wild = append(wild, NameLine{at, "*", e.not, e.cert})
			}
		}
	}
	for _, list := range [...][]NameLine{exact, wild} {
		slices.SortStableFunc(list, func(a, b NameLine) int { return strings.Compare(a.Name, b.Name) })
	}
	return append(exact, wild...)
}
