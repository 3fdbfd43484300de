package proxy

import (
	"crypto"
	"sync"
)

// Keys are the keys of tokens that a configuration names, by the names that it gives them (configuration.txt 7.3.1,
// "jwt_verify"). They are read while the configuration is, so that no request waits for a file; a variable may then name any
// of them.
type Keys struct {
	mu     sync.RWMutex
	public map[string]crypto.PublicKey
	certs  map[string]crypto.PublicKey
}

// AddPublic keeps a public key.
func (k *Keys) AddPublic(name string, key crypto.PublicKey) { k.add(&k.public, name, key) }

// AddCert keeps the public key of a certificate that may be used for tokens.
func (k *Keys) AddCert(name string, key crypto.PublicKey) { k.add(&k.certs, name, key) }

func (k *Keys) add(to *map[string]crypto.PublicKey, name string, key crypto.PublicKey) {
	k.mu.Lock()
	defer k.mu.Unlock()
	if *to == nil {
		*to = make(map[string]crypto.PublicKey)
	}
	(*to)[name] = key
}

// Public returns the public key of that name.
func (k *Keys) Public(name []byte) (key crypto.PublicKey, ok bool) {
	k.mu.RLock()
	defer k.mu.RUnlock()
	key, ok = k.public[string(name)]
	return key, ok
}

// Cert returns the public key of the certificate of that name.
func (k *Keys) Cert(name []byte) (key crypto.PublicKey, ok bool) {
	k.mu.RLock()
	defer k.mu.RUnlock()
	key, ok = k.certs[string(name)]
	return key, ok
}
