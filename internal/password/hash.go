// Package password compares passwords with what a userlist holds (configuration.txt 12.2): hashes in the forms of
// crypt(3), which are slow on purpose, and plain text. A Cache remembers for a short while what a comparison said, so
// that the requests of one client cost one of them.
package password

import (
	"crypto/sha256"
	"crypto/subtle"
	"errors"
	"fmt"
	"strconv"
	"strings"

	"github.com/go-crypt/crypt"
	"github.com/go-crypt/crypt/algorithm"
	"github.com/go-crypt/crypt/algorithm/bcrypt"
	"github.com/go-crypt/crypt/algorithm/md5crypt"
	"github.com/go-crypt/crypt/algorithm/scrypt"
	"github.com/go-crypt/crypt/algorithm/sha1crypt"
	"github.com/go-crypt/crypt/algorithm/shacrypt"
)

// Secret is what a password must fit. It is immutable.
type Secret struct {
	text   string
	plain  bool
	digest algorithm.Digest // nil for plain text, for DES and for what fits nothing
	old    bool             // DES
}

// Plain returns the secret that is fitted by text itself.
func Plain(text string) *Secret { return &Secret{text: text, plain: true} }

// The most work that a hash may ask for: rounds, and the logarithm of rounds of bcrypt. Each of them takes seconds.
const (
	maxRounds = 5_000_000
	maxCost   = 17
)

// Parse reads a hash. With an error the secret is one that no password fits.
func Parse(text string) (*Secret, error) {
	s := &Secret{text: text}
	if !strings.HasPrefix(text, "$") {
		s.old = isDES(text)
		if !s.old {
			return s, errors.New("it is none of the forms of crypt(3)")
		}
		return s, nil
	}
	if err := affordable(text); err != nil {
		return s, err
	}
	d := crypt.NewDecoder()
	for _, register := range []func(algorithm.DecoderRegister) error{bcrypt.RegisterDecoder, md5crypt.RegisterDecoder,
		scrypt.RegisterDecoder, sha1crypt.RegisterDecoder, shacrypt.RegisterDecoder} {
		if err := register(d); err != nil {
			return s, err
		}
	}
	digest, err := d.Decode(text)
	if err != nil {
		return s, errors.New("it is none of the forms of crypt(3) that this program knows")
	}
	s.digest = digest
	return s, nil
}

// affordable refuses hashes that take too long to compute.
func affordable(text string) error {
	parts := strings.Split(text, "$")
	if len(parts) < 3 {
		return nil
	}
	n, most := parts[2], maxRounds
	switch parts[1] {
	case "2a", "2b", "2x", "2y":
		most = maxCost
	case "5", "6":
		n = strings.TrimPrefix(n, "rounds=")
		if n == parts[2] {
			return nil
		}
	case "sha1":
	default:
		if _, rounds, ok := strings.Cut(text, "rounds="); ok {
			n, _, _ = strings.Cut(rounds, "$")
		} else {
			return nil
		}
	}
	if rounds, err := strconv.ParseUint(n, 10, 64); err == nil && rounds > uint64(most) {
		return fmt.Errorf("it asks for %d rounds, and %d are the most", rounds, most)
	}
	return nil
}

// Fast reports whether a comparison costs next to nothing.
func (s *Secret) Fast() bool { return s.plain || s.digest == nil && !s.old }

// Fits compares a password with the secret. How long it takes does not tell how much of it is right.
func (s *Secret) Fits(password []byte) bool {
	switch {
	case s.plain:
		a, b := sha256.Sum256(password), sha256.Sum256([]byte(s.text))
		return subtle.ConstantTimeCompare(a[:], b[:]) == 1
	case s.old:
		got, err := desCrypt(password, s.text)
		return err == nil && subtle.ConstantTimeCompare([]byte(got), []byte(s.text)) == 1
	case s.digest != nil:
		ok, err := s.digest.MatchBytesAdvanced(password)
		return ok && err == nil
	}
	return false
}
