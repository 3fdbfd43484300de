package secure

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"errors"
	"math/big"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// An authority signs the certificates of a test.
type authority struct {
	cert *x509.Certificate
	key  *ecdsa.PrivateKey
	n    int64
}

func newAuthority(t testing.TB) *authority {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	c := &x509.Certificate{SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "Test CA"}, IsCA: true, BasicConstraintsValid: true,
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour), KeyUsage: x509.KeyUsageCertSign | x509.KeyUsageCRLSign,
		SubjectKeyId: []byte{1, 2, 3}}
	der, err := x509.CreateCertificate(rand.Reader, c, c, key.Public(), key)
	if err != nil {
		t.Fatal(err)
	}
	c, _ = x509.ParseCertificate(der)
	return &authority{cert: c, key: key, n: 1}
}

// issue returns a certificate with its key in PEM.
func (a *authority) issue(t testing.TB, useRSA bool, until time.Time, names ...string) []byte {
	a.n++
	c := &x509.Certificate{SerialNumber: big.NewInt(a.n), Subject: pkix.Name{CommonName: names[0]}, DNSNames: names,
		NotBefore: time.Now().Add(-2 * time.Hour), NotAfter: until}
	var public, private any
	if useRSA {
		k, err := rsa.GenerateKey(rand.Reader, 2048)
		if err != nil {
			t.Fatal(err)
		}
		public, private = k.Public(), k
	} else {
		k, _ := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
		public, private = k.Public(), k
	}
	der, err := x509.CreateCertificate(rand.Reader, c, a.cert, public, a.key)
	if err != nil {
		t.Fatal(err)
	}
	key, err := x509.MarshalPKCS8PrivateKey(private)
	if err != nil {
		t.Fatal(err)
	}
	out := pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: key})
	return append(out, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der})...)
}

func (a *authority) pem() []byte {
	return pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: a.cert.Raw})
}

func (a *authority) revoke(t *testing.T, serials ...int64) []byte {
	l := &x509.RevocationList{Number: big.NewInt(1), ThisUpdate: time.Now().Add(-time.Hour), NextUpdate: time.Now().Add(time.Hour)}
	for _, n := range serials {
		l.RevokedCertificateEntries = append(l.RevokedCertificateEntries, x509.RevocationListEntry{SerialNumber: big.NewInt(n), RevocationTime: time.Now()})
	}
	der, err := x509.CreateRevocationList(rand.Reader, l, a.cert, a.key)
	if err != nil {
		t.Fatal(err)
	}
	return pem.EncodeToMemory(&pem.Block{Type: "X509 CRL", Bytes: der})
}

