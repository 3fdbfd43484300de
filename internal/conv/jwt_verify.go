package conv

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/hmac"
	"crypto/rsa"
	_ "crypto/sha256" // the hashes of RFC 7518 3.1
	_ "crypto/sha512"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"fmt"
	"math/big"

	"sluice/internal/proxy"
	"sluice/internal/sample"
	"sluice/internal/value"
)

// The results of the verification (configuration.txt 7.3.1, "jwt_verify").
const (
	verifyOK         = 1
	verifyFailed     = 0
	verifyUnknownAlg = -1
	verifyBadToken   = -3
	verifyUnknownKey = -5
	verifyForbidden  = -7
)

// signature is one algorithm of RFC 7518 3.1.
type signature struct {
	name  string
	kind  signatureKind
	hash  crypto.Hash
	curve elliptic.Curve
}

type signatureKind uint8

const (
	unsigned signatureKind = iota
	byHMAC
	byRSA
	byPSS
	byECDSA
)

// signatures are the algorithms by their names.
func signatures() []signature {
	return []signature{
		{name: "ES256", kind: byECDSA, hash: crypto.SHA256, curve: elliptic.P256()},
		{name: "ES384", kind: byECDSA, hash: crypto.SHA384, curve: elliptic.P384()},
		{name: "ES512", kind: byECDSA, hash: crypto.SHA512, curve: elliptic.P521()},
		{name: "HS256", kind: byHMAC, hash: crypto.SHA256},
		{name: "HS384", kind: byHMAC, hash: crypto.SHA384},
		{name: "HS512", kind: byHMAC, hash: crypto.SHA512},
		{name: "PS256", kind: byPSS, hash: crypto.SHA256},
		{name: "PS384", kind: byPSS, hash: crypto.SHA384},
		{name: "PS512", kind: byPSS, hash: crypto.SHA512},
		{name: "RS256", kind: byRSA, hash: crypto.SHA256},
		{name: "RS384", kind: byRSA, hash: crypto.SHA384},
		{name: "RS512", kind: byRSA, hash: crypto.SHA512},
		{name: "none", kind: unsigned},
	}
}

// verifier is one use of jwt_verify or jwt_verify_cert. The algorithm is the one of the configuration, or of a variable that
// it names; the token has no say in it.
type verifier struct {
	algs  []signature
	alg   *signature // nil when a variable names it
	keys  *proxy.Keys
	key   crypto.PublicKey // of the key argument, when it is a file
	certs bool
	a     sample.Args
}

// newVerifier reads the algorithm and tells the variables among the arguments.
func newVerifier(a sample.Args, e *sample.Env) (*verifier, error) {
	x := &verifier{algs: signatures(), keys: e.Keys, a: a}
	if !asVar(&a[0], e) {
		if x.alg = x.named(a[0].Str); x.alg == nil {
			return nil, fmt.Errorf("unknown JWT algorithm: %s", a[0].Str)
		}
	}
	asVar(&a[1], e)
	return x, nil
}

func (x *verifier) named(name []byte) *signature {
	for i := range x.algs {
		if x.algs[i].name == string(name) {
			return &x.algs[i]
		}
	}
	return nil
}

// bindVerify reads the public key while the configuration is read. Where the algorithm is known only later the argument may
// be a secret as well.
func bindVerify(a sample.Args, e *sample.Env) (sample.Func, error) {
	x, err := newVerifier(a, e)
	if err != nil {
		return nil, err
	}
	if !a[1].IsVar && (x.alg == nil || x.alg.kind != byHMAC) {
		x.key, err = loadKey(e, a[1].Str, publicKey)
		if err != nil && x.alg != nil {
			return nil, fmt.Errorf("no public key '%s' for %s: %w", a[1].Str, x.alg.name, err)
		}
		if err == nil && e.Keys != nil {
			e.Keys.AddPublic(string(a[1].Str), x.key)
		}
	}
	return x.eval, nil
}

// bindVerifyCert reads the certificate while the configuration is read.
func bindVerifyCert(a sample.Args, e *sample.Env) (sample.Func, error) {
	x, err := newVerifier(a, e)
	if err != nil {
		return nil, err
	}
	x.certs = true
	if x.alg != nil && x.alg.kind == byHMAC {
		return nil, errors.New("HMAC-signed tokens can't be processed by this converter")
	}
	if !a[1].IsVar {
		if err := x.useCert(e, a[1].Str); err != nil {
			return nil, fmt.Errorf("no certificate '%s': %w", a[1].Str, err)
		}
	}
	return x.eval, nil
}

// useCert makes sure that the certificate of a name is there. One that is written in the configuration may be used.
func (x *verifier) useCert(e *sample.Env, name []byte) error {
	if e.Keys == nil {
		return errors.New("no certificate can be named here")
	}
	if _, ok := e.Keys.Cert(name); !ok {
		if e.Keys.Load == nil {
			return errors.New("no file can be named here")
		}
		if err := e.Keys.Load(string(name)); err != nil {
			return err
		}
	}
	e.Keys.Allow(string(name), true)
	return nil
}

