package conv

import (
	"bytes"
	"net/netip"
	"strconv"

	"sluice/internal/proxy"
	"sluice/internal/sample"
	"sluice/internal/value"
)

// forwardedRows are the converters of the header field forwarded (RFC 7239).
func forwardedRows() []sample.Conv {
	return []sample.Conv{
		{Name: "rfc7239_field", Doc: "Parameter of a forwarded field.", Args: "string", In: value.Str, Out: value.Str, Eval: rfc7239Field},
		{Name: "rfc7239_is_valid", Doc: "Whether a forwarded field follows RFC 7239.", In: value.Str, Out: value.Bool, Eval: rfc7239IsValid},
		{Name: "rfc7239_n2nn", Doc: "Name of a node of a forwarded field.", In: value.Str, Out: value.Any, Eval: rfc7239NodeName},
		{Name: "rfc7239_n2np", Doc: "Port of a node of a forwarded field.", In: value.Str, Out: value.Any, Eval: rfc7239NodePort},
		{Name: "rfc7239_nn", Doc: "An address or a text as the name of a node.", In: value.Any, Out: value.Str, Eval: rfc7239ToName},
		{Name: "rfc7239_np", Doc: "A number or a text as the port of a node.", In: value.Any, Out: value.Str, Eval: rfc7239ToPort},
	}
}

// forwardedField are the parameters of one field. Those that are there are not nil.
type forwardedField struct{ proto, host, forNode, byNode []byte }

// parseForwarded reads a field of one element: each parameter at most once, none unknown, no blanks.
func parseForwarded(b []byte) (f forwardedField, ok bool) {
	for {
		name, rest, found := bytes.Cut(b, equals)
		if !found {
			return f, false
		}
		into, check := f.param(name)
		if into == nil || *into != nil {
			return f, false
		}
		text, rest, quoted, ok := forwardedValue(rest)
		if !ok || !check(text, quoted) {
			return f, false
		}
		*into = text
		if len(rest) == 0 {
			return f, true
		}
		if rest[0] != ';' {
			return f, false
		}
		b = rest[1:]
	}
}

var equals = []byte{'='}

// param returns where the parameter of that name belongs and what its value must be.
func (f *forwardedField) param(name []byte) (into *[]byte, check func(b []byte, quoted bool) bool) {
	switch string(name) {
	case "proto":
		return &f.proto, validProto
	case "host":
		return &f.host, validHost
	case "for":
		return &f.forNode, validNode
	case "by":
		return &f.byNode, validNode
	}
	return nil, nil
}

// forwardedValue reads a value up to the next semicolon, or between quotes.
func forwardedValue(b []byte) (text, rest []byte, quoted, ok bool) {
	if len(b) > 0 && b[0] == '"' {
		end := bytes.IndexByte(b[1:], '"')
		if end < 0 {
			return nil, nil, true, false
		}
		return b[1 : 1+end : 1+end], b[end+2:], true, true
	}
	end := bytes.IndexByte(b, ';')
	if end < 0 {
		end = len(b)
	}
	if end == 0 {
		return noBytes, b, false, true
	}
	return b[:end:end], b[end:], false, true
}

// noBytes is a value that is there and empty.
var noBytes = []byte{}

func validProto(b []byte, quoted bool) bool {
	return !quoted && (string(b) == "http" || string(b) == "https")
}

// validHost takes a name, which may be empty, or an IPv6 address in brackets. A port needs quotes.
func validHost(b []byte, quoted bool) bool {
	rest := b
	if len(b) > 0 && b[0] == '[' {
		_, after, ok := bracketed(b)
		if !ok || !quoted {
			return false
		}
		rest = after
	} else {
		for len(rest) > 0 && (alnum(rest[0]) || rest[0] == '.') {
			rest = rest[1:]
		}
	}
	if len(rest) == 0 {
		return true
	}
	_, rest, ok := portNumber(rest)
	return ok && quoted && len(rest) == 0
}

// validNode takes the name of a node and its port. All but an IPv4 address or a word needs quotes.
func validNode(b []byte, quoted bool) bool {
	n, rest, ok := parseNode(b)
	if !ok || len(rest) > 0 {
		return false
	}
	return quoted || !n.hasPort && b[0] != '['
}

// node is a node of RFC 7239 6. The name is an address or a word, the port a number or a word.
type node struct {
	ip       netip.Addr
	name     []byte
	hasPort  bool
	port     int
	portName []byte
}

// parseNode reads the node that b begins with and returns what follows.
func parseNode(b []byte) (n node, rest []byte, ok bool) {
	switch {
	case len(b) == 0:
		return n, nil, false
	case b[0] == '[':
		n.ip, rest, ok = bracketed(b)
	case b[0] == '_':
		n.name, rest, ok = obfuscated(b)
	case bytes.HasPrefix(b, unknown):
		n.name, rest, ok = b[:len(unknown):len(unknown)], b[len(unknown):], true
	default:
		end := 0
		for end < len(b) && (b[end] >= '0' && b[end] <= '9' || b[end] == '.') {
			end++
		}
		n.ip, ok = value.ParseIP(b[:end])
		rest = b[end:]
	}
	if !ok || len(rest) == 0 || rest[0] != ':' {
		return n, rest, ok
	}
	n.hasPort = true
	if len(rest) > 1 && rest[1] == '_' {
		n.portName, rest, ok = obfuscated(rest[1:])
		return n, rest, ok
	}
	n.port, rest, ok = portNumber(rest)
	return n, rest, ok
}

var unknown = []byte("unknown")

