package secure

import (
	"bytes"
	"crypto/sha256"
	"crypto/tls"
	"encoding/hex"
	"io"
	"net"
	"slices"

	"github.com/cespare/xxhash/v2"

	"sluice/internal/proxy"
	"sluice/internal/wire/clienthello"
)

// watched is a connection whose first messages of both sides are kept, for the fetches that crypto/tls has no answer for.
// It is only put between where one of them is in the configuration.
type watched struct {
	net.Conn
	state  *proxy.TLSState
	server bool
	in     []byte
	out    []byte
	over   bool // the handshake is
}

// mostWatched bounds what is kept of each direction: a hello is smaller.
const mostWatched = 32 << 10

// Read keeps what it reads.
func (w *watched) Read(b []byte) (int, error) {
	n, err := w.Conn.Read(b)
	if n > 0 && !w.over && len(w.in) < mostWatched {
		w.in = append(w.in, b[:n]...)
	}
	return n, err
}

// Write keeps what it writes.
func (w *watched) Write(b []byte) (int, error) {
	if !w.over && len(w.out) < mostWatched {
		w.out = append(w.out, b...)
	}
	return w.Conn.Write(b)
}

// of returns the state that the connection's handshake fills in.
func (w *watched) of() *proxy.TLSState { return w.state }

// told is who the connection below tells its secrets.
func (w *watched) told() io.Writer {
	if below, ok := w.Conn.(stated); ok {
		return below.told()
	}
	return nil
}

// offered is what the connection's client offers.
func (w *watched) offered() *offer {
	if below, ok := w.Conn.(stated); ok {
		return below.offered()
	}
	return new(offer)
}

// watches reports whether anything of handshakes is to be kept.
func watches(t *proxy.TLSWants) bool {
	return t != nil && (t.Hello > 0 || t.Randoms || t.Session || t.Master || t.Log)
}

// watch puts a watched connection over another.
func watch(c net.Conn, state *proxy.TLSState, server bool) *watched {
	state.Seen = &proxy.TLSSeen{}
	return &watched{Conn: c, state: state, server: server}
}

// end takes out what is wanted of what was kept, and forgets the rest.
func (w *watched) end(wants *proxy.TLSWants) {
	hello, answer := w.in, w.out
	if !w.server {
		hello, answer = w.out, w.in
	}
	w.over, w.in, w.out = true, nil, nil
	seen := w.state.Seen
	h, err := clienthello.Parse(hello, room)
	if err == nil {
		seen.ClientRandom = slices.Clone(h.Random)
		if wants.Hello > 0 {
			lists(seen, &h, wants.Hello)
		}
	}
	// The hello of the server begins as the client's does: with a version and a random number.
	const from, to = 2, 2 + 32
	if m, err := clienthello.First(answer, room); err == nil && m.Type == clienthello.TypeServerHello && len(m.Body) >= to {
		seen.ServerRandom = slices.Clone(m.Body[from:to])
		if wants.Session {
			seen.SessionID = shownID(m.Body[to:])
			if ticket := w.ticket(&h, answer); len(ticket) > 0 {
				id := sha256.Sum256(ticket)
				seen.SessionID = id[:]
			}
		}
	}
}

// shownID is what a server's hello has behind its random number: the id of the session up to TLSv1.2, later the
// number that the client sent in its place. It is nil when there is none.
func shownID(b []byte) []byte {
	if len(b) == 0 || b[0] == 0 || len(b) <= int(b[0]) {
		return nil
	}
	return slices.Clone(b[1 : 1+int(b[0])])
}

// ticket is the one that a session with a server lives in up to TLSv1.2, nil where that is none of ours. Its hash stands for
// the id that such a session does not have (RFC 5077 3.4), as in OpenSSL: the same for as long as the session is resumed.
func (w *watched) ticket(h *clienthello.Hello, answer []byte) []byte {
	facts := w.state.Facts()
	if w.server || facts.Version > tls.VersionTLS12 {
		return nil
	}
	const hint = 4 + 2 // bytes before the ticket: how long it lasts, and its length
	if m, err := clienthello.Find(answer, clienthello.TypeTicket, room); err == nil && len(m.Body) > hint {
		return m.Body[hint:]
	}
	if !facts.DidResume {
		return nil
	}
	sent, _ := h.Extensions.Find(clienthello.ExtSessionTicket)
	return sent
}

// room gives memory for a message in several records, not more than one can have.
func room(size int) []byte {
	if size > mostWatched {
		return nil
	}
	return make([]byte, size)
}

// lists keeps the lists of a client's hello that fit into so many bytes. Of the ciphers it keeps the first ones.
func lists(seen *proxy.TLSSeen, h *clienthello.Hello, size int) {
	seen.Version = h.Version
	seen.CipherHash = xxhash.Sum64(h.Ciphers)
	n := min(len(h.Ciphers), size)
	seen.Ciphers = bytes.Clone(h.Ciphers[:n])
	size -= n
	e := h.Extensions
	curves, _ := e.Groups()
	formats, _ := e.Formats()
	versions, _ := e.Versions()
	signatures, _ := e.Signatures()
	for _, x := range [...]struct {
		to *[]byte
		b  []byte
	}{{&seen.Extensions, e.AppendKinds(nil)}, {&seen.Curves, curves}, {&seen.Formats, formats}, {&seen.Versions, versions}, {&seen.Signatures, signatures}} {
		if len(x.b) <= size {
			*x.to = bytes.Clone(x.b)
			size -= len(x.b)
		}
	}
}

// secretNames are what lines of keys call secrets (RFC 9850 2).
var secretNames = [proxy.NSecrets]string{"CLIENT_EARLY_TRAFFIC_SECRET", "CLIENT_HANDSHAKE_TRAFFIC_SECRET", "SERVER_HANDSHAKE_TRAFFIC_SECRET",
	"CLIENT_TRAFFIC_SECRET_0", "SERVER_TRAFFIC_SECRET_0", "EARLY_EXPORTER_SECRET"}

// keyLog takes the lines of keys of one connection.
type keyLog struct {
	seen  *proxy.TLSSeen
	wants *proxy.TLSWants
	next  io.Writer // is told too, nil for nobody
}

// Write takes one line: a label, the client's random number, and the secret.
func (k keyLog) Write(line []byte) (int, error) {
	if k.next != nil {
		k.next.Write(line)
	}
	words := bytes.Fields(line)
	if len(words) != 3 {
		return len(line), nil
	}
	if string(words[0]) == "CLIENT_RANDOM" && k.wants.Master {
		k.seen.Master, _ = hex.DecodeString(string(words[2]))
	}
	if i := slices.Index(secretNames[:], string(words[0])); i >= 0 && k.wants.Log {
		k.seen.Secrets[i] = bytes.Clone(words[2])
	}
	return len(line), nil
}
