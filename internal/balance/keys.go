package balance

import (
	"bytes"
	"encoding/binary"
	"math"
	"net/netip"

	"sluice/internal/hash"
	"sluice/internal/msg"
	"sluice/internal/proxy"
	"sluice/internal/value"
	"sluice/internal/wire/rdp"
)

// keyed computes the hash of a stream's key; ok is false when the stream has none.
type keyed func(s *proxy.Stream, b *proxy.Balance) (h uint32, ok bool)

// sourceKey is `balance source`: the address's 32-bit words, not hashed.
func sourceKey(s *proxy.Stream, b *proxy.Balance) (uint32, bool) {
	src := s.Src().Addr()
	if !src.IsValid() {
		return 0, false
	}
	h := foldAddr(src)
	if b.Avalanche {
		h = hash.Avalanche(h)
	}
	return h, true
}

func foldAddr(a netip.Addr) uint32 {
	if a.Is4() {
		b := a.As4()
		return binary.BigEndian.Uint32(b[:])
	}
	b, h := a.As16(), uint32(0)
	for i := 0; i < len(b); i += 4 {
		h ^= binary.BigEndian.Uint32(b[i:])
	}
	return h
}

// hashOf hashes a key as hash-type says.
func hashOf(key []byte, b *proxy.Balance) uint32 {
	var h uint32
	switch b.Func {
	case proxy.HashSDBM:
		h = hash.SDBM(key)
	case proxy.HashDJB2:
		h = hash.DJB2(key)
	case proxy.HashWT6:
		h = hash.WT6(key)
	case proxy.HashCRC32:
		h = hash.CRC32(key)
	case proxy.HashNone:
		h = decimal(key)
	}
	if b.Avalanche {
		h = hash.Avalanche(h)
	}
	return h
}

// decimal reads the number a key begins with, as C's strtoll does: spaces, a sign, digits as far as they go, saturating
// at 64 bits. The low 32 bits are the hash.
func decimal(key []byte) uint32 {
	i := 0
	for i < len(key) && (key[i] == ' ' || key[i] >= '\t' && key[i] <= '\r') {
		i++
	}
	negative := false
	if i < len(key) && (key[i] == '-' || key[i] == '+') {
		negative = key[i] == '-'
		i++
	}
	n := uint64(0)
	for ; i < len(key) && key[i] >= '0' && key[i] <= '9'; i++ {
		d := uint64(key[i] - '0')
		if n > (math.MaxInt64-d)/10 {
			if negative {
				return 0
			}
			return math.MaxUint32
		}
		n = n*10 + d
	}
	if negative {
		return -uint32(n)
	}
	return uint32(n)
}

// uriKey is `balance uri`.
func uriKey(s *proxy.Stream, b *proxy.Balance) (uint32, bool) {
	if len(s.Req.Target) == 0 {
		return 0, false
	}
	return hashOf(cutURI(&s.Req, b), b), true
}

// cutURI returns the part of the request target that is hashed: at most Len bytes, without the query unless Whole, and
// not beyond Depth slashes.
func cutURI(q *msg.Request, b *proxy.Balance) []byte {
	uri := q.Target
	if b.PathOnly {
		uri = pathAndQuery(q)
	}
	if b.Len > 0 && len(uri) > b.Len {
		uri = uri[:b.Len]
	}
	slashes := 0
	for i, c := range uri {
		switch {
		case c == '/' && b.Depth > 0:
			if slashes++; slashes == b.Depth+1 {
				return uri[:i]
			}
		case c == '?' && !b.Whole:
			return uri[:i]
		}
	}
	return uri
}

// pathAndQuery returns a target without scheme and authority. An absolute one without a path has the path "/"; one
// that is no URI has none.
func pathAndQuery(q *msg.Request) []byte {
	t := q.Target
	switch q.Form {
	case msg.OriginForm:
		return t
	case msg.AbsoluteForm:
		at := bytes.Index(t, []byte("://"))
		if at < 0 {
			return nil
		}
		t = t[at+3:]
		if slash := bytes.IndexAny(t, "/?#"); slash >= 0 {
			return t[slash:]
		}
		return slashPath[:]
	}
	return nil
}

var slashPath = [...]byte{'/'}