// bracketed reads an IPv6 address between brackets, which has no IPv4 address in it.
func bracketed(b []byte) (ip netip.Addr, rest []byte, ok bool) {
	end := 1
	for end < len(b) && (value.HexDigit(b[end]) >= 0 || b[end] == ':') {
		end++
	}
	if end == len(b) || b[end] != ']' {
		return ip, nil, false
	}
	ip, ok = value.ParseIP(b[1:end])
	return ip, b[end+1:], ok
}

// obfuscated reads an underscore and the identifier behind it (RFC 7239 6.3).
func obfuscated(b []byte) (name, rest []byte, ok bool) {
	end := 1
	for end < len(b) && obfuscatedByte(b[end]) {
		end++
	}
	return b[:end:end], b[end:], end > 1
}

func obfuscatedByte(c byte) bool { return alnum(c) || c == '.' || c == '_' || c == '-' }

func alnum(c byte) bool {
	return c >= '0' && c <= '9' || c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z'
}

// portNumber reads a colon and a port, which is not 0.
func portNumber(b []byte) (port int, rest []byte, ok bool) {
	if b[0] != ':' {
		return 0, nil, false
	}
	b = b[1:]
	for len(b) > 0 && b[0] >= '0' && b[0] <= '9' {
		if port = port*10 + int(b[0]-'0'); port > 65535 {
			return 0, nil, false
		}
		b = b[1:]
	}
	return port, b, port > 0
}

func rfc7239IsValid(_ *proxy.Stream, _ sample.Args, v *value.Value) bool {
	_, ok := parseForwarded(v.Bytes)
	v.SetBool(ok)
	return true
}

func rfc7239Field(_ *proxy.Stream, a sample.Args, v *value.Value) bool {
	f, ok := parseForwarded(v.Bytes)
	if !ok {
		return false
	}
	field, _ := f.param(a.Str(0))
	if field == nil || *field == nil {
		return false
	}
	v.Bytes = *field
	return true
}

func rfc7239NodeName(_ *proxy.Stream, _ sample.Args, v *value.Value) bool {
	n, _, ok := parseNode(v.Bytes)
	switch {
	case !ok:
		return false
	case n.name != nil:
		v.Bytes = n.name
	default:
		v.SetIP(n.ip)
	}
	return true
}

func rfc7239NodePort(_ *proxy.Stream, _ sample.Args, v *value.Value) bool {
	n, _, ok := parseNode(v.Bytes)
	switch {
	case !ok || !n.hasPort:
		return false
	case n.portName != nil:
		v.Bytes = n.portName
	default:
		v.SetInt(int64(n.port))
	}
	return true
}

func rfc7239ToName(s *proxy.Stream, _ sample.Args, v *value.Value) bool {
	switch v.Type {
	case value.IPv4:
		return v.Cast(value.Str, &s.Arena)
	case value.IPv6:
		out := append(s.Arena.Tail(48), '[')
		setOwn(v, value.Str, s.Arena.Keep(append(value.AppendIP(out, v.IP), ']')))
		return true
	}
	if !v.Cast(value.Str, &s.Arena) {
		return false
	}
	if len(v.Bytes) == 0 {
		v.SetStr(unknown)
		return true
	}
	return obfuscate(s, v)
}

func rfc7239ToPort(s *proxy.Stream, _ sample.Args, v *value.Value) bool {
	if v.Type == value.Sint { // as wide as HAProxy prints it
		setOwn(v, value.Str, s.Arena.Keep(strconv.AppendUint(s.Arena.Tail(10), uint64(uint32(v.Int)), 10)))
		return true
	}
	return v.Cast(value.Str, &s.Arena) && len(v.Bytes) > 0 && obfuscate(s, v)
}

// obfuscate writes an underscore before a text of allowed characters.
func obfuscate(s *proxy.Stream, v *value.Value) bool {
	for _, c := range v.Bytes {
		if !obfuscatedByte(c) {
			return false
		}
	}
	out := s.Arena.Alloc(len(v.Bytes) + 1)
	out[0] = '_'
	copy(out[1:], v.Bytes)
	setOwn(v, value.Str, out)
	return true
}

// AppendNodeName appends v as the name of a node, as option forwarded does with the result of an expression: an address, a text
// that is a name already, or any other behind an underscore. What cannot be one is unknown (configuration.txt 4.2).
func AppendNodeName(dst []byte, s *proxy.Stream, v *value.Value) []byte {
	switch v.Type {
	case value.IPv4:
		return value.AppendIP(dst, v.IP)
	case value.IPv6:
		return append(value.AppendIP(append(dst, '['), v.IP), ']')
	}
	if !v.Cast(value.Str, &s.Arena) || len(v.Bytes) == 0 {
		return append(dst, unknown...)
	}
	if n, rest, ok := parseNode(v.Bytes); ok && len(rest) == 0 && !n.hasPort {
		return append(dst, v.Bytes...)
	}
	if !obfuscate(s, v) {
		return append(dst, unknown...)
	}
	return append(dst, v.Bytes...)
}

// AppendNodePort appends a colon and v as the port of a node, in the same way; nothing when it cannot be one.
func AppendNodePort(dst []byte, s *proxy.Stream, v *value.Value) []byte {
	if !v.Cast(value.Str, &s.Arena) || len(v.Bytes) == 0 {
		return dst
	}
	if b := v.Bytes; b[0] == '_' {
		if _, rest, ok := obfuscated(b); ok && len(rest) == 0 {
			return append(append(dst, ':'), b...)
		}
	}
	with := append(append(dst, ':'), v.Bytes...)
	if _, rest, ok := portNumber(with[len(dst):]); ok && len(rest) == 0 {
		return with
	}
	if !obfuscate(s, v) {
		return dst
	}
	return append(append(dst, ':'), v.Bytes...)
}

// ValidForwardedHost reports whether b may be the host of a forwarded field, in quotes.
func ValidForwardedHost(b []byte) bool { return validHost(b, true) }
