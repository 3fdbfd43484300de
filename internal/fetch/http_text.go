package fetch

import (
	"bytes"
	"net/netip"

	"sluice/internal/msg"
	"sluice/internal/proxy"
	"sluice/internal/sample"
	"sluice/internal/value"
	"sluice/internal/wire/spop"
)

// toInt turns the text in v into the integer it begins with, 0 without. As in HAProxy it has 32 bits, of which a larger one
// keeps the lower ones, and a sign that is a minus.
func toInt(v *value.Value) bool {
	b, neg := v.Bytes, false
	if len(b) > 0 && b[0] == '-' {
		b, neg = b[1:], true
	}
	n := uint32(0)
	for _, c := range b {
		if c < '0' || c > '9' {
			break
		}
		n = n*10 + uint32(c-'0')
	}
	if neg {
		n = -n
	}
	v.SetInt(int64(int32(n)))
	return true
}

// elementIP finds a value that is an address. While iterating the values that are none are passed over.
func elementIP(fs msg.Fields, a sample.Args, v *value.Value) bool {
	for element(fs, a, v) {
		if ip, ok := nodeIP(v.Bytes); ok {
			v.SetIP(ip)
			return true
		}
		if v.Flags&value.Iterate == 0 || v.Flags&value.NotLast == 0 {
			return false
		}
	}
	return false
}

// nodeIP reads an address as RFC 7239 writes it: an IPv6 address may stand between brackets, an IPv4 address may be
// followed by a port.
func nodeIP(b []byte) (netip.Addr, bool) {
	if n := len(b); n > 2 && b[0] == '[' && b[n-1] == ']' {
		ip, ok := value.ParseIP(b[1 : n-1])
		return ip, ok && ip.Is6()
	}
	if ip, ok := value.ParseIP(b); ok {
		return ip, true
	}
	i := bytes.LastIndexByte(b, ':')
	if i < 0 {
		return netip.Addr{}, false
	}
	port, used := value.LeadingInt(b[i+1:])
	if used == 0 || used != len(b)-i-1 || port < 0 || port > 65535 {
		return netip.Addr{}, false
	}
	ip, ok := value.ParseIP(b[:i])
	return ip, ok && ip.Is4()
}

// names joins the names of all fields.
func names(s *proxy.Stream, fs msg.Fields, sep byte, v *value.Value) bool {
	b := s.Arena.Tail(256)
	for i := fs.Next(msg.Name{}, 0); i >= 0; i = fs.Next(msg.Name{}, i+1) {
		if len(b) > 0 {
			b = append(b, sep)
		}
		b = append(b, fs[i].Name...)
	}
	v.Type, v.Bytes = value.Str, s.Arena.Keep(b)
	return true
}

// fieldText prints all fields, one per line, and the empty line behind them.
func fieldText(s *proxy.Stream, fs msg.Fields, v *value.Value) bool {
	b := s.Arena.Tail(1024)
	for i := fs.Next(msg.Name{}, 0); i >= 0; i = fs.Next(msg.Name{}, i+1) {
		b = append(append(b, fs[i].Name...), ": "...)
		b = append(append(b, fs[i].Value...), "\r\n"...)
	}
	v.Type, v.Bytes = value.Bin, s.Arena.Keep(append(b, "\r\n"...))
	return true
}

// fieldBinary prints all fields as pairs of strings with their length before them, and a pair of empty ones at the end
// (SPOE.txt 3.1).
func fieldBinary(s *proxy.Stream, fs msg.Fields, v *value.Value) bool {
	b := s.Arena.Tail(1024)
	for i := fs.Next(msg.Name{}, 0); i >= 0; i = fs.Next(msg.Name{}, i+1) {
		b = spop.AppendString(spop.AppendString(b, fs[i].Name), fs[i].Value)
	}
	v.Type, v.Bytes = value.Bin, s.Arena.Keep(append(b, 0, 0))
	return true
}
