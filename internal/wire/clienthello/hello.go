package clienthello

// Hello is a ClientHello. Its fields point into the message's body.
type Hello struct {
	Record     uint16 // version in the header of the record
	Version    uint16 // legacy_version: what a client of TLS 1.2 or earlier can do at most
	Random     []byte
	SessionID  []byte
	Ciphers    []byte // two bytes for each
	Extensions Extensions
}

// reader takes values off the front of b; bad says that there were not enough bytes.
type reader struct {
	b   []byte
	bad bool
}

func (r *reader) take(n int) []byte {
	if r.bad || len(r.b) < n {
		r.bad = true
		return nil
	}
	out := r.b[:n:n]
	r.b = r.b[n:]
	return out
}

// vector takes a length of width bytes and as many bytes as it says.
func (r *reader) vector(width int) []byte {
	n := 0
	for _, c := range r.take(width) {
		n = n<<8 | int(c)
	}
	return r.take(n)
}

func (r *reader) uint16() uint16 {
	b := r.take(2)
	if r.bad {
		return 0
	}
	return uint16(b[0])<<8 | uint16(b[1])
}

// Parse finds the ClientHello that b begins with. room gives memory for a message that comes in several records.
func Parse(b []byte, room func(size int) []byte) (h Hello, err error) {
	m, err := First(b, room)
	if m.Type != TypeClientHello && m.Type != 0 {
		return h, ErrNotTLS
	}
	if err != nil {
		return h, err
	}
	return ParseBody(m)
}

// ParseBody reads the fields of a message that is a ClientHello. It fails when they do not fit into it.
func ParseBody(m Message) (h Hello, err error) {
	if m.Type != TypeClientHello {
		return h, ErrNotTLS
	}
	r := reader{b: m.Body}
	h.Record = m.Record
	h.Version = r.uint16()
	h.Random = r.take(32)
	h.SessionID = r.vector(1)
	h.Ciphers = r.vector(2)
	r.vector(1) // compression methods
	if len(r.b) > 0 {
		h.Extensions = r.vector(2)
	}
	if r.bad || h.Version <= ssl3 {
		return Hello{}, ErrNotTLS
	}
	return h, nil
}

// ssl3 is the last version that has no extensions.
const ssl3 = 0x0300

// Extensions is the list of extensions of a Hello (RFC 8446 4.2).
type Extensions []byte

// The extensions that are looked at.
const (
	ExtServerName    = 0  // RFC 6066 3
	ExtGroups        = 10 // supported_groups, once elliptic_curves (RFC 8422 5.1.1)
	ExtFormats       = 11 // ec_point_formats (RFC 8422 5.1.2)
	ExtSignatures    = 13 // RFC 8446 4.2.3
	ExtProtocols     = 16 // ALPN (RFC 7301)
	ExtSessionTicket = 35 // RFC 5077
	ExtVersions      = 43 // RFC 8446 4.2.1
	ExtKeyShare      = 51 // RFC 8446 4.2.8
)

// Find returns the body of the first extension of a kind. It reports false when there is none before the end or before
// something that is no extension.
func (e Extensions) Find(kind uint16) ([]byte, bool) {
	r := reader{b: e}
	for len(r.b) > 0 {
		k := r.uint16()
		body := r.vector(2)
		if r.bad {
			break
		}
		if k == kind {
			return body, true
		}
	}
	return nil, false
}

// ServerName returns the name in the server_name extension. There is one kind of names, and one name of a kind, so only
// the first entry of the list counts.
func (e Extensions) ServerName() ([]byte, bool) {
	list, ok := e.list(ExtServerName)
	if !ok || len(list) == 0 || list[0] != 0 {
		return nil, false
	}
	r := reader{b: list[1:]}
	name := r.vector(2)
	return name, !r.bad
}

// list returns what follows a length of two bytes in the body of an extension.
func (e Extensions) list(kind uint16) ([]byte, bool) {
	body, ok := e.Find(kind)
	if !ok {
		return nil, false
	}
	r := reader{b: body}
	out := r.vector(2)
	return out, !r.bad
}

// Groups returns the list of supported groups, two bytes for each.
func (e Extensions) Groups() ([]byte, bool) { return e.list(ExtGroups) }

// Signatures returns the list of signature algorithms, two bytes for each.
func (e Extensions) Signatures() ([]byte, bool) { return e.list(ExtSignatures) }

// Formats returns the list of formats of points, a byte for each.
func (e Extensions) Formats() ([]byte, bool) { return e.short(ExtFormats) }

// Versions returns the list of supported versions, two bytes for each.
func (e Extensions) Versions() ([]byte, bool) { return e.short(ExtVersions) }

// short returns what follows a length of one byte in the body of an extension.
func (e Extensions) short(kind uint16) ([]byte, bool) {
	body, ok := e.Find(kind)
	if !ok {
		return nil, false
	}
	r := reader{b: body}
	out := r.vector(1)
	return out, !r.bad
}

// AppendKinds appends the kinds of the extensions in their order, two bytes for each.
func (e Extensions) AppendKinds(out []byte) []byte {
	r := reader{b: e}
	for len(r.b) > 0 {
		kind := r.take(2)
		r.vector(2)
		if r.bad {
			break
		}
		out = append(out, kind...)
	}
	return out
}

// Protocols is a list of protocol names, each with its length before it.
type Protocols []byte

// Protocols returns the names of the ALPN extension.
func (e Extensions) Protocols() (Protocols, bool) {
	b, ok := e.list(ExtProtocols)
	return b, ok
}

// Next cuts the first name off.
func (p Protocols) Next() (name []byte, rest Protocols, ok bool) {
	if len(p) == 0 {
		return nil, nil, false
	}
	r := reader{b: p}
	name = r.vector(1)
	return name, r.b, !r.bad && len(name) > 0
}

// KeyShares returns the list of key shares; Shares cuts it.
func (e Extensions) KeyShares() (Shares, bool) {
	b, ok := e.list(ExtKeyShare)
	return b, ok
}

// Shares is a list of key shares: a group of two bytes, and a key with its length before it.
type Shares []byte

// Next cuts the first share off.
func (s Shares) Next() (group []byte, rest Shares, ok bool) {
	if len(s) == 0 {
		return nil, nil, false
	}
	r := reader{b: s}
	group = r.take(2)
	r.vector(2)
	return group, r.b, !r.bad
}
