package secure

import (
	"crypto/tls"
	"errors"
	"io"
	"net"
	"slices"

	"sluice/internal/proxy"
)

// offer is the list of suites that a client of TLSv1.3 offers, in the memory in which crypto/tls has read it. crypto/tls
// has an order of its own for them and no way to choose, but it asks the configuration first (GetConfigForClient), with
// that list in hand: what is struck out then it does not see. What it proves to the client is the message as it came. The
// list is made whole again before anything is answered, for crypto/tls compares it with the one of a second hello.
type offer struct {
	list, was []uint16
	allowed   []uint16
}

// struck stands where a suite was: a value that nobody means (RFC 8701).
const struck = 0x0a0a

// narrow strikes all suites of TLSv1.3 out of list but the one that the policy chooses.
func (o *offer) narrow(list []uint16, p *policy) {
	first, second := p.suites, list
	if p.anySuite {
		first, second = list, p.suites
	}
	var chosen uint16
	for _, id := range first {
		if is13(id) && slices.Contains(second, id) {
			chosen = id
			break
		}
	}
	*o = offer{list: list, was: slices.Clone(list), allowed: p.suites}
	for i, id := range list {
		if is13(id) && id != chosen {
			list[i] = struck
		}
	}
}

// restore makes the list whole.
func (o *offer) restore() {
	if o.list != nil {
		copy(o.list, o.was)
		o.list, o.was = nil, nil
	}
}

var errSuite = errors.New("tls: a cipher suite was chosen that the configuration does not allow")

// kept says that the handshake kept to what was allowed.
func (o *offer) kept(conn *tls.Conn) error {
	if o.allowed == nil {
		return nil
	}
	if cs := conn.ConnectionState(); cs.Version == tls.VersionTLS13 && !slices.Contains(o.allowed, cs.CipherSuite) {
		return errSuite
	}
	return nil
}

// wrapped is a connection of Wrap, of which nobody wants to know the state.
type wrapped struct {
	net.Conn
	offer offer
}

// Write implements net.Conn.
func (w *wrapped) Write(b []byte) (int, error) {
	w.offer.restore()
	return w.Conn.Write(b)
}

// of implements stated.
func (w *wrapped) of() *proxy.TLSState { return new(proxy.TLSState) }

// told implements stated.
func (w *wrapped) told() io.Writer { return nil }

// offered implements stated.
func (w *wrapped) offered() *offer { return &w.offer }
