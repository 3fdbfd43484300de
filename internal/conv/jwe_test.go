package conv

import (
	"bytes"
	"crypto/aes"
	"crypto/cipher"
	"crypto/hmac"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha1"
	"crypto/sha256"
	"encoding/base64"
	hexa "encoding/hex"
	"fmt"
	"math/big"
	"testing"

	"sluice/internal/proxy"
	"sluice/internal/value"
)

func b64(b []byte) string { return base64.RawURLEncoding.EncodeToString(b) }

// TestKeyWrap is the first example of RFC 3394 4.
func TestKeyWrap(t *testing.T) {
	wrapper, _ := hexa.DecodeString("000102030405060708090a0b0c0d0e0f")
	sealed, _ := hexa.DecodeString("1fa68b0a8112b447aef34bd8fb5a7b829d3e862371d2cfe5")
	got, ok := unwrapKey(wrapper, sealed, 16)
	if !ok || hexa.EncodeToString(got) != "00112233445566778899aabbccddeeff" {
		t.Errorf("got %x, %v", got, ok)
	}
	sealed[5] ^= 1
	if _, ok := unwrapKey(wrapper, sealed, 16); ok {
		t.Error("a changed key was taken")
	}
}

// TestKeyAgreement is the example of RFC 7518, appendix C.
func TestKeyAgreement(t *testing.T) {
	key, err := parseJWK([]byte(`{"kty":"EC","crv":"P-256","x":"weNJy2HscCSM6AEDTDg04biOvhFhyyWvOHQfeF_PxMQ",
		"y":"e8lnCO-AlStT-NJVX-crhB7QRYhiix03illJOVAOyck","d":"VEmDZpDXXK8p8N0Cndsxs924q6nS1RXFASRl6BfUqdw"}`))
	if err != nil {
		t.Fatal(err)
	}
	h := &jweHeader{text: []byte(`{"alg":"ECDH-ES","enc":"A128GCM","apu":"QWxpY2U","apv":"Qm9i","epk":{"kty":"EC","crv":"P-256",
		"x":"gI0GAILBdu7T53akrFmMyGcsF3n5dO7MmwNBHKW5SV0","y":"SLW_xSffzlPWrHEVI30DHM_4egVwt3NQqeUD7nMFpps"}}`)}
	got, ok := key.agree(h, "A128GCM", 16)
	if !ok || b64(got) != "VqqN6vgjbSBcIijNcacQGg" {
		t.Errorf("got %s, %v", b64(got), ok)
	}
}

// sealGCM and sealCBC encrypt a content for the other half of a test.
func sealGCM(key, iv, text, aad []byte) (out, tag []byte) {
	block, _ := aes.NewCipher(key)
	aead, _ := cipher.NewGCM(block)
	out = aead.Seal(nil, iv, text, aad)
	return out[:len(text)], out[len(text):]
}

func sealCBC(key, iv, text, aad []byte) (out, tag []byte) {
	pad := 16 - len(text)%16
	out = append(bytes.Clone(text), bytes.Repeat([]byte{byte(pad)}, pad)...)
	block, _ := aes.NewCipher(key[16:])
	cipher.NewCBCEncrypter(block, iv).CryptBlocks(out, out)
	mac := hmac.New(sha256.New, key[:16])
	mac.Write(aad)
	mac.Write(iv)
	mac.Write(out)
	mac.Write(bits64(len(aad)))
	return out, mac.Sum(nil)[:16]
}

// token builds a token around an encrypted key.
func token(header string, sealed, cek []byte) string {
	aad := b64([]byte(header))
	iv, seal := []byte("twelve bytes"), sealGCM
	if bytes.Contains([]byte(header), []byte("CBC")) {
		iv, seal = []byte("sixteen of bytes"), sealCBC
	}
	out, tag := seal(cek, iv, []byte("water under the bridge"), []byte(aad))
	return aad + "." + b64(sealed) + "." + b64(iv) + "." + b64(out) + "." + b64(tag)
}

