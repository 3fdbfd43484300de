package conv

import (
	"crypto/hmac"
	"crypto/md5"
	"crypto/sha1"
	"crypto/sha256"
	"crypto/sha3"
	"crypto/sha512"
	"crypto/subtle"
	"errors"
	"fmt"
	stdhash "hash"
	"strings"
	"sync"

	"sluice/internal/proxy"
	"sluice/internal/sample"
	"sluice/internal/value"
)

// digestRows are the cryptographic digests, and the comparison that takes the same time whatever it compares.
func digestRows() []sample.Conv {
	return []sample.Conv{
		{Name: "digest", Doc: "Message digest by the name of its algorithm.", Args: "string", In: value.Bin, Out: value.Bin, Bind: bindDigest},
		{Name: "hmac", Doc: "Message authentication code by algorithm and key.", Args: "string,string", In: value.Bin, Out: value.Bin, Bind: bindHMAC},
		{Name: "secure_memcmp", Doc: "Whether the bytes are those of a variable, in constant time.", Args: "string", In: value.Bin, Out: value.Bool, Eval: sameBytes, Check: checkVariable},
		{Name: "sha1", Doc: "SHA-1 digest.", In: value.Bin, Out: value.Bin, Bind: bindSHA1},
		{Name: "sha2", Doc: "SHA-2 digest of 224, 256, 384 or 512 bits.", Args: "[integer]", In: value.Bin, Out: value.Bin, Bind: bindSHA2},
	}
}

var errDigest = errors.New("algorithm must be a valid OpenSSL message digest name.")

// algorithm finds a digest by one of the names that OpenSSL knows it by; nil when there is none.
func algorithm(name []byte) func() stdhash.Hash {
	word := strings.TrimPrefix(strings.ToLower(string(name)), "rsa-")
	switch word {
	case "md5", "ssl3-md5":
		return md5.New
	case "sha1", "sha-1", "ssl3-sha1":
		return sha1.New
	case "sha224", "sha-224", "sha2-224":
		return sha256.New224
	case "sha256", "sha-256", "sha2-256":
		return sha256.New
	case "sha384", "sha-384", "sha2-384":
		return sha512.New384
	case "sha512", "sha-512", "sha2-512":
		return sha512.New
	case "sha512-224", "sha-512/224", "sha512/224", "sha2-512/224":
		return sha512.New512_224
	case "sha512-256", "sha-512/256", "sha512/256", "sha2-512/256":
		return sha512.New512_256
	case "sha3-224":
		return func() stdhash.Hash { return sha3.New224() }
	case "sha3-256":
		return func() stdhash.Hash { return sha3.New256() }
	case "sha3-384":
		return func() stdhash.Hash { return sha3.New384() }
	case "sha3-512":
		return func() stdhash.Hash { return sha3.New512() }
	}
	return nil
}

// digester makes a converter of a digest; its states are used again, so that a digest costs no memory.
func digester(make func() stdhash.Hash) sample.Func {
	states := &sync.Pool{New: func() any { return make() }}
	return func(s *proxy.Stream, _ sample.Args, v *value.Value) bool {
		h := states.Get().(stdhash.Hash)
		h.Reset()
		h.Write(v.Bytes)
		setOwn(v, value.Bin, h.Sum(s.Arena.Alloc(h.Size())[:0]))
		states.Put(h)
		return true
	}
}

func bindDigest(a sample.Args, _ *sample.Env) (sample.Func, error) {
	h := algorithm(a[0].Str)
	if h == nil {
		return nil, errDigest
	}
	return digester(h), nil
}

func bindSHA1(sample.Args, *sample.Env) (sample.Func, error) { return digester(sha1.New), nil }

func bindSHA2(a sample.Args, _ *sample.Env) (sample.Func, error) {
	bits := int64(256)
	if a.Has(0) {
		bits = a[0].Int
	}
	switch bits {
	case 224:
		return digester(sha256.New224), nil
	case 256:
		return digester(sha256.New), nil
	case 384:
		return digester(sha512.New384), nil
	case 512:
		return digester(sha512.New), nil
	}
	return nil, fmt.Errorf("Unsupported number of bits: '%d'", bits)
}

// bindHMAC takes the key in base64, written or in a variable.
func bindHMAC(a sample.Args, e *sample.Env) (sample.Func, error) {
	h := algorithm(a[0].Str)
	if h == nil {
		return nil, errDigest
	}
	if asVar(&a[1], e) {
		return keyed(h), nil
	}
	key, ok := DecodeBase64(make([]byte, len(a[1].Str)), a[1].Str)
	if !ok {
		return nil, errors.New("failed to parse key : argument needs to be base64 encoded, and can either be a string or a variable")
	}
	return digester(func() stdhash.Hash { return hmac.New(h, key) }), nil
}

// keyed makes a converter of a code whose key is known at run time only.
func keyed(make func() stdhash.Hash) sample.Func {
	return func(s *proxy.Stream, a sample.Args, v *value.Value) bool {
		coded, ok := text(s, &a[1], value.Str)
		if !ok {
			return false
		}
		key, ok := DecodeBase64(s.Arena.Alloc(len(coded)), coded)
		if !ok {
			return false
		}
		h := hmac.New(make, key)
		h.Write(v.Bytes)
		setOwn(v, value.Bin, h.Sum(s.Arena.Alloc(h.Size())[:0]))
		return true
	}
}

func sameBytes(s *proxy.Stream, a sample.Args, v *value.Value) bool {
	b, ok := text(s, &a[0], value.Bin)
	if ok {
		v.SetBool(subtle.ConstantTimeCompare(v.Bytes, b) == 1)
	}
	return ok
}
