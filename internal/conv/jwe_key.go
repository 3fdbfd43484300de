package conv

import (
	"bytes"
	"crypto/aes"
	"crypto/ecdh"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha1"
	"crypto/sha256"
	"crypto/subtle"
	enc "encoding/binary"
	"errors"
	"fmt"
	"math/big"

	"sluice/internal/proxy"
)

// jwk is a key that tokens are encrypted for (RFC 7517): one of its fields is set.
type jwk struct {
	secret []byte
	rsa    *rsa.PrivateKey
	ec     *ecdh.PrivateKey
}

// jwkLongest bounds the text of a key, and rsaLargest the modulus of one, in bits: a key may come from a variable.
const (
	jwkLongest = 16 << 10
	rsaLargest = 8192
)

var errDiffers = errors.New("the fields do not fit together")

// parseJWK reads a key. A private key must be whole and fit together.
func parseJWK(b []byte) (*jwk, error) {
	if len(b) > jwkLongest {
		return nil, errors.New("the key is too long")
	}
	if !jsonHas(b, "kty") {
		return nil, errors.New("Missing key type (expected 'oct', 'RSA' or 'EC')")
	}
	switch string(jsonMember(b, "kty")) {
	case "oct":
		if !jsonHas(b, "k") {
			return nil, errors.New("Missing 'k' field in JWK")
		}
		if k, ok := decode64(jsonMember(b, "k")); ok {
			return &jwk{secret: k}, nil
		}
		return nil, errors.New("the field 'k' of the JWK is not base64url")
	case "RSA":
		key, err := rsaJWK(b)
		if err != nil {
			return nil, fmt.Errorf("Failed to parse RSA JWK: %w", err)
		}
		return key, nil
	case "EC":
		key, err := ecJWK(b)
		if err != nil {
			return nil, fmt.Errorf("Failed to parse EC JWK: %w", err)
		}
		return key, nil
	}
	return nil, errors.New("Unmanaged key type (expected 'oct', 'RSA' or 'EC')")
}

// rsaJWK reads a private key of RSA with two primes (RFC 7518 6.3).
func rsaJWK(b []byte) (*jwk, error) {
	var n [8]*big.Int
	for i, name := range [...]string{"n", "e", "d", "p", "q", "dp", "dq", "qi"} {
		raw, ok := decode64(jsonMember(b, name))
		if !ok || len(raw)*8 > rsaLargest {
			return nil, errors.New("no '" + name + "' in base64url")
		}
		n[i] = new(big.Int).SetBytes(raw)
	}
	if !n[1].IsInt64() || n[1].Int64() > 1<<31-1 {
		return nil, errors.New("the exponent is too large")
	}
	key := &rsa.PrivateKey{PublicKey: rsa.PublicKey{N: n[0], E: int(n[1].Int64())}, D: n[2], Primes: []*big.Int{n[3], n[4]}}
	if err := key.Validate(); err != nil {
		return nil, err
	}
	key.Precompute()
	if p := &key.Precomputed; p.Dp == nil || p.Dp.Cmp(n[5]) != 0 || p.Dq.Cmp(n[6]) != 0 || p.Qinv.Cmp(n[7]) != 0 {
		return nil, errDiffers
	}
	return &jwk{rsa: key}, nil
}

// ecJWK reads a private key of one of the curves of RFC 7518 6.2.1.1.
func ecJWK(b []byte) (*jwk, error) {
	curve := namedCurve(jsonMember(b, "crv"))
	d, ok := decode64(jsonMember(b, "d"))
	if curve == nil || !ok {
		return nil, errors.New("no known 'crv', or no 'd' in base64url")
	}
	key, err := curve.NewPrivateKey(d)
	if err != nil {
		return nil, err
	}
	public, ok := ecPoint(curve, b)
	if !ok || !bytes.Equal(public.Bytes(), key.PublicKey().Bytes()) {
		return nil, errDiffers
	}
	return &jwk{ec: key}, nil
}

func namedCurve(name []byte) ecdh.Curve {
	switch string(name) {
	case "P-256":
		return ecdh.P256()
	case "P-384":
		return ecdh.P384()
	case "P-521":
		return ecdh.P521()
	}
	return nil
}

// ecPoint reads the public point of a key, found below names, and checks that it is on the curve.
func ecPoint(curve ecdh.Curve, b []byte, names ...string) (*ecdh.PublicKey, bool) {
	x, okX := decode64(jsonMember(b, append(names, "x")...))
	y, okY := decode64(jsonMember(b, append(names, "y")...))
	if !okX || !okY || len(x) != len(y) {
		return nil, false
	}
	key, err := curve.NewPublicKey(append(append([]byte{4}, x...), y...))
	return key, err == nil
}

