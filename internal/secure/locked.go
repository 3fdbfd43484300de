package secure

import (
	"bytes"
	"crypto"
	"crypto/aes"
	"crypto/cipher"
	"crypto/des"
	"crypto/pbkdf2"
	"crypto/sha1"
	"crypto/sha256"
	"crypto/sha512"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/asn1"
	"encoding/pem"
	"errors"
	"fmt"
	"hash"
	"slices"

	"golang.org/x/crypto/scrypt"
)

// errLocked says that there is nobody to ask for a passphrase, errPhrase that the one there is does not fit.
var (
	errLocked = errors.New("it is protected by a passphrase, without an 'ssl-passphrase-cmd' defined")
	errPhrase = errors.New("its passphrase is another one")
	errCipher = errors.New("it is encrypted in a way that is not supported")
)

// unlock decrypts the key of a file. The passphrases that opened another one are tried first, then the store's Passphrase is
// asked (configuration.txt 3.1, ssl-passphrase-cmd).
func (s *Store) unlock(path string, locked *pem.Block) (crypto.Signer, error) {
	for _, phrase := range s.phrases {
		if key, err := openKey(locked, phrase); err == nil {
			return key, nil
		}
	}
	switch {
	case s.Passphrase == nil && len(s.phrases) > 0:
		return nil, errPhrase
	case s.Passphrase == nil:
		return nil, errLocked
	}
	phrase, err := s.Passphrase(path)
	if err != nil {
		return nil, fmt.Errorf("'ssl-passphrase-cmd' failed: %w", err)
	}
	key, err := openKey(locked, phrase)
	if bare := bytes.TrimRight(phrase, "\r\n"); errors.Is(err, errPhrase) && len(bare) < len(phrase) {
		phrase = bare
		key, err = openKey(locked, phrase)
	}
	if err == nil {
		s.phrases = append(s.phrases, slices.Clone(phrase))
	}
	return key, err
}

// openKey decrypts a key in either of the two forms that OpenSSL writes.
func openKey(locked *pem.Block, phrase []byte) (crypto.Signer, error) {
	var der []byte
	var err error
	if locked.Headers["DEK-Info"] != "" {
		//lint:ignore SA1019 the form is weak, and it is that of the keys there are
		if der, err = x509.DecryptPEMBlock(locked, phrase); err != nil {
			return nil, errPhrase
		}
	} else if der, err = openPKCS8(locked.Bytes, phrase); err != nil {
		return nil, err
	}
	key, err := parseKey(der)
	if err != nil {
		return nil, errPhrase // what a wrong one made of it had the right end by chance
	}
	return key, nil
}

// The parts of an encrypted key (RFC 5958 3, RFC 8018 A.2 to A.4, RFC 7914 7).
type (
	lockedKey struct {
		Algorithm pkix.AlgorithmIdentifier
		Secret    []byte
	}
	pbes2    struct{ Derivation, Cipher pkix.AlgorithmIdentifier }
	byPBKDF2 struct {
		Salt       []byte
		Iterations int
		Length     int                      `asn1:"optional"`
		Hash       pkix.AlgorithmIdentifier `asn1:"optional"`
	}
	byScrypt struct {
		Salt    []byte
		N, R, P int
		Length  int `asn1:"optional"`
	}
)

var (
	oidPBES2  = asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 5, 13}
	oidPBKDF2 = asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 5, 12}
	oidScrypt = asn1.ObjectIdentifier{1, 3, 6, 1, 4, 1, 11591, 4, 11}
)

// keyCiphers and keyHashes are the algorithms by the texts of their numbers.
var (
	keyCiphers = map[string]struct {
		size int
		make func([]byte) (cipher.Block, error)
	}{
		"1.2.840.113549.3.7":      {24, des.NewTripleDESCipher},
		"2.16.840.1.101.3.4.1.2":  {16, aes.NewCipher},
		"2.16.840.1.101.3.4.1.22": {24, aes.NewCipher},
		"2.16.840.1.101.3.4.1.42": {32, aes.NewCipher},
	}
	keyHashes = map[string]func() hash.Hash{
		"":                    sha1.New, // the default
		"1.2.840.113549.2.7":  sha1.New,
		"1.2.840.113549.2.8":  sha256.New224,
		"1.2.840.113549.2.9":  sha256.New,
		"1.2.840.113549.2.10": sha512.New384,
		"1.2.840.113549.2.11": sha512.New,
	}
)

// Bounds of what a file may ask for: a passphrase is tried while somebody waits for the start.
const (
	maxIterations = 50_000_000
	maxScrypt     = 1 << 30 // bytes of memory
)

func openPKCS8(der, phrase []byte) ([]byte, error) {
	var k lockedKey
	var p pbes2
	if rest, err := asn1.Unmarshal(der, &k); err != nil || len(rest) > 0 || !k.Algorithm.Algorithm.Equal(oidPBES2) {
		return nil, errCipher
	}
	if _, err := asn1.Unmarshal(k.Algorithm.Parameters.FullBytes, &p); err != nil {
		return nil, errCipher
	}
	with, known := keyCiphers[p.Cipher.Algorithm.String()]
	if !known {
		return nil, errCipher
	}
	secret, err := derive(&p.Derivation, phrase, with.size)
	if err != nil {
		return nil, err
	}
	block, err := with.make(secret)
	if err != nil {
		return nil, errCipher
	}
	var iv []byte
	if _, err := asn1.Unmarshal(p.Cipher.Parameters.FullBytes, &iv); err != nil || len(iv) != block.BlockSize() ||
		len(k.Secret) == 0 || len(k.Secret)%block.BlockSize() != 0 {
		return nil, errCipher
	}
	out := make([]byte, len(k.Secret))
	cipher.NewCBCDecrypter(block, iv).CryptBlocks(out, k.Secret)
	pad := int(out[len(out)-1])
	if pad == 0 || pad > block.BlockSize() || bytes.Count(out[len(out)-pad:], out[len(out)-1:]) != pad {
		return nil, errPhrase
	}
	return out[:len(out)-pad], nil
}

// derive makes a key of so many bytes of a passphrase.
func derive(by *pkix.AlgorithmIdentifier, phrase []byte, size int) ([]byte, error) {
	switch {
	case by.Algorithm.Equal(oidPBKDF2):
		var d byPBKDF2
		if _, err := asn1.Unmarshal(by.Parameters.FullBytes, &d); err != nil || d.Iterations < 1 || d.Iterations > maxIterations {
			return nil, errCipher
		}
		if h := keyHashes[d.Hash.Algorithm.String()]; h != nil {
			return pbkdf2.Key(h, string(phrase), d.Salt, d.Iterations, size)
		}
	case by.Algorithm.Equal(oidScrypt):
		var d byScrypt
		if _, err := asn1.Unmarshal(by.Parameters.FullBytes, &d); err != nil || d.N < 2 || d.R < 1 || d.P < 1 ||
			d.R > maxScrypt/128 || d.N > maxScrypt/128/d.R || d.P > maxScrypt/128/d.R {
			return nil, errCipher
		}
		key, err := scrypt.Key(phrase, d.Salt, d.N, d.R, d.P, size)
		if err != nil {
			return nil, errCipher
		}
		return key, nil
	}
	return nil, errCipher
}
