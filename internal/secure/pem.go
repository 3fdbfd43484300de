package secure

import (
	"bytes"
	"crypto"
	"crypto/ecdsa"
	"crypto/rsa"
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"fmt"
	"os"
	"strings"
	"syscall"
)

// Kind is the kind of a certificate's key: a client gets the one that it can use.
type Kind uint8

// The kinds.
const (
	KindECDSA Kind = iota // Ed25519 too
	KindRSA
	kinds
)

// A Certificate is one file with a certificate, its chain and its key. One that was made while the process runs may still
// lack some of them, and is not used by then.
type Certificate struct {
	Path  string // what it goes by
	Files Files  // where it came from
	Chain string // the file that the chain came from, where it is another one
	TLS   tls.Certificate
	Kind  Kind
	Names []string // of the subject and its alternatives, in lower case

	from pieces

	// What follows is settled under the store's lock, before the certificate is shown.
	updates updating
	said    string // what the line said that settled it
	loaded  bool   // a crt-store section settled it
	staple  *Staple
}

// Files are the names of the files that a certificate is made of, "" for those that it has none of.
type Files struct{ Crt, Key, OCSP, SCTL, Issuer string }

// Empty reports whether nothing was put into a certificate yet.
func (c *Certificate) Empty() bool { return c.TLS.Leaf == nil && c.TLS.PrivateKey == nil }

// whole says what a certificate lacks to be used.
func (c *Certificate) whole() error {
	switch {
	case c.TLS.Leaf == nil:
		return fmt.Errorf("unable to load SSL certificate into SSL Context '%s': there is none", c.Path)
	case c.TLS.PrivateKey == nil:
		return fmt.Errorf("unable to load SSL private key into SSL Context '%s': there is none", c.Path)
	case !sameKey(c.TLS.Leaf.PublicKey, c.from.key.Public()):
		return fmt.Errorf("inconsistencies between private key and certificate loaded '%s'", c.Path)
	}
	return nil
}

// pieces is what a file in PEM holds.
type pieces struct {
	certs    [][]byte
	crls     [][]byte
	key      crypto.Signer
	keyError error
	locked   *pem.Block // an encrypted key
	mistake  string     // what is wrong with the first part that cannot be read, in OpenSSL's words

	issuer []byte // of a file of its own
	staple []byte // an OCSP response
}

// parsePEM reads a file in PEM. Order does not matter, except among the certificates.
func parsePEM(b []byte) pieces {
	var p pieces
	for {
		var block *pem.Block
		if block, b, p.mistake = nextPEM(b); block == nil {
			return p
		}
		switch block.Type {
		case "CERTIFICATE", "X509 CERTIFICATE", "TRUSTED CERTIFICATE":
			p.certs = append(p.certs, block.Bytes)
		case "X509 CRL":
			p.crls = append(p.crls, block.Bytes)
		case "ENCRYPTED PRIVATE KEY":
			p.locked = block
		default:
			if !strings.HasSuffix(block.Type, "PRIVATE KEY") || p.key != nil {
				continue
			}
			if block.Headers["DEK-Info"] != "" {
				p.locked = block
				continue
			}
			p.key, p.keyError = parseKey(block.Bytes)
		}
	}
}

// nextPEM returns the next part and what is behind it. Parts that cannot be read are a mistake: whoever passed them over
// would serve with half a chain, or trust half of the authorities.
func nextPEM(b []byte) (block *pem.Block, rest []byte, mistake string) {
	const begin, end = "-----BEGIN ", "-----END "
	var label []byte
	for {
		if !bytes.HasPrefix(b, []byte(begin)) {
			at := bytes.Index(b, []byte("\n"+begin)) + 1
			if at == 0 {
				return nil, nil, ""
			}
			b = b[at:]
		}
		line, _, _ := bytes.Cut(b[len(begin):], []byte("\n"))
		var is bool
		if label, is = bytes.CutSuffix(bytes.TrimRight(line, " \t\r"), []byte("-----")); is {
			break
		}
		b = b[len(begin):]
	}
	part := b
	last := append([]byte("\n"+end), label...)
	stop := bytes.Index(part, append(last, "-----"...))
	if next := bytes.Index(part, []byte("\n"+begin)); stop < 0 || next >= 0 && next < stop {
		return nil, nil, "bad end line"
	}
	rest = part[stop+1:]
	if line := bytes.IndexByte(rest, '\n'); line >= 0 {
		rest = rest[line+1:]
	} else {
		rest = nil
	}
	if block, _ = pem.Decode(part[:len(part)-len(rest)]); block == nil {
		return nil, nil, "bad base64 decode"
	}
	return block, rest, ""
}

// unreadable says which part of a file of a certificate cannot be read.
func (p *pieces) unreadable(path string) error {
	switch {
	case p.mistake == "" && len(p.certs) == 0:
		return fmt.Errorf("unable to load certificate from file '%s': no start line", path)
	case p.mistake == "":
		return nil
	case len(p.certs) == 0:
		return fmt.Errorf("unable to load certificate from file '%s': %s", path, p.mistake)
	}
	return fmt.Errorf("unable to load certificate chain from file '%s': %s", path, p.mistake)
}

// errKey says that a key is of no known form.
var errKey = errors.New("unsupported private key")

// parseKey reads a private key in any of the three forms.
func parseKey(der []byte) (crypto.Signer, error) {
	if k, err := x509.ParsePKCS8PrivateKey(der); err == nil {
		if s, ok := k.(crypto.Signer); ok {
			return s, nil
		}
		return nil, errKey
	}
	if k, err := x509.ParsePKCS1PrivateKey(der); err == nil {
		return k, nil
	}
	k, err := x509.ParseECPrivateKey(der)
	if err != nil {
		return nil, errKey
	}
	return k, nil
}

