package directive

import (
	"errors"
	"math/bits"
	"net/netip"
	"strings"

	"sluice/internal/config"
	"sluice/internal/proxy"
)

// The options that tell servers who the client is (configuration.txt 4.2).

func parseForwardFor(b *Builder, l *config.Line) {
	f := &proxy.ForwardFor{Header: []byte("x-forwarded-for"), Pos: place(l)}
	if forwardOptions(l, f, "forwardfor", "'option forwardfor' only supports optional values: 'except', 'header' and 'if-none'.") {
		b.at.ForwardFor = f
	}
}

func parseOriginalTo(b *Builder, l *config.Line) {
	f := &proxy.ForwardFor{Header: []byte("x-original-to"), Pos: place(l)}
	if forwardOptions(l, f, "originalto", "'option originalto' only supports optional values: 'except' and 'header'.") {
		b.at.OriginalTo = f
	}
}

// forwardOptions reads what follows forwardfor and originalto; unknown is the message for other words.
func forwardOptions(l *config.Line, f *proxy.ForwardFor, name, unknown string) bool {
	for i := 0; i < len(l.Args); i++ {
		w, v := l.Args[i], l.Arg(i+1)
		switch {
		case w.Value == "except":
			n, ok := network(v.Value)
			if !ok {
				l.Errorf(v, "'option %s except' expects <address>[/mask] as argument.", name)
				return false
			}
			if n.Prefix.Addr().Is4() {
				f.Except = n
			} else {
				f.Except6 = n
			}
			i++
		case w.Value == "header":
			if v.Value == "" {
				l.Errorf(v, "'option %s header' expects <header_name> as argument.", name)
				return false
			}
			f.Header = []byte(strings.ToLower(v.Value))
			i++
		case w.Value == "if-none" && name == "forwardfor":
			f.IfNone = true
		default:
			l.Errorf(w, "%s", unknown)
			return false
		}
	}
	return true
}

// network reads an address with an optional mask, as a number of bits or, for IPv4, as an address.
func network(text string) (*proxy.Net, bool) {
	addr, mask, masked := strings.Cut(text, "/")
	ip, err := netip.ParseAddr(addr)
	if err != nil {
		return nil, false
	}
	length := ip.BitLen()
	if masked {
		p, err := netip.ParsePrefix(text)
		if err == nil {
			length = p.Bits()
		} else if length, err = maskBits(mask); err != nil || !ip.Is4() {
			return nil, false
		}
	}
	return &proxy.Net{Prefix: netip.PrefixFrom(ip, length).Masked()}, true
}

// parseForwarded reads the parameters of the Forwarded header (RFC 7239). Without any they are proto and for.
func parseForwarded(b *Builder, l *config.Line) {
	if l.Form == config.Negated {
		b.at.Forwarded = nil
		return
	}
	f := &proxy.Forwarded{Pos: place(l)}
	if len(l.Args) == 0 {
		f.Proto, f.For = true, true
	}
	for i := 0; i < len(l.Args); i++ {
		w := l.Args[i]
		name, isExpr := strings.CutSuffix(w.Value, "-expr")
		on, expr := forwardedField(f, name)
		if on == nil || isExpr && expr == nil {
			l.Errorf(w, "'option forwarded' only supports optional values: 'proto', 'host', 'host-expr', 'by', 'by-expr', 'by_port', 'by_port-expr', 'for', 'for-expr', 'for_port' and 'for_port-expr'.")
			return
		}
		*on = true
		if !isExpr {
			continue
		}
		i++
		v := l.Arg(i)
		if v.Value == "" {
			l.Tightf(v, "'%s' expects <expr> as argument.", w.Value)
			return
		}
		compiled, err := b.expression([]string{v.Value}, b.sampleEnv(b.at, l.Report(), place(l), requestPlaces(b.at.Proxy), "forwarded expression"))
		if err != nil {
			l.Report().Errorf(l.At(v), "%s '%s' [%v]: failed to parse 'option forwarded' expression '%s' in : %v.", noun(b.at.Caps), b.at.Name, place(l), v.Value, err)
			return
		}
		if compiled.CheckPlace(requestPlaces(b.at.Proxy)) != nil {
			l.Report().Warnf(l.At(v), "%s '%s' [%v]: in 'option forwarded' sample expression '%s' : it extracts information from '%s', which is not available here.",
				noun(b.at.Caps), b.at.Name, place(l), v.Value, compiled.Uses())
		}
		*expr = compiled
	}
	for _, port := range []struct {
		name     string
		on, need bool
	}{{"by", f.ByPort, f.By}, {"for", f.ForPort, f.For}} {
		if port.on && !port.need {
			l.Warnf(l.Name(), "'option forwarded' : '%s_port-expr' will be ignored because both '%s' and '%s-expr' are unset", port.name, port.name, port.name)
		}
	}
	b.at.Forwarded = f
}

func forwardedField(f *proxy.Forwarded, name string) (on *bool, expr *proxy.Expr) {
	switch name {
	case "proto":
		return &f.Proto, nil
	case "host":
		return &f.Host, &f.HostExpr
	case "by":
		return &f.By, &f.ByExpr
	case "by_port":
		return &f.ByPort, &f.ByPortExpr
	case "for":
		return &f.For, &f.ForExpr
	case "for_port":
		return &f.ForPort, &f.ForPortExpr
	}
	return nil, nil
}

// maskBits returns the number of leading ones of an IPv4 mask written as an address.
func maskBits(mask string) (int, error) {
	ip, err := netip.ParseAddr(mask)
	if err != nil || !ip.Is4() {
		return 0, errMask
	}
	b := ip.As4()
	v := uint32(b[0])<<24 | uint32(b[1])<<16 | uint32(b[2])<<8 | uint32(b[3])
	n := bits.LeadingZeros32(^v)
	if v<<n != 0 {
		return 0, errMask
	}
	return n, nil
}

var errMask = errors.New("not a mask")
