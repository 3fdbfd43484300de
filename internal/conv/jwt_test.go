package conv_test

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/hmac"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"encoding/pem"
	"errors"
	"math/big"
	"os"
	"path/filepath"
	"testing"
	"time"

	"sluice/internal/proxy"
)

// writePEM writes one block to a file and returns its name.
func writePEM(t *testing.T, kind string, b []byte, err error) string {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
	name := filepath.Join(t.TempDir(), "key.pem")
	if err := os.WriteFile(name, pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: b}), 0o600); err != nil {
		t.Fatal(err)
	}
	return name
}

// TestTokensOfPublicKeys signs tokens with keys of the day and verifies them by files, by certificates and by variables.
func TestTokensOfPublicKeys(t *testing.T) {
	b := newBench(t)
	b.env.ReadFile, b.env.Keys = os.ReadFile, new(proxy.Keys)
	b.env.Keys.Load = func(name string) error {
		text, _ := os.ReadFile(name)
		block, _ := pem.Decode(text)
		c, err := x509.ParseCertificate(block.Bytes)
		if err != nil {
			return errors.New("none")
		}
		b.env.Keys.SetCert(name, proxy.TokenCert{Public: c.PublicKey})
		return nil
	}
	rsaKey, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	ecKey, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	rsaFile := writePEM(t, "RSA PUBLIC KEY", x509.MarshalPKCS1PublicKey(&rsaKey.PublicKey), nil)
	der, err := x509.MarshalPKIXPublicKey(&ecKey.PublicKey)
	ecFile := writePEM(t, "PUBLIC KEY", der, err)
	der, err = x509.CreateCertificate(rand.Reader, &x509.Certificate{SerialNumber: big.NewInt(1), NotAfter: time.Unix(1<<32, 0)},
		&x509.Certificate{SerialNumber: big.NewInt(1)}, &ecKey.PublicKey, ecKey)
	certFile := writePEM(t, "CERTIFICATE", der, err)

	const signed = "eyJhbGciOiJ4In0.e30"
	sum := sha256.Sum256([]byte(signed))
	sign := func(b []byte, err error) string {
		if err != nil {
			t.Fatal(err)
		}
		return `"` + signed + "." + base64.RawURLEncoding.EncodeToString(b) + `"`
	}
	rs := sign(rsa.SignPKCS1v15(nil, rsaKey, crypto.SHA256, sum[:]))
	ps := sign(rsa.SignPSS(rand.Reader, rsaKey, crypto.SHA256, sum[:], nil))
	r, s, err := ecdsa.Sign(rand.Reader, ecKey, sum[:])
	raw := make([]byte, 64)
	es := sign(append(r.FillBytes(raw[:32:32]), s.FillBytes(raw[32:])...), err)

	b.set(t, "txn.alg", `"HS256"`)
	b.set(t, "txn.key", `"`+ecFile+`"`)
	b.env.Keys.SetCert("off", proxy.TokenCert{Public: &ecKey.PublicKey})
	b.set(t, "txn.off", `"off"`)
	b.set(t, "txn.cert", `"`+certFile+`"`)
	for _, c := range []struct{ convs, in, want string }{
		{"jwt_verify(RS256," + rsaFile + ")", rs, "1"},
		{"jwt_verify(PS256," + rsaFile + ")", ps, "1"},
		{"jwt_verify(ES256," + ecFile + ")", es, "1"},
		{"jwt_verify_cert(ES256," + certFile + ")", es, "1"},
		{"jwt_verify(ES256,txn.key)", es, "1"},
		{"jwt_verify_cert(ES256,txn.cert)", es, "1"},
		{"jwt_verify_cert(ES256,txn.key)", es, "-5"}, // a key is no certificate
		{"jwt_verify(ES256,txn.cert)", es, "-5"},
		{"jwt_verify(RS256," + rsaFile + ")", ps, "0"},
		{"jwt_verify(RS384," + rsaFile + ")", rs, "0"},
		{"jwt_verify(RS256," + ecFile + ")", rs, "0"},
		{"jwt_verify(ES256," + rsaFile + ")", es, "0"},
		{"jwt_verify(ES384," + ecFile + ")", es, "0"},
		{"jwt_verify(none," + ecFile + ")", es, "0"},
		{"jwt_verify(none," + ecFile + ")", `"` + signed + `."`, "1"},
		{"jwt_verify(ES256," + ecFile + ")", `"` + signed + `."`, "-3"},
		{"jwt_verify(RS256," + certFile + ")", rs, "error: invalid args in converter 'jwt_verify' : no public key '" + certFile + "' for RS256: not found in the file"},
		{"jwt_verify_cert(RS256," + rsaFile + ")", rs, "error: invalid args in converter 'jwt_verify_cert' : no certificate '" + rsaFile + "': none"},
		// A token that says HS256 is not to be signed with the name of a public key.
		{"jwt_verify(txn.alg," + ecFile + ")", hs256(signed, ecFile), "0"},
		{"jwt_verify(txn.alg,secret)", hs256(signed, "secret"), "1"},
		{"jwt_verify_cert(txn.alg," + certFile + ")", hs256(signed, certFile), "-1"},
		{"jwt_verify_cert(ES256,txn.off)", es, "-7"},
	} {
		if got := b.eval(t, c.convs, c.in); got != c.want {
			t.Errorf("%s of %s:\n got %s\nwant %s", c.convs, c.in, got, c.want)
		}
	}
}

func hs256(signed, secret string) string {
	mac := hmac.New(sha256.New, []byte(secret))
	mac.Write([]byte(signed))
	return `"` + signed + "." + base64.RawURLEncoding.EncodeToString(mac.Sum(nil)) + `"`
}
