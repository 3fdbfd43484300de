package proxy

import (
	"bytes"
	"crypto"
	"path"
	"slices"
	"sync"
)

// Keys are the keys of tokens that a configuration names, by the names that it gives them (configuration.txt 7.3.1,
// "jwt_verify"). They are read while the configuration is, so that no request waits for a file; a variable may then name any
// of them.
type Keys struct {
	// Load reads a certificate from a file and keeps it; nil where no file is read.
	Load func(name string) error

	mu     sync.RWMutex
	public map[string]crypto.PublicKey
	certs  map[string]TokenCert
}

// TokenCert is a certificate as far as tokens are concerned (configuration.txt 12.7, jwt).
type TokenCert struct {
	Public  crypto.PublicKey
	Private crypto.PrivateKey // nil where the file has none
	Allowed bool              // tokens may use it
}

// AddPublic keeps a public key.
func (k *Keys) AddPublic(name string, key crypto.PublicKey) {
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.public == nil {
		k.public = make(map[string]crypto.PublicKey)
	}
	k.public[name] = key
}

// SetCert keeps a certificate, or another one under the same name.
func (k *Keys) SetCert(name string, c TokenCert) {
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.certs == nil {
		k.certs = make(map[string]TokenCert)
	}
	k.certs[name] = c
}

// Allow says whether tokens may use a certificate that is there.
func (k *Keys) Allow(name string, on bool) {
	k.mu.Lock()
	defer k.mu.Unlock()
	if c, ok := k.certs[name]; ok {
		c.Allowed = on
		k.certs[name] = c
	}
}

// DropCert forgets a certificate.
func (k *Keys) DropCert(name string) {
	k.mu.Lock()
	defer k.mu.Unlock()
	delete(k.certs, name)
}

// Public returns the public key of that name.
func (k *Keys) Public(name []byte) (key crypto.PublicKey, ok bool) {
	k.mu.RLock()
	defer k.mu.RUnlock()
	key, ok = k.public[string(name)]
	return key, ok
}

// Cert returns the certificate of that name. Names of files are kept without needless slashes.
func (k *Keys) Cert(name []byte) (c TokenCert, ok bool) {
	k.mu.RLock()
	defer k.mu.RUnlock()
	if c, ok = k.certs[string(name)]; !ok && bytes.Contains(name, []byte("//")) {
		c, ok = k.certs[path.Clean(string(name))]
	}
	return c, ok
}

// Certs returns the names of the certificates that tokens may use, in alphabetic order.
func (k *Keys) Certs() (names []string) {
	k.mu.RLock()
	defer k.mu.RUnlock()
	for name, c := range k.certs {
		if c.Allowed {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	return names
}
