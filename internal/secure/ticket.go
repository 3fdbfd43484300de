package secure

import (
	"crypto/tls"
	"encoding/base64"
	"errors"
	"fmt"
	"os"
	"strings"
)

// TicketKeys are the keys that tickets of sessions are sealed with, of one file (configuration.txt 5.1, tls-ticket-keys):
// its last three keys, of which the last but one seals new tickets and all open old ones. Crypto/tls makes what it needs
// from 32 bytes of each, so tickets are not understood by programs with OpenSSL, nor theirs here. The keys change under the
// store's lock.
type TicketKeys struct {
	Path string
	keys [ticketKeys][]byte
}

// ticketKeys is how many keys there are at a time.
const ticketKeys = 3

// The sizes of keys: with AES of 128 or of 256 bits.
const (
	shortTicketKey = 48
	longTicketKey  = 80
)

// TicketKeys returns the keys of a file: one on each line, in base64.
func (s *Store) TicketKeys(path string) (*TicketKeys, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, k := range s.tickets {
		if k.Path == path {
			return k, nil
		}
	}
	k, err := readTicketKeys(path)
	if err == nil {
		s.tickets = append(s.tickets, k)
	}
	return k, err
}

func readTicketKeys(path string) (*TicketKeys, error) {
	b, err := os.ReadFile(path)
	if err != nil {
		return nil, fmt.Errorf("'%s' : unable to load TLS ticket keys file : %s", path, reason(err))
	}
	k := &TicketKeys{Path: path}
	n, found := 0, 0
	for line := range strings.Lines(string(b)) {
		n++
		if line = strings.TrimSpace(line); line == "" {
			continue
		}
		raw, err := base64.StdEncoding.DecodeString(line)
		if err != nil || len(raw) != shortTicketKey && len(raw) != longTicketKey {
			return nil, fmt.Errorf("'%s' : wrong sized key on line %d", path, n)
		}
		k.push(raw)
		found++
	}
	if found < ticketKeys {
		return nil, fmt.Errorf("'%s' : please supply at least 3 keys in the tls-tickets-file", path)
	}
	return k, nil
}

// push puts a key behind the others; the first one goes.
func (k *TicketKeys) push(key []byte) {
	copy(k.keys[:], k.keys[1:])
	k.keys[ticketKeys-1] = key
}

// into gives the keys to a configuration, the one that seals first.
func (k *TicketKeys) into(g *tls.Config) {
	var keys [ticketKeys][32]byte
	for i, from := range [ticketKeys]int{ticketKeys - 2, 0, ticketKeys - 1} {
		raw := k.keys[from]
		keys[i] = [32]byte(raw[len(raw)-32:])
	}
	g.SetSessionTicketKeys(keys[:])
}

// A TicketFile is a file of keys as commands show it.
type TicketFile struct {
	ID   int
	Path string
	Keys []string // in base64
}

// TicketFiles returns the files of keys, in the order of the configuration.
func (s *Store) TicketFiles() []TicketFile {
	s.mu.Lock()
	defer s.mu.Unlock()
	var all []TicketFile
	for i, k := range s.tickets {
		f := TicketFile{ID: i, Path: k.Path}
		for _, key := range k.keys {
			f.Keys = append(f.Keys, base64.StdEncoding.EncodeToString(key))
		}
		all = append(all, f)
	}
	return all
}

// NewTicketKey puts a key behind those of a file (management.txt 9.3, set ssl tls-key). Clients with older tickets may
// resume as long as the key of theirs is among the last three.
func (s *Store) NewTicketKey(id int, text string) error {
	raw, err := base64.StdEncoding.DecodeString(text)
	if err != nil {
		return errors.New("'set ssl tls-key' received invalid base64 encoded TLS key.")
	}
	s.work.Lock()
	defer s.work.Unlock()
	s.mu.Lock()
	defer s.mu.Unlock()
	k := s.tickets[id]
	if len(raw) != len(k.keys[0]) {
		return errors.New("'set ssl tls-key' received a key of wrong size.")
	}
	k.push(raw)
	for _, f := range s.fronts {
		v := f.now.Load()
		if v.settings.TicketKeys != k {
			continue
		}
		for _, e := range v.entries {
			k.into(e.config)
		}
	}
	return nil
}
