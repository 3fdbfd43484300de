package secure

import (
	"encoding/pem"
	"os"
	"testing"
	"time"

	"sluice/internal/proxy"
)

// TestTokensFollowCertificates looks that tokens know the certificates that they may use, as they are.
func TestTokensFollowCertificates(t *testing.T) {
	ca, dir, s := newAuthority(t), t.TempDir(), NewStore()
	s.Tokens = new(proxy.Keys)
	own := ca.issue(t, false, time.Now().Add(time.Hour), "own")
	path := write(t, dir, "own.pem", own)
	block, rest := pem.Decode(own)
	for block.Type != "CERTIFICATE" {
		block, rest = pem.Decode(rest)
	}
	bare := write(t, dir, "bare.pem", pem.EncodeToMemory(block))
	if err := s.Name("@a/own", Named{Crt: path}); err != nil {
		t.Fatal(err)
	}
	if err := s.LoadToken(bare); err != nil {
		t.Fatal("a certificate without a key:", err)
	}
	if _, err := s.Certificate(bare); err == nil {
		t.Error("connections get a certificate without a key")
	}
	state := func(name string, private, allowed bool) {
		t.Helper()
		c, ok := s.Tokens.Cert([]byte(name))
		if !ok || c.Public == nil || (c.Private != nil) != private || c.Allowed != allowed {
			t.Errorf("%s: %v, private %v, allowed %v", name, ok, c.Private != nil, c.Allowed)
		}
	}
	state("@a/own", true, false)
	state(bare, false, false)
	s.Seal()
	if !s.AllowToken(bare, true) || s.AllowToken("nobody", true) {
		t.Error("AllowToken")
	}
	state(bare, false, true)
	text, _ := os.ReadFile(path)
	if _, _, err := s.SetCertificate(bare, text); err != nil {
		t.Fatal(err)
	}
	if _, err := s.CommitCertificate(bare); err != nil {
		t.Fatal(err)
	}
	state(bare, true, true)
	if _, status := s.Lookup(bare); status != UsedByToken {
		t.Error(status)
	}
	if s.DeleteCertificate(bare) == nil {
		t.Error("a certificate of tokens is deleted")
	}
	s.AllowToken(bare, false)
	if err := s.DeleteCertificate(bare); err != nil {
		t.Error(err)
	}
	if _, ok := s.Tokens.Cert([]byte(bare)); ok {
		t.Error("a deleted certificate serves tokens")
	}
}