func write(t testing.TB, dir, name string, b []byte) string {
	path := filepath.Join(dir, name)
	if err := os.WriteFile(path, b, 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

func TestStoreReadsFiles(t *testing.T) {
	ca, dir := newAuthority(t), t.TempDir()
	later := time.Now().Add(time.Hour)
	both := ca.issue(t, false, later, "a.example")
	key, cert := both[:strings.Index(string(both), "-----BEGIN CERT")], both[strings.Index(string(both), "-----BEGIN CERT"):]
	sub := filepath.Join(dir, "many")
	os.Mkdir(sub, 0o700)
	write(t, sub, "b.pem", both)
	write(t, sub, "a.pem", cert)
	write(t, sub, "a.pem.key", key)
	write(t, sub, ".hidden", []byte("x"))
	s := NewStore()
	all, err := s.Certificates(sub)
	if err != nil || len(all) != 2 || filepath.Base(all[0].Path) != "a.pem" {
		t.Fatal(all, err)
	}
	write(t, dir, "pair.pem.rsa", ca.issue(t, true, later, "a.example"))
	write(t, dir, "pair.pem.ecdsa", both)
	if all, err = s.Certificates(filepath.Join(dir, "pair.pem")); err != nil || len(all) != 2 || all[0].Kind != KindRSA || all[1].Kind != KindECDSA {
		t.Fatal(all, err)
	}
	other := ca.issue(t, false, later, "b.example")
	otherKey := other[:strings.Index(string(other), "-----BEGIN CERT")]
	for name, c := range map[string]struct {
		content []byte
		want    string
	}{
		"junk":  {[]byte("junk\n"), "unable to load certificate from file '%s': no start line"},
		"alone": {cert, "No Private Key found in '%s.key'"},
		"mixed": {append(append([]byte{}, cert...), otherKey...), "inconsistencies between private key and certificate loaded '%s'"},
	} {
		path := write(t, dir, name, c.content)
		if _, err := s.Certificates(path); err == nil || err.Error() != strings.ReplaceAll(c.want, "%s", path) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, err := s.Certificates(filepath.Join(dir, "no")); err == nil || !strings.HasSuffix(err.Error(), "No such file or directory") {
		t.Error(err)
	}
}

// pair returns the two ends of a connection that buffers, as a pipe of package net does not.
func pair(t testing.TB) (left, right net.Conn) {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	if right, err = net.Dial("tcp", l.Addr().String()); err != nil {
		t.Fatal(err)
	}
	if left, err = l.Accept(); err != nil {
		t.Fatal(err)
	}
	for _, c := range []net.Conn{left, right} {
		c.SetDeadline(time.Now().Add(20 * time.Second))
	}
	return left, right
}

// greet has a server make its handshake and send a byte, and tells how that went.
func greet(server *tls.Conn) <-chan error {
	done := make(chan error, 1)
	go func() {
		err := server.Handshake()
		if err == nil {
			_, err = server.Write([]byte("x"))
		}
		done <- err
	}()
	return done
}

// shake makes a handshake over a connection, and returns the client's view and both errors.
func shake(t *testing.T, f *Front, client *tls.Config) (cs tls.ConnectionState, serverErr, clientErr error) {
	t.Helper()
	left, right := pair(t)
	defer left.Close()
	defer right.Close()
	server := tls.Server(left, f.now.Load().base)
	done := greet(server)
	c := tls.Client(right, client)
	if clientErr = c.Handshake(); clientErr == nil {
		_, clientErr = c.Read(make([]byte, 1))
	}
	right.Close()
	return c.ConnectionState(), <-done, clientErr
}

func TestNamesChooseCertificates(t *testing.T) {
	ca, dir, s := newAuthority(t), t.TempDir(), NewStore()
	later := time.Now().Add(time.Hour)
	use := func(name string, isRSA bool, filters ...string) Use {
		c, err := s.Certificate(write(t, dir, name, ca.issue(t, isRSA, later, name)))
		if err != nil {
			t.Fatal(err)
		}
		return Use{Cert: c, Filters: filters}
	}
	uses := []Use{use("default", false), use("rsa", true, "both.example"), use("ec", false, "both.example"),
		use("wild", false, "*.w.example", "!not.w.example"), use("exact", false, "x.w.example")}
	f, _, err := NewFront(&Settings{}, uses, NewSessions())
	if err != nil {
		t.Fatal(err)
	}
	onlyRSA := []uint16{tls.TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256}
	for _, c := range []struct {
		name    string
		ciphers []uint16
		want    string
	}{{"", nil, "default"}, {"unknown.example", nil, "default"}, {"both.example", nil, "ec"}, {"both.example", onlyRSA, "rsa"},
		{"BOTH.example", nil, "ec"}, {"a.w.example", nil, "wild"}, {"x.w.example", nil, "exact"}, {"not.w.example", nil, "default"}, {"a.b.w.example", nil, "default"}} {
		g := &tls.Config{ServerName: c.name, InsecureSkipVerify: true, CipherSuites: c.ciphers}
		if c.ciphers != nil {
			g.MaxVersion = tls.VersionTLS12
		}
		cs, _, err := shake(t, f, g)
		if err != nil || cs.PeerCertificates[0].Subject.CommonName != c.want {
			t.Errorf("%q: %v, %v, want %s", c.name, err, cs.PeerCertificates, c.want)
		}
	}
	strict, _, err := NewFront(&Settings{Strict: On}, uses, NewSessions())
	if err != nil {
		t.Fatal(err)
	}
	_, _, err = shake(t, strict, &tls.Config{ServerName: "unknown.example", InsecureSkipVerify: true})
	if err == nil || !strings.Contains(err.Error(), "unrecognized name") {
		t.Errorf("strict-sni: %v", err)
	}
}

func TestClientsAreVerified(t *testing.T) {
	ca, dir, s := newAuthority(t), t.TempDir(), NewStore()
	later := time.Now().Add(time.Hour)
	own, err := s.Certificate(write(t, dir, "own", ca.issue(t, false, later, "own")))
	if err != nil {
		t.Fatal(err)
	}
	pool, err := s.Authorities(write(t, dir, "ca", ca.pem()), CAFile)
	if err != nil {
		t.Fatal(err)
	}
	good, expired, bad := ca.issue(t, false, later, "good"), ca.issue(t, false, time.Now().Add(-time.Minute), "old"), ca.issue(t, false, later, "revoked")
	strange := newAuthority(t).issue(t, false, later, "strange")
	crl, err := s.Authorities(write(t, dir, "crl", ca.revoke(t, ca.n)), CRLFile)
	if err != nil {
		t.Fatal(err)
	}
	all, _ := ParseErrorSet("all")
	old, _ := ParseErrorSet("10")
	for _, c := range []struct {
		what  string
		s     Settings
		shown []byte
		code  int // -1: refused without a certificate
	}{
		{"good", Settings{Verify: VerifyRequired, CA: pool, CRL: crl}, good, 0},
		{"none, optional", Settings{Verify: VerifyOptional, CA: pool}, nil, 0},
		{"none, required", Settings{Verify: VerifyRequired, CA: pool}, nil, -1},
		{"expired", Settings{Verify: VerifyOptional, CA: pool}, expired, errExpired},
		{"expired, ignored", Settings{Verify: VerifyOptional, CA: pool, IgnoreCrt: old}, expired, 0},
		{"revoked", Settings{Verify: VerifyRequired, CA: pool, CRL: crl}, bad, errRevoked},
		{"revoked, not asked", Settings{Verify: VerifyRequired, CA: pool}, bad, 0},
		{"unknown authority", Settings{Verify: VerifyRequired, CA: pool}, strange, errNoLocalIssuer},
		{"unknown authority, another error ignored", Settings{Verify: VerifyRequired, CA: pool, IgnoreCrt: old}, strange, errNoLocalIssuer},
		{"unknown authority, all ignored", Settings{Verify: VerifyRequired, CA: pool, IgnoreCrt: all, IgnoreCA: all}, strange, 0},
	} {
		f, _, err := NewFront(&c.s, []Use{{Cert: own}}, NewSessions())
		if err != nil {
			t.Fatal(c.what, err)
		}
		for _, v := range []uint16{tls.VersionTLS12, tls.VersionTLS13} {
			g := &tls.Config{InsecureSkipVerify: true, MinVersion: v, MaxVersion: v}
			if c.shown != nil {
				shown, err := tls.X509KeyPair(c.shown, c.shown)
				if err != nil {
					t.Fatal(err)
				}
				g.GetClientCertificate = func(*tls.CertificateRequestInfo) (*tls.Certificate, error) { return &shown, nil }
			}
			_, err, _ = shake(t, f, g)
			var bad *VerifyError
			switch {
			case c.code == 0 && err != nil, c.code != 0 && err == nil:
				t.Errorf("%s: %v", c.what, err)
			case c.code > 0 && (!errors.As(err, &bad) || bad.Code != c.code):
				t.Errorf("%s: %v, want %d", c.what, err, c.code)
			}
		}
	}
}

func TestBackVerifiesHosts(t *testing.T) {
	ca, dir, s := newAuthority(t), t.TempDir(), NewStore()
	own, err := s.Certificate(write(t, dir, "own", ca.issue(t, false, time.Now().Add(time.Hour), "a.example", "*.b.example")))
	if err != nil {
		t.Fatal(err)
	}
	pool, _ := s.Authorities(write(t, dir, "ca", ca.pem()), CAFile)
	f, _, err := NewFront(&Settings{}, []Use{{Cert: own}}, NewSessions())
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		sni, host string
		ok        bool
	}{{"a.example", "", true}, {"x.b.example", "", true}, {"y.x.b.example", "", false}, {"other.example", "", false},
		{"other.example", "a.example", true}, {"a.example", "other.example", false}, {"", "", true}} {
		b, _, err := NewBack(&Settings{Verify: VerifyRequired, CA: pool}, Peer{Host: c.host})
		if err != nil {
			t.Fatal(err)
		}
		for range 2 { // the second time a session is resumed
			if _, _, err := shake(t, f, b.now.Load().config(c.sni, nil)); (err == nil) != c.ok {
				t.Errorf("%+v: %v", c, err)
			}
		}
	}
}

func TestProtocolsNeedNotAgree(t *testing.T) {
	ca, dir, s := newAuthority(t), t.TempDir(), NewStore()
	own, err := s.Certificate(write(t, dir, "own", ca.issue(t, false, time.Now().Add(time.Hour), "own")))
	if err != nil {
		t.Fatal(err)
	}
	f, _, err := NewFront(&Settings{ALPN: []string{"http/1.1"}, HasALPN: true}, []Use{{Cert: own}}, NewSessions())
	if err != nil {
		t.Fatal(err)
	}
	for offered, want := range map[string]string{"http/1.1": "http/1.1", "foo": ""} {
		cs, _, err := shake(t, f, &tls.Config{InsecureSkipVerify: true, NextProtos: []string{offered}})
		if err != nil || cs.NegotiatedProtocol != want {
			t.Errorf("%s: %q, %v", offered, cs.NegotiatedProtocol, err)
		}
	}
}
