package secure

import (
	"crypto/tls"
	"slices"
	"strings"
)

// signatures are the schemes of crypto/tls under OpenSSL's names for them (SSL_CTX_set1_sigalgs(3)).
var signatures = [...]struct {
	id    tls.SignatureScheme
	names []string
}{
	{tls.PSSWithSHA256, []string{"rsa_pss_rsae_sha256", "RSA-PSS+SHA256", "PSS+SHA256"}},
	{tls.PSSWithSHA384, []string{"rsa_pss_rsae_sha384", "RSA-PSS+SHA384", "PSS+SHA384"}},
	{tls.PSSWithSHA512, []string{"rsa_pss_rsae_sha512", "RSA-PSS+SHA512", "PSS+SHA512"}},
	{tls.PKCS1WithSHA256, []string{"rsa_pkcs1_sha256", "RSA+SHA256"}},
	{tls.PKCS1WithSHA384, []string{"rsa_pkcs1_sha384", "RSA+SHA384"}},
	{tls.PKCS1WithSHA512, []string{"rsa_pkcs1_sha512", "RSA+SHA512"}},
	{tls.PKCS1WithSHA1, []string{"rsa_pkcs1_sha1", "RSA+SHA1"}},
	{tls.ECDSAWithP256AndSHA256, []string{"ecdsa_secp256r1_sha256", "ECDSA+SHA256"}},
	{tls.ECDSAWithP384AndSHA384, []string{"ecdsa_secp384r1_sha384", "ECDSA+SHA384"}},
	{tls.ECDSAWithP521AndSHA512, []string{"ecdsa_secp521r1_sha512", "ECDSA+SHA512"}},
	{tls.ECDSAWithSHA1, []string{"ecdsa_sha1", "ECDSA+SHA1"}},
	{tls.Ed25519, []string{"ed25519"}},
}

// Names of signature algorithms that OpenSSL has and crypto/tls lacks are made of these, or are among them.
const (
	signKeys    = " RSA RSA-PSS PSS ECDSA DSA "
	signHashes  = " SHA1 SHA224 SHA256 SHA384 SHA512 "
	lackingSign = " rsa_pss_pss_sha256 rsa_pss_pss_sha384 rsa_pss_pss_sha512 ed448 "
)

// parseSigAlgs reads a list of signature algorithms, and passes over those that OpenSSL has and crypto/tls lacks. ids is
// nil only for no list.
func parseSigAlgs(list string) (ids []tls.SignatureScheme, ok bool) {
	if list == "" {
		return nil, true
	}
	ids = []tls.SignatureScheme{}
	for name := range strings.SplitSeq(list, ":") {
		i := 0
		for i < len(signatures) && !slices.Contains(signatures[i].names, name) {
			i++
		}
		key, hash, _ := strings.Cut(name, "+")
		switch {
		case i < len(signatures):
			ids = append(ids, signatures[i].id)
		case strings.Contains(lackingSign, " "+name+" "):
		case !strings.Contains(signKeys, " "+key+" ") || !strings.Contains(signHashes, " "+hash+" "):
			return nil, false
		}
	}
	return ids, true
}