// contentKey gets the key of the content out of the encrypted one, as the header says and the kind of k allows (RFC 7518 4).
func (k *jwk) contentKey(h *jweHeader, sealed []byte) ([]byte, bool) {
	switch h.alg {
	case proxy.JWEDir:
		return k.secret, k.secret != nil && len(sealed) == 0
	case proxy.JWEA128KW:
		return unwrapKey(k.secret, sealed, 16)
	case proxy.JWEA192KW:
		return unwrapKey(k.secret, sealed, 24)
	case proxy.JWEA256KW:
		return unwrapKey(k.secret, sealed, 32)
	case proxy.JWEA128GCMKW:
		return k.openKey(h, sealed, 16)
	case proxy.JWEA192GCMKW:
		return k.openKey(h, sealed, 24)
	case proxy.JWEA256GCMKW:
		return k.openKey(h, sealed, 32)
	case proxy.JWERSA15, proxy.JWERSAOAEP, proxy.JWERSAOAEP256:
		return k.rsaKey(h, sealed)
	case proxy.JWEECDH:
		if len(sealed) > 0 {
			return nil, false
		}
		return k.agree(h, h.enc.String(), contentKeySize(h.enc))
	}
	size := map[proxy.JWEAlg]int{proxy.JWEECDHA128KW: 16, proxy.JWEECDHA192KW: 24, proxy.JWEECDHA256KW: 32}[h.alg]
	wrapper, ok := k.agree(h, h.alg.String(), size)
	if !ok {
		return nil, false
	}
	return unwrapKey(wrapper, sealed, size)
}

// openKey decrypts a key that AES has sealed in Galois counter mode (RFC 7518 4.7).
func (k *jwk) openKey(h *jweHeader, sealed []byte, size int) ([]byte, bool) {
	iv, okIV := decode64(jsonMember(h.text, "iv"))
	tag, okTag := decode64(jsonMember(h.text, "tag"))
	if !okIV || !okTag || len(k.secret) != size {
		return nil, false
	}
	return openGCM(k.secret, iv, sealed, tag, nil)
}

// rsaKey decrypts a key with RSA. With RSA1_5 a mistake gives a random key, so that it looks like a wrong tag (RFC 7516 11.5).
func (k *jwk) rsaKey(h *jweHeader, sealed []byte) ([]byte, bool) {
	if k.rsa == nil {
		return nil, false
	}
	switch h.alg {
	case proxy.JWERSAOAEP:
		key, err := rsa.DecryptOAEP(sha1.New(), nil, k.rsa, sealed, nil)
		return key, err == nil
	case proxy.JWERSAOAEP256:
		key, err := rsa.DecryptOAEP(sha256.New(), nil, k.rsa, sealed, nil)
		return key, err == nil
	}
	key := make([]byte, contentKeySize(h.enc))
	if _, err := rand.Read(key); err != nil {
		return nil, false
	}
	//lint:ignore SA1019 tokens of RSA1_5 are decrypted where the configuration asks for it, and this is how to do it
	err := rsa.DecryptPKCS1v15SessionKey(nil, k.rsa, sealed, key)
	return key, err == nil
}

// agree derives a key from the other side's ephemeral one (RFC 7518 4.6.2, NIST SP 800-56A 5.8.1).
func (k *jwk) agree(h *jweHeader, id string, size int) ([]byte, bool) {
	if k.ec == nil || namedCurve(jsonMember(h.text, "epk", "crv")) != k.ec.Curve() {
		return nil, false
	}
	public, ok := ecPoint(k.ec.Curve(), h.text, "epk")
	if !ok {
		return nil, false
	}
	z, err := k.ec.ECDH(public)
	if err != nil {
		return nil, false
	}
	tail := enc.BigEndian.AppendUint32(nil, uint32(len(id)))
	tail = append(tail, id...)
	for _, name := range [...]string{"apu", "apv"} {
		var party []byte
		if text := jsonMember(h.text, name); len(text) > 0 {
			if party, ok = decode64(text); !ok {
				return nil, false
			}
		}
		tail = append(enc.BigEndian.AppendUint32(tail, uint32(len(party))), party...)
	}
	tail = enc.BigEndian.AppendUint32(tail, uint32(size)*8)
	var out []byte
	for round := uint32(1); len(out) < size; round++ {
		d := sha256.New()
		d.Write(enc.BigEndian.AppendUint32(nil, round))
		d.Write(z)
		d.Write(tail)
		out = d.Sum(out)
	}
	return out[:size], true
}

// unwrapKey takes the wrap of AES off a key (RFC 3394 2.2.2).
func unwrapKey(wrapper, sealed []byte, size int) ([]byte, bool) {
	n := len(sealed)/8 - 1
	if len(wrapper) != size || len(sealed)%8 != 0 || n < 2 || n > 8 {
		return nil, false
	}
	block, err := aes.NewCipher(wrapper)
	if err != nil {
		return nil, false
	}
	out := bytes.Clone(sealed[8:])
	var b [aes.BlockSize]byte
	copy(b[:8], sealed)
	for j := 5; j >= 0; j-- {
		for i := n; i >= 1; i-- {
			enc.BigEndian.PutUint64(b[:], enc.BigEndian.Uint64(b[:])^uint64(n*j+i))
			copy(b[8:], out[8*(i-1):8*i])
			block.Decrypt(b[:], b[:])
			copy(out[8*(i-1):], b[8:])
		}
	}
	ok := subtle.ConstantTimeCompare(b[:8], []byte{0xa6, 0xa6, 0xa6, 0xa6, 0xa6, 0xa6, 0xa6, 0xa6}) == 1
	return out, ok
}

// bits64 returns a length in bits, as the tag of CBC covers it (RFC 7518 5.2.2.1).
func bits64(n int) []byte { return enc.BigEndian.AppendUint64(nil, uint64(n)*8) }
