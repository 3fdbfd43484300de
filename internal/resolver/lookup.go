package resolver

import (
	"context"
	"net/netip"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"sluice/internal/proxy"
)

// A lookup is a name that requests carry (configuration.txt 4.4, do-resolve). All who ask for it at once share one question;
// a good answer holds as long as `hold valid` says, a bad one not at all.
type lookup struct {
	done  chan struct{} // closed when the question has been answered
	addrs []netip.Addr  // of the family to prefer, when there are any; empty after a bad answer
	until time.Time     // when the answer is old
	turn  atomic.Uint32 // each user gets the next address
}

// Bounds of the names that come from the network: how many are remembered, how many are asked for at once, and how long one is.
const (
	mostLookups  = 4096
	mostAsking   = 64
	longestNamed = 255
)

// lookups are those of a section. Questions about servers never wait for them.
type lookups struct {
	of    *section
	slots chan struct{}
	mu    sync.RWMutex
	names map[hostKey]*lookup
}

func newLookups(c *section) *lookups {
	return &lookups{of: c, slots: make(chan struct{}, mostAsking), names: map[hostKey]*lookup{}}
}

// Known implements proxy.HostLookup.
func (x *lookups) Known(name []byte, prefer proxy.Family) (netip.Addr, bool) {
	var lower [longestNamed]byte
	if len(name) > len(lower) {
		return netip.Addr{}, true
	}
	for i, c := range name {
		if 'A' <= c && c <= 'Z' {
			c |= 0x20
		}
		lower[i] = c
	}
	x.mu.RLock()
	n := x.names[hostKey{string(lower[:len(name)]), prefer}]
	x.mu.RUnlock()
	if n == nil {
		return netip.Addr{}, false
	}
	select {
	case <-n.done:
	default:
		return netip.Addr{}, false
	}
	return n.next(), time.Now().Before(n.until)
}

// Ask implements proxy.HostLookup.
func (x *lookups) Ask(name string, prefer proxy.Family) netip.Addr {
	if len(name) > longestNamed || !goodName(name) || len(x.of.conf.Nameservers) == 0 {
		return netip.Addr{}
	}
	key := hostKey{strings.ToLower(name), prefer}
	n, mine := x.join(key)
	switch {
	case n == nil:
		return netip.Addr{}
	case mine:
		if !x.of.set.enter() {
			x.settle(key, n, answer{})
			break
		}
		x.ask(key, n)
		x.of.set.wait.Done()
	default:
		<-n.done
	}
	return n.next()
}

// join returns the lookup of a name that is under way or still holds, or a new one that the caller has to ask for; nil when
// too many are under way.
func (x *lookups) join(key hostKey) (n *lookup, mine bool) {
	x.mu.Lock()
	defer x.mu.Unlock()
	now := time.Now()
	if n := x.names[key]; n != nil && n.holds(now) {
		return n, false
	}
	if len(x.names) >= mostLookups && !x.makeRoom(now) {
		return nil, false
	}
	n = &lookup{done: make(chan struct{})}
	x.names[key] = n
	return n, true
}

// holds says whether a lookup is under way or has an answer that is good still.
func (n *lookup) holds(now time.Time) bool {
	select {
	case <-n.done:
		return now.Before(n.until)
	default:
		return true
	}
}

// makeRoom forgets what is old, and when that is little any names that are not being asked for, a quarter of all at once: it
// has to be seldom.
func (x *lookups) makeRoom(now time.Time) bool {
	const enough = mostLookups * 3 / 4
	for key, n := range x.names {
		if !n.holds(now) {
			delete(x.names, key)
		}
	}
	for key, n := range x.names {
		if len(x.names) <= enough {
			break
		}
		select {
		case <-n.done:
			delete(x.names, key)
		default:
		}
	}
	return len(x.names) < mostLookups
}

// ask asks until there is a good answer, the name is known not to have any address, or the retries are used up.
func (x *lookups) ask(key hostKey, n *lookup) {
	c := x.of
	rounds := max(c.conf.Retries, 1)
	until, cancel := context.WithTimeout(c.set.running, time.Duration(rounds)*atLeast(c.conf.Retry))
	defer cancel()
	var last answer
	for range rounds {
		for _, kind := range c.set.families.kinds(key.prefer) {
			last = c.askAll(until, x.slots, key.name, kind)
			if last.status == valid || last.status == timeout || until.Err() != nil {
				break
			}
		}
		if last.status == valid || last.status == nx || last.status == empty || last.status == cnameError || until.Err() != nil {
			break
		}
	}
	x.settle(key, n, last)
}

// settle tells everybody who waits what came of a question.
func (x *lookups) settle(key hostKey, n *lookup, a answer) {
	x.mu.Lock()
	defer x.mu.Unlock()
	if a.status == valid {
		n.addrs = a.addrs
		n.until = time.Now().Add(time.Duration(x.of.conf.HoldValid))
	} else if x.names[key] == n {
		delete(x.names, key)
	}
	close(n.done)
}

// next returns the address whose turn it is.
func (n *lookup) next() netip.Addr {
	if len(n.addrs) == 0 {
		return netip.Addr{}
	}
	return n.addrs[int(n.turn.Add(1)-1)%len(n.addrs)]
}