// unlocker decrypts the key of a file.
type unlocker func(path string, locked *pem.Block) (crypto.Signer, error)

// load makes a Certificate of a file. The key is in another file where one is named; else beside, where one is looked for
// and the file has none itself. A bare one may have none at all.
func load(path, named, beside string, bare bool, unlock unlocker) (*Certificate, error) {
	b, err := os.ReadFile(path)
	if err != nil {
		return nil, fmt.Errorf("unable to stat SSL certificate from file '%s' : %s", path, reason(err))
	}
	p := parsePEM(b)
	if err := p.unreadable(path); err != nil {
		return nil, err
	}
	from := path
	switch lacks := p.key == nil && p.locked == nil && p.keyError == nil; {
	case named != "":
		from = named
	case lacks && beside != "":
		from = beside
	}
	if from != path {
		b, err := os.ReadFile(from)
		if err != nil && bare && named == "" {
			return bareOf(path, &p)
		}
		if err != nil {
			return nil, fmt.Errorf("No Private Key found in '%s'", from)
		}
		k := parsePEM(b)
		p.key, p.keyError, p.locked, p.mistake = k.key, k.keyError, k.locked, k.mistake
	}
	if p.key == nil && p.locked != nil {
		p.key, p.keyError = unlock(from, p.locked)
	}
	if bare && p.key == nil && p.locked == nil && p.keyError == nil && named == "" {
		return bareOf(path, &p)
	}
	if p.key == nil {
		return nil, noKey(&p, from)
	}
	c, err := join(path, &p)
	if err == nil {
		c.Files.Crt, c.Files.Key = path, from
	}
	return c, err
}

// bareOf makes a Certificate without a key.
func bareOf(path string, p *pieces) (*Certificate, error) {
	c, err := gather(path, p)
	if err == nil {
		c.Files.Crt = path
	}
	return c, err
}

// noKey says why a file gave no key.
func noKey(p *pieces, path string) error {
	switch {
	case p.keyError != nil:
		return fmt.Errorf("unable to load private key from file '%s': %w", path, p.keyError)
	case p.locked != nil:
		return fmt.Errorf("unable to load private key from file '%s': %w", path, errLocked)
	case p.mistake != "":
		return fmt.Errorf("unable to load private key from file '%s': %s", path, p.mistake)
	}
	return fmt.Errorf("No Private Key found in '%s'", path)
}

// join puts a certificate and its key together.
func join(path string, p *pieces) (*Certificate, error) {
	c, err := gather(path, p)
	if err != nil {
		return nil, err
	}
	return c, c.whole()
}

// gather makes a Certificate of what there is of it.
func gather(path string, p *pieces) (*Certificate, error) {
	c := &Certificate{Path: path, Kind: KindECDSA, from: *p}
	if p.key != nil {
		c.TLS.PrivateKey = p.key
	}
	if _, isRSA := p.key.(*rsa.PrivateKey); isRSA {
		c.Kind = KindRSA
	}
	if len(p.certs) == 0 {
		return c, nil
	}
	leaf, err := x509.ParseCertificate(p.certs[0])
	if err != nil {
		return nil, fmt.Errorf("unable to load certificate from file '%s': %s", path, strings.TrimPrefix(err.Error(), "x509: "))
	}
	for _, der := range p.certs[1:] {
		if _, err := x509.ParseCertificate(der); err != nil {
			return nil, fmt.Errorf("unable to load certificate chain from file '%s': %s", path, strings.TrimPrefix(err.Error(), "x509: "))
		}
	}
	c.TLS.Certificate, c.TLS.Leaf = p.certs, leaf
	c.Names = namesOf(leaf)
	return c, nil
}

// sameKey compares public keys.
func sameKey(a, b crypto.PublicKey) bool {
	k, ok := a.(interface{ Equal(crypto.PublicKey) bool })
	return ok && k.Equal(b)
}

// namesOf returns the names that a certificate is chosen by: its alternative names, and the common name.
func namesOf(c *x509.Certificate) []string {
	var names []string
	add := func(name string) {
		name = strings.ToLower(name)
		for _, n := range names {
			if n == name {
				return
			}
		}
		if name != "" {
			names = append(names, name)
		}
	}
	for _, n := range c.DNSNames {
		add(n)
	}
	add(c.Subject.CommonName)
	return names
}

// selfIssued reports whether a certificate names itself as its issuer.
func selfIssued(c *x509.Certificate) bool { return bytes.Equal(c.RawIssuer, c.RawSubject) }

// KeyName is how an algorithm of a public key with its size is written: RSA2048, EC256.
func KeyName(c *x509.Certificate) string {
	switch k := c.PublicKey.(type) {
	case *rsa.PublicKey:
		return fmt.Sprintf("RSA%d", k.N.BitLen())
	case *ecdsa.PublicKey:
		return fmt.Sprintf("EC%d", k.Curve.Params().BitSize)
	}
	return c.PublicKeyAlgorithm.String()
}

// reason returns the system's words for an error, beginning with a capital as the C library writes them.
func reason(err error) string {
	text := err.Error()
	var errno syscall.Errno
	if errors.As(err, &errno) {
		text = errno.Error()
	}
	if text == "" {
		return ""
	}
	return strings.ToUpper(text[:1]) + text[1:]
}
