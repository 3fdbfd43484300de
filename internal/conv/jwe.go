package conv

import (
	"crypto"
	"crypto/aes"
	"crypto/cipher"
	"crypto/ecdsa"
	"crypto/hmac"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/sha512"
	"crypto/subtle"
	"encoding/base64"
	"fmt"
	"hash"

	"sluice/internal/proxy"
	"sluice/internal/sample"
	"sluice/internal/value"
)

// bindDecryptCert looks for the certificate while the configuration is read, where it is written there. Tokens must be allowed
// to use it. The key is looked up again for each token: it may be exchanged.
func bindDecryptCert(a sample.Args, e *sample.Env) (sample.Func, error) {
	keys := e.Keys
	if keys == nil {
		keys = new(proxy.Keys)
	}
	if !asVar(&a[0], e) {
		if c, ok := keys.Cert(a[0].Str); !ok {
			return nil, fmt.Errorf("unknown certificate %s", a[0].Str)
		} else if !c.Allowed {
			return nil, fmt.Errorf("unusable certificate %s (\"jwt\" option not set to \"on\")", a[0].Str)
		}
	}
	return func(s *proxy.Stream, a sample.Args, v *value.Value) bool {
		name, ok := text(s, &a[0], value.Str)
		if !ok {
			return false
		}
		c, ok := keys.Cert(name)
		if !ok || !c.Allowed {
			return false
		}
		key, ok := certKey(c.Private)
		return ok && decryptToken(s, v, key)
	}, nil
}

// certKey makes the private key of a certificate one of tokens.
func certKey(private crypto.PrivateKey) (*jwk, bool) {
	switch k := private.(type) {
	case *rsa.PrivateKey:
		return &jwk{rsa: k}, true
	case *ecdsa.PrivateKey:
		ec, err := k.ECDH()
		return &jwk{ec: ec}, err == nil
	}
	return nil, false
}

// bindDecryptSecret makes a secret out of the argument.
func bindDecryptSecret(a sample.Args, e *sample.Env) (sample.Func, error) {
	if err := base64Arg(&a[0], e); err != nil {
		return nil, fmt.Errorf("failed to parse secret: %w", err)
	}
	return func(s *proxy.Stream, a sample.Args, v *value.Value) bool {
		secret, ok := secretArg(s, &a[0])
		return ok && decryptToken(s, v, &jwk{secret: secret})
	}, nil
}

// bindDecryptJWK reads the key while the configuration is read, or for each token when a variable holds it.
func bindDecryptJWK(a sample.Args, e *sample.Env) (sample.Func, error) {
	if asVar(&a[0], e) {
		return func(s *proxy.Stream, a sample.Args, v *value.Value) bool {
			b, ok := text(s, &a[0], value.Str)
			if !ok {
				return false
			}
			key, err := parseJWK(b)
			return err == nil && decryptToken(s, v, key)
		}, nil
	}
	key, err := parseJWK(a[0].Str)
	if err != nil {
		return nil, err
	}
	return func(s *proxy.Stream, _ sample.Args, v *value.Value) bool { return decryptToken(s, v, key) }, nil
}

// jwePolicy returns what the configuration allows.
func jwePolicy(s *proxy.Stream) proxy.JWEPolicy {
	if s.Snap != nil && s.Snap.Global != nil {
		return s.Snap.Global.JWE
	}
	return proxy.DefaultJWEPolicy()
}

// jweHeader is the protected header of a token.
type jweHeader struct {
	text []byte
	alg  proxy.JWEAlg
	enc  proxy.JWEEnc
}

// parseJWEHeader reads a header. A token with a compressed content, or with an extension that must be understood, is none
// (RFC 7516 4.1.3, 4.1.13).
func parseJWEHeader(s *proxy.Stream, part []byte) (h jweHeader, ok bool) {
	if h.text, ok = decodePart(s, part); !ok {
		return h, false
	}
	if jsonHas(h.text, "zip") || jsonHas(h.text, "crit") {
		return h, false
	}
	alg, enc := jsonMember(h.text, "alg"), jsonMember(h.text, "enc")
	if h.alg, ok = proxy.LookupJWEAlg(alg); !ok {
		return h, false
	}
	h.enc, ok = proxy.LookupJWEEnc(enc)
	return h, ok
}

