package secure

import (
	"crypto"
	"crypto/rand"
	"crypto/sha256"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/asn1"
	"encoding/binary"
	"math/big"
	"strings"
	"sync"
	"time"
)

// A forge makes certificates for names that no certificate of a bind line is for (configuration.txt 5.1,
// generate-certificates). They have the key of a default certificate, so that none is made, and are signed by the
// authority of ca-sign-file.
type forge struct {
	authority *Certificate
	most      int // certificates kept

	mu   sync.Mutex
	made map[string]*entry
	ring []string // the names in the order in which they came
	next int
}

// DefaultForged is how many certificates are kept unless tune.ssl.ssl-ctx-cache-size says otherwise.
const DefaultForged = 1000

// forgedTime is how long a certificate is good; clocks of clients may be a day late.
const (
	forgedTime = 365 * 24 * time.Hour
	forgedSlip = 24 * time.Hour
)

// longestName is the longest name that DNS has.
const longestName = 253

// get returns the entry of a name, made from a default of it; nil when none can be made.
func (g *forge) get(name string, from *entry, now time.Time) *entry {
	if name == "" || len(name) > longestName || from == nil || strings.ContainsFunc(name, odd) {
		return nil
	}
	g.mu.Lock()
	defer g.mu.Unlock()
	key := name
	if from.cert.Kind == KindRSA {
		key += "/rsa"
	}
	if e := g.made[key]; e != nil && now.Before(e.cert.TLS.Leaf.NotAfter) {
		return e
	}
	c, err := g.make(name, from.cert, now)
	if err != nil {
		return nil
	}
	e := &entry{cert: c, shown: from.policy.proved(&c.TLS), policy: from.policy, config: from.config.Clone()}
	e.config.Certificates, e.config.GetCertificate = []tls.Certificate{*e.shown}, nil
	if g.most > 0 {
		g.keep(key, e)
	}
	return e
}

func (g *forge) keep(key string, e *entry) {
	if g.made == nil {
		g.made = map[string]*entry{}
	}
	if g.made[key] == nil {
		if len(g.ring) < g.most {
			g.ring = append(g.ring, key)
		} else {
			delete(g.made, g.ring[g.next])
			g.ring[g.next] = key
			g.next = (g.next + 1) % len(g.ring)
		}
	}
	g.made[key] = e
}

// odd reports characters that no name of a host has.
func odd(r rune) bool {
	return !(r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' || r == '-' || r == '.' || r == '_')
}

// attributeCN is the number of the attribute of that name.
var attributeCN = asn1.ObjectIdentifier{2, 5, 4, 3}

// make signs a certificate: with the name of the authority and the host's beside it, as HAProxy has it.
func (g *forge) make(name string, from *Certificate, now time.Time) (*Certificate, error) {
	ca := g.authority.TLS.Leaf
	var subject pkix.RDNSequence
	if _, err := asn1.Unmarshal(ca.RawSubject, &subject); err != nil {
		return nil, err
	}
	subject = append(subject, pkix.RelativeDistinguishedNameSET{{Type: attributeCN, Value: name}})
	raw, err := asn1.Marshal(subject)
	if err != nil {
		return nil, err
	}
	own := &x509.Certificate{SerialNumber: big.NewInt(rand64()), RawSubject: raw, DNSNames: []string{name}, NotBefore: now.Add(-forgedSlip), NotAfter: now.Add(forgedTime),
		KeyUsage: x509.KeyUsageDigitalSignature | x509.KeyUsageContentCommitment | x509.KeyUsageKeyEncipherment, BasicConstraintsValid: true}
	own.SignatureAlgorithm = x509.ECDSAWithSHA256
	if g.authority.Kind == KindRSA {
		own.SignatureAlgorithm = x509.SHA256WithRSA
	} else if g.authority.TLS.Leaf.PublicKeyAlgorithm == x509.Ed25519 {
		own.SignatureAlgorithm = x509.PureEd25519
	}
	public, err := x509.MarshalPKIXPublicKey(from.TLS.Leaf.PublicKey)
	if err != nil {
		return nil, err
	}
	id := sha256.Sum256(public)
	own.SubjectKeyId = id[:20]
	der, err := x509.CreateCertificate(rand.Reader, own, ca, from.TLS.Leaf.PublicKey, g.authority.TLS.PrivateKey)
	if err != nil {
		return nil, err
	}
	return join(from.Path, &pieces{certs: append([][]byte{der}, g.authority.TLS.Certificate...), key: from.TLS.PrivateKey.(crypto.Signer)})
}

// rand64 is a random number above 0.
func rand64() int64 {
	var b [8]byte
	rand.Read(b[:])
	return int64(binary.BigEndian.Uint64(b[:])>>1 | 1)
}

// Forges lets the bind line make certificates with the authority of a file, whose key may have a passphrase, and keep so
// many of them.
func (f *Front) Forges(s *Store, path, phrase string, keep int) error {
	if phrase != "" {
		s.phrases = append(s.phrases, []byte(phrase))
	}
	c, err := s.load(path, "", false)
	if err != nil {
		return err
	}
	f.now.Load().forge = &forge{authority: c, most: keep} // nobody shakes hands yet
	return nil
}

// forged is the entry made for a client's name, nil when none is.
func (v *face) forged(hello *tls.ClientHelloInfo) *entry {
	if v.forge == nil {
		return nil
	}
	return v.forge.get(strings.ToLower(hello.ServerName), v.names.defaults.pick(hello), time.Now())
}
