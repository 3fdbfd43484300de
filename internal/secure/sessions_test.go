package secure

import (
	"crypto/tls"
	"crypto/x509"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

func TestSessionsAreResumed(t *testing.T) {
	ca, dir, s := newAuthority(t), t.TempDir(), NewStore()
	own, err := s.Certificate(write(t, dir, "own.pem", ca.issue(t, false, time.Now().Add(time.Hour), "own")))
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		what    string
		tickets Switch
		size    int
		age     time.Duration
		again   bool
	}{
		{"tickets", Unsaid, 0, time.Minute, true},
		{"tickets that are too old", On, 0, -time.Second, false},
		{"kept sessions", Off, 10, time.Minute, true},
		{"kept sessions that are too old", Off, 10, -time.Minute, false},
		{"none are kept", Off, 0, time.Minute, false},
	} {
		for _, version := range []uint16{tls.VersionTLS12, tls.VersionTLS13} {
			kept := &Sessions{Size: c.size, Lifetime: c.age}
			f, _, err := NewFront(&Settings{Tickets: c.tickets}, []Use{{Cert: own}}, kept)
			if err != nil {
				t.Fatal(err)
			}
			g := &tls.Config{ServerName: "own", InsecureSkipVerify: true, MaxVersion: version, ClientSessionCache: tls.NewLRUClientSessionCache(4)}
			for i := range 2 {
				cs, _, err := shake(t, f, g)
				if want := c.again && i == 1; err != nil || cs.DidResume != want {
					t.Errorf("%s, version %x, handshake %d: resumed %v, %v", c.what, version, i, cs.DidResume, err)
				}
			}
		}
	}
}

func TestKeptSessionsAreBounded(t *testing.T) {
	kept, f, now := &Sessions{Size: 2, Lifetime: time.Minute}, &tls.Config{}, time.Now()
	first := kept.keep(f, []byte("1"), now)
	second := kept.keep(f, []byte("2"), now)
	third := kept.keep(f, []byte("3"), now)
	if kept.find(f, first, now) != nil || string(kept.find(f, second, now)) != "2" || string(kept.find(f, third, now)) != "3" {
		t.Error("not the last two are kept")
	}
	if kept.find(&tls.Config{}, third, now) != nil || kept.find(f, third[:5], now) != nil || kept.find(f, third, now.Add(time.Hour)) != nil {
		t.Error("a session was found for another bind line, of a broken ticket, or too late")
	}
}

func TestCertificatesAreForged(t *testing.T) {
	ca, dir, s := newAuthority(t), t.TempDir(), NewStore()
	later := time.Now().Add(time.Hour)
	own, err := s.Certificate(write(t, dir, "own.pem", ca.issue(t, false, later, "own")))
	if err != nil {
		t.Fatal(err)
	}
	sign := write(t, dir, "sign.pem", ca.issue(t, true, later, "Signer"))
	f, _, err := NewFront(&Settings{Strict: On}, []Use{{Cert: own}}, NewSessions())
	if err == nil {
		err = f.Forges(s, sign, "", 1)
	}
	if err != nil {
		t.Fatal(err)
	}
	signer, _ := s.Certificate(sign)
	for _, name := range []string{"a.example", "b.example", "own"} {
		cs, _, err := shake(t, f, &tls.Config{ServerName: name, InsecureSkipVerify: true})
		if err != nil {
			t.Fatal(err)
		}
		leaf := cs.PeerCertificates[0]
		if leaf.VerifyHostname(name) != nil {
			t.Errorf("%s: a certificate for %v", name, leaf.DNSNames)
		}
		made := leaf.CheckSignatureFrom(&x509.Certificate{PublicKey: signer.TLS.Leaf.PublicKey, PublicKeyAlgorithm: x509.RSA}) == nil
		if made == (name == "own") {
			t.Errorf("%s: made %v", name, made)
		}
		if n := len(f.now.Load().forge.made); name != "own" && n != 1 {
			t.Errorf("%s: %d are kept", name, n)
		}
	}
	if _, _, err := shake(t, f, &tls.Config{ServerName: "*odd name", InsecureSkipVerify: true}); err == nil {
		t.Error("a certificate for no name of a host")
	}
}

func TestChainsOfIssuers(t *testing.T) {
	ca, dir := newAuthority(t), t.TempDir()
	path := write(t, dir, "own.pem", ca.issue(t, false, time.Now().Add(time.Hour), "own"))
	sub := t.TempDir()
	write(t, sub, "ca.pem", ca.pem())
	write(t, sub, "other", []byte("no certificate"))
	s := NewStore()
	if err := s.ReadIssuers(filepath.Join(dir, "none")); err == nil {
		t.Error("a folder that is not there")
	}
	if err := s.ReadIssuers(sub); err != nil {
		t.Fatal(err)
	}
	c, err := s.Certificate(path)
	if err != nil || len(c.TLS.Certificate) != 2 || !strings.HasSuffix(c.Chain, "ca.pem") {
		t.Errorf("%d certificates from %q, %v", len(c.TLS.Certificate), c.Chain, err)
	}
	s = NewStore()
	s.SkipRoot = true
	both := write(t, dir, "both.pem", append(ca.issue(t, false, time.Now().Add(time.Hour), "own"), ca.pem()...))
	if c, err = s.Certificate(both); err != nil || len(c.TLS.Certificate) != 1 {
		t.Errorf("the authority is sent: %v, %v", c, err)
	}
}

func TestNamesOfStores(t *testing.T) {
	ca, dir, s := newAuthority(t), t.TempDir(), NewStore()
	path := write(t, dir, "own.pem", ca.issue(t, false, time.Now().Add(time.Hour), "own"))
	other := write(t, dir, "other.pem", ca.issue(t, false, time.Now().Add(time.Hour), "other"))
	if err := s.Name("@a/own", Named{Crt: path}); err != nil || !s.Has("@a/own") || s.Has(path) || s.Has("@b/own") {
		t.Fatal(err)
	}
	all, err := s.Certificates("@a/own")
	if err != nil || len(all) != 1 || all[0].Path != "@a/own" || all[0].Files.Crt != path {
		t.Error(all, err)
	}
	if _, err := s.Certificate("@b/own"); err == nil || !strings.Contains(err.Error(), "'@b/own' : No such file or directory") {
		t.Error(err)
	}
	if err := s.Name("x", Named{Crt: path, Key: other}); err == nil || !strings.Contains(err.Error(), "inconsistencies between private key and certificate loaded") {
		t.Error("the key of another certificate:", err)
	}
}
