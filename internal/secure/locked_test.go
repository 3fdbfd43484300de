package secure

import (
	"crypto/ecdsa"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestLockedKeys opens the keys in testdata/locked, all of them one key and written by OpenSSL: the passphrase is "secret".
func TestLockedKeys(t *testing.T) {
	text, err := os.ReadFile("testdata/locked/public.pem")
	if err != nil {
		t.Fatal(err)
	}
	block, _ := pem.Decode(text)
	public, err := x509.ParsePKIXPublicKey(block.Bytes)
	if err != nil {
		t.Fatal(err)
	}
	files, _ := filepath.Glob("testdata/locked/*-*.pem")
	for _, path := range append(files, "testdata/locked/scrypt.pem") {
		text, _ := os.ReadFile(path)
		p := parsePEM(text)
		if p.locked == nil {
			t.Fatalf("%s: %+v", path, p)
		}
		for phrase, want := range map[string]error{"secret": nil, "secret\n": nil, "other": errPhrase, "": errPhrase} {
			s := NewStore()
			asked := 0
			s.Passphrase = func(string) ([]byte, error) { asked++; return []byte(phrase), nil }
			key, err := s.unlock(path, p.locked)
			if !errors.Is(err, want) {
				t.Errorf("%s with %q: %v", path, phrase, err)
			}
			if want != nil {
				continue
			}
			if !key.Public().(*ecdsa.PublicKey).Equal(public) {
				t.Errorf("%s: another key", path)
			}
			if _, err := s.unlock(path, p.locked); err != nil || asked != 1 {
				t.Errorf("%s: asked %d times, %v", path, asked, err)
			}
		}
		if _, err := NewStore().unlock(path, p.locked); !errors.Is(err, errLocked) {
			t.Errorf("%s: %v", path, err)
		}
	}
	text, _ = os.ReadFile("testdata/locked/v1.pem")
	if _, err := openKey(parsePEM(text).locked, []byte("secret")); !errors.Is(err, errCipher) {
		t.Error(err)
	}
}

// TestUnlockCommandFails has a command that fails tell so.
func TestUnlockCommandFails(t *testing.T) {
	text, _ := os.ReadFile("testdata/locked/scrypt.pem")
	s := NewStore()
	s.Passphrase = func(string) ([]byte, error) { return nil, errors.New("exit status 3") }
	if _, err := s.unlock("x", parsePEM(text).locked); err == nil || err.Error() != "'ssl-passphrase-cmd' failed: exit status 3" {
		t.Error(err)
	}
}

// FuzzLockedKey holds encrypted keys of any shape to an answer.
func FuzzLockedKey(f *testing.F) {
	files, _ := filepath.Glob("testdata/locked/*.pem")
	for _, path := range files {
		text, _ := os.ReadFile(path)
		if block, _ := pem.Decode(text); block != nil {
			f.Add(block.Bytes)
		}
	}
	f.Fuzz(func(_ *testing.T, der []byte) {
		if len(der) < 400 && !strings.Contains(string(der), "\x02\x03") && !strings.Contains(string(der), "\x02\x04") { // no long derivations
			openPKCS8(der, []byte("x"))
		}
	})
}

// TestPEMMistakes names what cannot be read in a file, wherever it stands.
func TestPEMMistakes(t *testing.T) {
	const good = "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n"
	for text, want := range map[string]string{
		"": "", "junk": "", good: "", good + good: "", strings.ReplaceAll(good, "\n", "\r\n"): "", "junk -----BEGIN x\n" + good + "junk": "",
		"-----BEGIN x\n" + good:                             "",
		strings.TrimSuffix(good, "\n"):                      "",
		strings.Replace(good, "AAAA", "A#AA", 1):            "bad base64 decode",
		good + strings.Replace(good, "AAAA", "A#AA", 1):     "bad base64 decode",
		"-----BEGIN X-----\nA#AA\n-----END X-----\n" + good: "bad base64 decode",
		good[:30]:                  "bad end line",
		good[:30] + "\n" + good:    "bad end line",
		good + good[:len(good)-27]: "bad end line",
		strings.Replace(good, "END CERTIFICATE", "END X", 1): "bad end line",
	} {
		if p := parsePEM([]byte(text)); p.mistake != want {
			t.Errorf("%q: %q, want %q", text, p.mistake, want)
		}
	}
}

// FuzzPEM holds any file to an end.
func FuzzPEM(f *testing.F) {
	f.Add([]byte("-----BEGIN A-----\nAAAA\n-----END A-----\n"))
	f.Add([]byte("-----BEGIN \n-----BEGIN A-----\n"))
	f.Fuzz(func(_ *testing.T, b []byte) { parsePEM(b) })
}
