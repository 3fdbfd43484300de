package secure

import (
	"crypto/tls"
	"slices"
	"strings"
)

// An entry is one certificate with the policy that it is used under.
type entry struct {
	cert   *Certificate
	shown  *tls.Certificate // cert as the policy has it proved
	config *tls.Config
	policy *policy
	not    []string // names that a wildcard of the same line does not stand for
}

// choice is the entries of one name: the first of each kind of key.
type choice struct{ by [kinds]*entry }

func (c *choice) add(e *entry) {
	if c.by[e.cert.Kind] == nil {
		c.by[e.cert.Kind] = e
	}
}

// pick chooses for a client: a certificate with an elliptic key where the client takes one.
func (c *choice) pick(hello *tls.ClientHelloInfo) *entry {
	ec, rsa := c.by[KindECDSA], c.by[KindRSA]
	switch {
	case ec == nil:
		return rsa
	case rsa == nil:
		return ec
	}
	able := *hello
	able.ServerName = "" // a list may give a certificate to names that are not in it
	if able.SupportsCertificate(ec.shown) == nil {
		return ec
	}
	return rsa
}

func (c *choice) none() bool { return c.by == [kinds]*entry{} }

// names finds the certificate for the name that a client asks for (configuration.txt 5.1, crt-list).
type names struct {
	exact    map[string]*choice
	wild     map[string][]*entry // by what follows the asterisk, with the dot
	defaults choice
	all      []*entry
}

func newNames() names {
	return names{exact: map[string]*choice{}, wild: map[string][]*entry{}}
}

// add enters a certificate under the filters of its line, or else under its own names. The first certificate of a bind
// line is a default, as are those with the filter '*'.
func (n *names) add(e *entry, filters []string, preferred bool) {
	if len(n.all) == 0 || preferred {
		n.defaults.add(e)
	}
	n.all = append(n.all, e)
	if len(filters) == 0 {
		filters = e.cert.Names
	}
	for _, f := range filters {
		f = strings.ToLower(f)
		if strings.HasPrefix(f, "!") {
			continue
		}
		switch rest, wild := strings.CutPrefix(f, "*"); {
		case f == "*":
			n.defaults.add(e)
		case wild:
			n.wild[rest] = append(n.wild[rest], e)
		default:
			c := n.exact[f]
			if c == nil {
				c = &choice{}
				n.exact[f] = c
			}
			c.add(e)
		}
	}
}

// excluded returns the names that the filters of a line take away from its wildcards.
func excluded(filters []string) (not []string) {
	for _, f := range filters {
		if rest, negated := strings.CutPrefix(strings.ToLower(f), "!"); negated && !strings.HasPrefix(rest, "*") {
			not = append(not, rest)
		}
	}
	return not
}

// named returns the entry for the name of a client, nil when there is none for it.
func (n *names) named(hello *tls.ClientHelloInfo) *entry {
	if name := strings.ToLower(hello.ServerName); name != "" {
		var c choice // a wildcard adds the kind of key that the name itself lacks
		if exact := n.exact[name]; exact != nil {
			c = *exact
		}
		if dot := strings.IndexByte(name, '.'); dot >= 0 {
			for _, e := range n.wild[name[dot:]] {
				if !slices.Contains(e.not, name) {
					c.add(e)
				}
			}
		}
		if !c.none() {
			return c.pick(hello)
		}
	}
	return nil
}