// jsonHas reports whether an object has a member.
func jsonHas(b []byte, names ...string) bool {
	t := jsonText{b: b}
	return findMember(&t, names)
}

// findMember goes to a member of an object, through objects that lie in it.
func findMember(t *jsonText, names []string) bool {
	for _, name := range names {
		t.depth++
		if !t.member([]byte(name)) {
			return false
		}
	}
	return true
}

// jsonMember returns the string that a member of an object holds, without any escape; nil for everything else.
func jsonMember(b []byte, names ...string) []byte {
	t := jsonText{b: b}
	if !findMember(&t, names) {
		return nil
	}
	t.space()
	from := t.at
	if t.skip() != jsonString {
		return nil
	}
	for _, c := range t.b[from:t.at] {
		if c == '\\' {
			return nil
		}
	}
	return t.b[from+1 : t.at-1]
}

// decryptToken makes v the content of a token of five parts (RFC 7516 5.2).
func decryptToken(s *proxy.Stream, v *value.Value, key *jwk) bool {
	parts, n := splitToken(v.Bytes)
	if n != 5 {
		return false
	}
	h, ok := parseJWEHeader(s, parts[0])
	if !ok || !jwePolicy(s).Allows(h.alg, h.enc) {
		return false
	}
	var raw [4][]byte // encrypted key, initialization vector, ciphertext, tag
	for i := range raw {
		if raw[i], ok = decodePart(s, parts[i+1]); !ok {
			return false
		}
	}
	cek, ok := key.contentKey(&h, raw[0])
	if !ok || len(cek) != contentKeySize(h.enc) {
		return false
	}
	out, ok := decryptContent(h.enc, cek, parts[0], raw[1], raw[2], raw[3])
	if ok {
		setOwn(v, value.Bin, out)
	}
	return ok
}

// contentKeySize returns how many bytes the key of an encryption has.
func contentKeySize(enc proxy.JWEEnc) int {
	return [proxy.NJWEEncs]int{proxy.JWEA128CBC: 32, proxy.JWEA192CBC: 48, proxy.JWEA256CBC: 64,
		proxy.JWEA128GCM: 16, proxy.JWEA192GCM: 24, proxy.JWEA256GCM: 32}[enc]
}

// decryptContent decrypts in place (RFC 7518 5.2.2.2, 5.3). Nothing is decrypted before the tag has been compared.
func decryptContent(enc proxy.JWEEnc, key, aad, iv, text, tag []byte) ([]byte, bool) {
	var sum func() hash.Hash
	switch enc {
	case proxy.JWEA128CBC:
		sum = sha256.New
	case proxy.JWEA192CBC:
		sum = sha512.New384
	case proxy.JWEA256CBC:
		sum = sha512.New
	default:
		return openGCM(key, iv, text, tag, aad)
	}
	half := len(key) / 2
	if len(iv) != aes.BlockSize || len(tag) != half {
		return nil, false
	}
	mac := hmac.New(sum, key[:half])
	mac.Write(aad)
	mac.Write(iv)
	mac.Write(text)
	mac.Write(bits64(len(aad)))
	if subtle.ConstantTimeCompare(mac.Sum(nil)[:half], tag) != 1 {
		return nil, false
	}
	block, err := aes.NewCipher(key[half:])
	if err != nil {
		return nil, false
	}
	return decryptCBC(block, iv, text, text)
}

// openGCM decrypts text with AES in Galois counter mode, with the sizes of RFC 7518 5.3.
func openGCM(key, iv, text, tag, aad []byte) ([]byte, bool) {
	if len(iv) != 12 || len(tag) != gcmTag {
		return nil, false
	}
	block, err := aes.NewCipher(key)
	if err != nil {
		return nil, false
	}
	aead, err := cipher.NewGCM(block)
	if err != nil {
		return nil, false
	}
	sealed := append(append(make([]byte, 0, len(text)+len(tag)), text...), tag...)
	out, err := aead.Open(sealed[:0], iv, sealed, aad)
	return out, err == nil
}

// decode64 decodes text of the URL alphabet without padding.
func decode64(b []byte) ([]byte, bool) {
	out, err := base64.RawURLEncoding.AppendDecode(nil, b)
	return out, err == nil && len(out) > 0
}
