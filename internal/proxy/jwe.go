package proxy

// JWEAlg is a way in which an encrypted token carries its key (RFC 7518 4.1).
type JWEAlg uint8

// The algorithms that keys of tokens come by.
const (
	JWERSA15 JWEAlg = iota
	JWERSAOAEP
	JWERSAOAEP256
	JWEA128KW
	JWEA192KW
	JWEA256KW
	JWEDir
	JWEECDH
	JWEECDHA128KW
	JWEECDHA192KW
	JWEECDHA256KW
	JWEA128GCMKW
	JWEA192GCMKW
	JWEA256GCMKW
	NJWEAlgs
)

var jweAlgNames = [NJWEAlgs]string{"RSA1_5", "RSA-OAEP", "RSA-OAEP-256", "A128KW", "A192KW", "A256KW", "dir", "ECDH-ES",
	"ECDH-ES+A128KW", "ECDH-ES+A192KW", "ECDH-ES+A256KW", "A128GCMKW", "A192GCMKW", "A256GCMKW"}

// String returns the name of RFC 7518.
func (a JWEAlg) String() string { return jweAlgNames[a] }

// LookupJWEAlg returns the algorithm of a name.
func LookupJWEAlg(name []byte) (JWEAlg, bool) {
	for a, n := range jweAlgNames {
		if n == string(name) {
			return JWEAlg(a), true
		}
	}
	return 0, false
}

// JWEEnc is a way in which the content of a token is encrypted (RFC 7518 5.1).
type JWEEnc uint8

// The encryptions of contents.
const (
	JWEA128CBC JWEEnc = iota
	JWEA192CBC
	JWEA256CBC
	JWEA128GCM
	JWEA192GCM
	JWEA256GCM
	NJWEEncs
)

var jweEncNames = [NJWEEncs]string{"A128CBC-HS256", "A192CBC-HS384", "A256CBC-HS512", "A128GCM", "A192GCM", "A256GCM"}

// String returns the name of RFC 7518.
func (e JWEEnc) String() string { return jweEncNames[e] }

// LookupJWEEnc returns the encryption of a name.
func LookupJWEEnc(name []byte) (JWEEnc, bool) {
	for e, n := range jweEncNames {
		if n == string(name) {
			return JWEEnc(e), true
		}
	}
	return 0, false
}

// JWEPolicy is what tokens may use to be decrypted: the algorithms and encryptions that are forbidden, a bit each.
type JWEPolicy struct{ NoAlgs, NoEncs uint32 }

// DefaultJWEPolicy forbids RSA1_5 alone, as RFC 8725 3.2 asks for.
func DefaultJWEPolicy() JWEPolicy { return JWEPolicy{NoAlgs: 1 << JWERSA15} }

// Allows reports whether a token may use alg and enc.
func (p JWEPolicy) Allows(alg JWEAlg, enc JWEEnc) bool {
	return p.NoAlgs&(1<<alg) == 0 && p.NoEncs&(1<<enc) == 0
}