// paramKey is `balance url_param`: a parameter of the query or, in a POST, of the body as far as it has come. The
// check_post of the configuration only makes the stream wait for the body.
func paramKey(s *proxy.Stream, b *proxy.Balance) (uint32, bool) {
	if at := bytes.IndexByte(s.Req.Target, '?'); at >= 0 {
		if v, ok := param(s.Req.Target[at+1:], b.Param); ok {
			return hashOf(v, b), true
		}
	}
	if s.Req.MethodID == value.POST {
		if v, ok := param(s.ReqBody.Bytes, b.Param); ok {
			if v, ok = formValue(v); ok {
				return hashOf(v, b), true
			}
		}
	}
	return 0, false
}

// param returns the value of the first name=value among those that & separates. It may be empty.
func param(list, name []byte) ([]byte, bool) {
	for len(list) > len(name) {
		one := list
		if at := bytes.IndexByte(list, '&'); at >= 0 {
			one, list = list[:at], list[at+1:]
		} else {
			list = nil
		}
		if len(one) > len(name) && one[len(name)] == '=' && bytes.Equal(one[:len(name)], name) {
			return one[len(name)+1:], true
		}
	}
	return nil, false
}

// formValue returns v up to the first blank. A byte that an encoded form cannot have means that the body is something
// else.
func formValue(v []byte) ([]byte, bool) {
	for i, c := range v {
		switch {
		case c == ' ' || c == '\t' || c == '\r' || c == '\n':
			return v[:i], true
		case !tokenChar(c):
			return nil, false
		}
	}
	return v, true
}

// tokenChar reports whether c may be in a token (RFC 9110 5.6.2).
func tokenChar(c byte) bool {
	switch {
	case c >= '0' && c <= '9', c >= 'a' && c <= 'z', c >= 'A' && c <= 'Z':
		return true
	}
	return bytes.IndexByte([]byte("!#$%&'*+-.^_`|~"), c) >= 0
}

// headerKey is `balance hdr(name)`: the first element of the header's first line.
func headerKey(s *proxy.Stream, b *proxy.Balance) (uint32, bool) {
	for i := range s.Req.Fields {
		f := &s.Req.Fields[i]
		if f.Dead || !bytes.Equal(f.Name, b.Param) {
			continue
		}
		v := firstElement(f.Value)
		if len(v) == 0 {
			return 0, false
		}
		if b.DomainOnly {
			v = mainDomain(v)
		}
		return hashOf(v, b), true
	}
	return 0, false
}

// firstElement returns a header's value up to the first comma outside of quotes, without blanks around.
func firstElement(v []byte) []byte {
	quoted, escaped := false, false
	for i, c := range v {
		switch {
		case escaped:
			escaped = false
		case quoted && c == '\\':
			escaped = true
		case c == '"':
			quoted = !quoted
		case c == ',' && !quoted:
			return bytes.Trim(v[:i], " \t")
		}
	}
	return bytes.Trim(v, " \t")
}

// mainDomain returns the label before the last one of a host name. The first byte is never taken for a dot, and
// nothing is cut from a name without a dot.
func mainDomain(host []byte) []byte {
	end := bytes.LastIndexByte(host, '.')
	if end < 1 {
		return host
	}
	start := end - 1
	for start > 0 && host[start-1] != '.' {
		start--
	}
	return host[start:end]
}

// rdpKey is `balance rdp-cookie(name)`.
func rdpKey(s *proxy.Stream, b *proxy.Balance) (uint32, bool) {
	name, v, err := rdp.Cookie(s.In.Bytes)
	if err != nil || len(v) == 0 || !bytes.EqualFold(name, b.Param) {
		return 0, false
	}
	return hashOf(v, b), true
}

// exprKey is `balance hash <expr>`: the bytes of a sample, or its decimal text when it is used as the hash itself.
func exprKey(s *proxy.Stream, b *proxy.Balance) (uint32, bool) {
	v := s.Borrow()
	defer s.Return()
	if !b.Expr.Eval(s, v) {
		return 0, false
	}
	to := value.Bin
	if b.Func == proxy.HashNone {
		to = value.Str
	}
	if !v.Cast(to, &s.Arena) {
		return 0, false
	}
	return hashOf(v.Bytes, b), true
}