// loadKey takes the first key out of a PEM file.
func loadKey(e *sample.Env, name []byte, parse func(block *pem.Block) (crypto.PublicKey, error)) (crypto.PublicKey, error) {
	if e.ReadFile == nil || len(name) == 0 {
		return nil, errors.New("no file can be named here")
	}
	b, err := e.ReadFile(string(name))
	if err != nil {
		return nil, err
	}
	for {
		var block *pem.Block
		if block, b = pem.Decode(b); block == nil {
			return nil, errors.New("not found in the file")
		}
		key, err := parse(block)
		if key != nil || err != nil {
			return key, err
		}
	}
}

// publicKey reads a public key of RSA (RFC 8017 A.1.1) or of any kind (RFC 5280 4.1.2.7).
func publicKey(block *pem.Block) (crypto.PublicKey, error) {
	switch block.Type {
	case "RSA PUBLIC KEY":
		return x509.ParsePKCS1PublicKey(block.Bytes)
	case "PUBLIC KEY":
		return x509.ParsePKIXPublicKey(block.Bytes)
	}
	return nil, nil
}

// eval sets v to the result. There is none when a variable is not set.
func (x *verifier) eval(s *proxy.Stream, _ sample.Args, v *value.Value) bool {
	alg := x.alg
	if alg == nil {
		name, ok := text(s, &x.a[0], value.Str)
		if !ok {
			return false
		}
		if alg = x.named(name); alg == nil || x.certs && alg.kind == byHMAC {
			v.SetInt(verifyUnknownAlg)
			return true
		}
	}
	name, ok := text(s, &x.a[1], value.Str)
	if !ok || len(name) == 0 {
		return false
	}
	v.SetInt(x.verify(s, alg, v.Bytes, name))
	return true
}

// verify checks the signature of a token: three parts, of which the last signs the text of the others.
func (x *verifier) verify(s *proxy.Stream, alg *signature, token, name []byte) int64 {
	parts, n := splitToken(token)
	if n != 3 {
		return verifyBadToken
	}
	if alg.kind == unsigned {
		if len(parts[2]) == 0 {
			return verifyOK
		}
		return verifyFailed
	}
	sig, ok := decodePart(s, parts[2])
	if !ok || len(sig) == 0 || alg.kind == byECDSA && len(sig)%2 != 0 {
		return verifyBadToken
	}
	signed := token[:len(parts[0])+1+len(parts[1])]
	if alg.kind == byHMAC {
		// A public key is no secret: whoever knows its name could sign with it otherwise.
		if x.key != nil {
			return verifyFailed
		}
		mac := hmac.New(alg.hash.New, name)
		mac.Write(signed)
		return verdict(hmac.Equal(mac.Sum(nil), sig))
	}
	key, bad := x.find(name)
	if bad != 0 {
		return bad
	}
	h := alg.hash.New()
	h.Write(signed)
	return verdict(alg.holds(key, h.Sum(nil), sig))
}

// find returns the key of a name, or the result that says why there is none.
func (x *verifier) find(name []byte) (key crypto.PublicKey, bad int64) {
	switch {
	case x.key != nil:
		return x.key, 0
	case x.keys == nil:
		return nil, verifyUnknownKey
	case x.certs:
		c, ok := x.keys.Cert(name)
		if !ok {
			return nil, verifyUnknownKey
		}
		if !c.Allowed {
			return nil, verifyForbidden
		}
		return c.Public, 0
	}
	key, ok := x.keys.Public(name)
	if !ok {
		return nil, verifyUnknownKey
	}
	return key, 0
}

func verdict(ok bool) int64 {
	if ok {
		return verifyOK
	}
	return verifyFailed
}

// holds checks a signature of a hash by a public key. A key of another kind never fits.
func (a *signature) holds(key crypto.PublicKey, sum, sig []byte) bool {
	switch key := key.(type) {
	case *rsa.PublicKey:
		switch a.kind {
		case byRSA:
			return rsa.VerifyPKCS1v15(key, a.hash, sum, sig) == nil
		case byPSS:
			return rsa.VerifyPSS(key, a.hash, sum, sig, nil) == nil
		}
	case *ecdsa.PublicKey:
		if a.kind != byECDSA || key.Curve != a.curve {
			return false
		}
		size := (a.curve.Params().BitSize + 7) / 8
		if len(sig) != 2*size {
			return false
		}
		r, t := new(big.Int).SetBytes(sig[:size]), new(big.Int).SetBytes(sig[size:])
		return ecdsa.Verify(key, sum, r, t)
	}
	return false
}
