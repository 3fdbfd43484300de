package password

import (
	"crypto/rand"
	"crypto/sha256"
	"crypto/subtle"
	"runtime"
	"sync"
)

// Remember is how long a Cache keeps what a comparison said, in nanoseconds.
const Remember = int64(30e9)

// The size of a Cache: sets chosen by the key, with some places each.
const (
	sets   = 128
	places = 4
)

// Cache remembers which passwords fitted, and which did not. It keeps neither passwords nor anything that they could be
// found from without the cache's own key. Any goroutine may use it.
type Cache struct {
	seed  [32]byte
	work  chan struct{} // a token for each comparison at work
	locks [sets]set
}

type set struct {
	mu   sync.Mutex
	list [places]entry
}

type entry struct {
	key   Key
	until int64
	fits  bool
}

// Key stands for a secret and a password in one Cache.
type Key [sha256.Size]byte

// NewCache returns an empty cache, through which as many comparisons run at once as there are processors.
func NewCache() *Cache {
	c := &Cache{work: make(chan struct{}, runtime.NumCPU())}
	rand.Read(c.seed[:])
	return c
}

// KeyOf makes the key of a secret and a password; scratch is memory for it, at least RoomFor bytes.
func (c *Cache) KeyOf(s *Secret, password, scratch []byte) Key {
	b := append(scratch[:0], c.seed[:]...)
	b = append(append(b, s.text...), 0)
	b = append(b, password...)
	k := sha256.Sum256(b)
	clear(b[len(b)-len(password):])
	return k
}

// RoomFor is how much memory KeyOf needs.
func (c *Cache) RoomFor(s *Secret, password []byte) int {
	return len(c.seed) + len(s.text) + 1 + len(password)
}

// Look returns what is remembered of a key at a time in nanoseconds.
func (c *Cache) Look(k *Key, now int64) (fits, known bool) {
	s := &c.locks[k[0]%sets]
	s.mu.Lock()
	defer s.mu.Unlock()
	for i := range s.list {
		if e := &s.list[i]; e.until > now && subtle.ConstantTimeCompare(e.key[:], k[:]) == 1 {
			return e.fits, true
		}
	}
	return false, false
}

// keep remembers what a comparison said, in the place of what would be forgotten first.
func (c *Cache) keep(k *Key, fits bool, now int64) {
	s := &c.locks[k[0]%sets]
	s.mu.Lock()
	defer s.mu.Unlock()
	oldest := &s.list[0]
	for i := range s.list {
		if s.list[i].until < oldest.until {
			oldest = &s.list[i]
		}
	}
	*oldest = entry{*k, now + Remember, fits}
}

// Compare computes what Look did not know and remembers it. It takes long and may wait for others: not for the thread of
// a loop.
func (c *Cache) Compare(k *Key, s *Secret, password []byte, now int64) bool {
	c.work <- struct{}{}
	defer func() { <-c.work }()
	if fits, known := c.Look(k, now); known { // another request of the client was first
		return fits
	}
	fits := s.Fits(password)
	c.keep(k, fits, now)
	return fits
}