func TestTokensAreDecrypted(t *testing.T) {
	rsaKey, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	private := &jwk{rsa: rsaKey}
	ofCert, ok := certKey(rsaKey)
	if _, none := certKey(nil); !ok || none {
		t.Fatal("the keys of certificates")
	}
	secret := &jwk{secret: []byte("thirty-two bytes for one key ...")}
	short := &jwk{secret: []byte("a key of AES-128")}
	cek := []byte("the key of one content, 32 bytes")
	oaep1, err1 := rsa.EncryptOAEP(sha1.New(), rand.Reader, &rsaKey.PublicKey, cek, nil)
	oaep2, err2 := rsa.EncryptOAEP(sha256.New(), rand.Reader, &rsaKey.PublicKey, cek, nil)
	if err1 != nil || err2 != nil {
		t.Fatal(err1, err2)
	}
	wrapped, tag := sealGCM(short.secret, []byte("once and now"), cek, nil)
	gcmkw := fmt.Sprintf(`{"alg":"A128GCMKW","enc":"A256GCM","iv":"%s","tag":"%s"}`, b64([]byte("once and now")), b64(tag))
	for _, c := range []struct {
		name  string
		key   *jwk
		token string
		ok    bool
	}{
		{"dir", secret, token(`{"alg":"dir","enc":"A256GCM"}`, nil, secret.secret), true},
		{"dir, CBC", secret, token(`{"alg":"dir","enc":"A128CBC-HS256"}`, nil, secret.secret), true},
		{"dir with a key", secret, token(`{"alg":"dir","enc":"A256GCM"}`, []byte("x"), secret.secret), false},
		{"a key too short", short, token(`{"alg":"dir","enc":"A256GCM"}`, nil, secret.secret), false},
		{"compressed", secret, token(`{"alg":"dir","enc":"A256GCM","zip":"DEF"}`, nil, secret.secret), false},
		{"with an extension", secret, token(`{"alg":"dir","enc":"A256GCM","crit":["x"]}`, nil, secret.secret), false},
		{"passwords", secret, token(`{"alg":"PBES2-HS256+A128KW","enc":"A256GCM","p2c":1000000000}`, nil, secret.secret), false},
		{"GCM wrap", short, token(gcmkw, wrapped, cek), true},
		{"RSA-OAEP", private, token(`{"alg":"RSA-OAEP","enc":"A256GCM"}`, oaep1, cek), true},
		{"RSA-OAEP-256", private, token(`{"alg":"RSA-OAEP-256","enc":"A128CBC-HS256"}`, oaep2, cek), true},
		{"RSA-OAEP, other hash", private, token(`{"alg":"RSA-OAEP","enc":"A256GCM"}`, oaep2, cek), false},
		{"a certificate", ofCert, token(`{"alg":"RSA-OAEP","enc":"A256GCM"}`, oaep1, cek), true},
		{"RSA with a secret", secret, token(`{"alg":"RSA-OAEP","enc":"A256GCM"}`, oaep1, cek), false},
		{"a secret with RSA", private, token(`{"alg":"dir","enc":"A256GCM"}`, nil, secret.secret), false},
	} {
		s := new(proxy.Stream)
		s.Reset()
		var v value.Value
		v.SetBin([]byte(c.token))
		if ok := decryptToken(s, &v, c.key); ok != c.ok || ok && string(v.Bytes) != "water under the bridge" {
			t.Errorf("%s: got %q, %v", c.name, v.Bytes, ok)
		}
		// What was decrypted is not any more with one bit changed.
		for i := 0; c.ok && i < len(c.token); i += 7 {
			b := []byte(c.token)
			if b[i] ^= 1; b[i]&0x7f == '.' || c.token[i] == '.' {
				continue
			}
			v = value.Value{}
			if v.SetBin(b); decryptToken(s, &v, c.key) && string(v.Bytes) != "water under the bridge" {
				t.Errorf("%s: byte %d changed, and %q came out", c.name, i, v.Bytes)
			}
		}
	}
}

// TestPolicy holds what is forbidden unless the configuration says otherwise.
func TestPolicy(t *testing.T) {
	p := proxy.DefaultJWEPolicy()
	if p.Allows(proxy.JWERSA15, proxy.JWEA128GCM) || !p.Allows(proxy.JWEDir, proxy.JWEA128GCM) {
		t.Error("the default is wrong")
	}
}

// TestRSAKeysFitTogether changes one part of a key after the other.
func TestRSAKeysFitTogether(t *testing.T) {
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	p := &key.Precomputed
	parts := []*big.Int{key.N, big.NewInt(int64(key.E)), key.D, key.Primes[0], key.Primes[1], p.Dp, p.Dq, p.Qinv}
	text := func(change int) []byte {
		out := []byte(`{"kty":"RSA"`)
		for i, name := range []string{"n", "e", "d", "p", "q", "dp", "dq", "qi"} {
			b := parts[i].Bytes()
			if i == change {
				b = b[:len(b)-1]
			}
			out = fmt.Appendf(out, `,"%s":"%s"`, name, b64(b))
		}
		return append(out, '}')
	}
	if _, err := parseJWK(text(-1)); err != nil {
		t.Error(err)
	}
	for i := range parts {
		if _, err := parseJWK(text(i)); err == nil {
			t.Errorf("part %d changed, and the key was taken", i)
		}
	}
}
