package directive

import (
	"errors"
	"net/netip"
	"strconv"
	"strings"

	"sluice/internal/config"
	"sluice/internal/proxy"
)

// The options of server lines about the PROXY protocol, SOCKS4 and source addresses (configuration.txt 5.2).

func serverSendProxy(v proxy.ProxyVersion, o proxy.ProxyV2Options) serverParse {
	return func(x *serverLine, _ *config.Line, _ config.Word, _ []config.Word) int {
		// Version 2 wins when both are asked for.
		x.SendProxy = max(x.SendProxy, v)
		x.ProxyOpts |= o
		return 0
	}
}

func serverNoProxy(v proxy.ProxyVersion) serverParse {
	return func(x *serverLine, _ *config.Line, _ config.Word, _ []config.Word) int {
		if x.SendProxy == v {
			x.SendProxy = proxy.SendProxyNone
		}
		return 0
	}
}

func serverNoProxyOption(o proxy.ProxyV2Options) serverParse {
	return func(x *serverLine, _ *config.Line, _ config.Word, _ []config.Word) int {
		x.SendProxy = proxy.SendProxyNone
		x.ProxyOpts &^= o
		return 0
	}
}

func serverProxyOptions(x *serverLine, l *config.Line, _ config.Word, args []config.Word) int {
	for word := range strings.SplitSeq(args[0].Value, ",") {
		o, ok := proxyOption(word)
		if !ok {
			l.Errorf(args[0], "%s : '%s' : proxy v2 option not implemented.", x.what, word)
			return 0
		}
		x.ProxyOpts |= o
	}
	return 0
}

func proxyOption(word string) (proxy.ProxyV2Options, bool) {
	switch word {
	case "ssl":
		return proxy.PP2SSL, true
	case "cert-cn":
		return proxy.PP2SSL | proxy.PP2CertCN, true
	case "ssl-cipher":
		return proxy.PP2SSL | proxy.PP2SSLCipher, true
	case "cert-sig":
		return proxy.PP2SSL | proxy.PP2CertSig, true
	case "cert-key":
		return proxy.PP2SSL | proxy.PP2CertKey, true
	case "authority":
		return proxy.PP2Authority, true
	case "crc32c":
		return proxy.PP2CRC32C, true
	case "unique-id":
		return proxy.PP2UniqueID, true
	}
	return 0, false
}

// serverTLV reads the type in parentheses and the format behind it; without one, at the end of a line, the value is
// empty.
func serverTLV(x *serverLine, l *config.Line, w config.Word, args []config.Word) int {
	_, inside, _ := strings.Cut(w.Value, "(")
	number, closed := strings.CutSuffix(inside, ")")
	n, err := strconv.ParseInt(number, 0, 64)
	begins := strings.HasPrefix(number, "0x") || number != "" && number[0] >= '0' && number[0] <= '9' // as a number
	switch {
	case err != nil && errors.Is(err, strconv.ErrSyntax) && begins || !closed && number != "":
		l.Errorf(w, "%s : '%s' : expects set-proxy-v2-tlv(<TLV ID>).", x.what, w.Value)
		return 1
	case errors.Is(err, strconv.ErrSyntax):
		l.Errorf(w, "%s : '%s' : could not convert TLV ID.", x.what, w.Value)
		return 1
	case err != nil || n < 0 || n > 255:
		l.Errorf(w, "%s : '%s' : the maximum allowed TLV ID is 255.", x.what, w.Value)
		return 1
	}
	t := tlvText{kind: uint8(n), text: phrase{pos: l.At(w)}}
	if len(args) > 0 {
		t.text = phrase{args[0].Value, l.At(args[0])}
	}
	x.extra.tlvs = append(x.extra.tlvs[:len(x.extra.tlvs):len(x.extra.tlvs)], t)
	return 1
}

func serverSocks4(x *serverLine, l *config.Line, _ config.Word, args []config.Word) int {
	a, err := x.b.address(config.StreamAddress|config.NeedPort, nil).Parse(args[0].Value)
	if err != nil {
		l.Errorf(args[0], "%s : 'socks4 %s' : %v.", x.what, args[0].Value, err)
		return 0
	}
	x.Socks4 = &a
	return 0
}

func serverSource(x *serverLine, l *config.Line, _ config.Word, args []config.Word) int {
	s, n := x.b.source(l, x.what+" : 'source", config.SourceAddress|config.PortRange, args)
	if s != nil {
		x.Source = s
	}
	return n
}

func serverUseSrc(x *serverLine, l *config.Line, w config.Word, _ []config.Word) int {
	l.Errorf(w, "%s : 'usesrc' only allowed after a 'source' statement.", x.what)
	return 0
}

func parseIP(text string) (netip.Addr, bool) {
	ip, err := netip.ParseAddr(text)
	return ip, err == nil
}

// source reads an address and its options: usesrc and interface (configuration.txt 4.2, source). It returns how many
// words it took. what begins its messages and lacks the quote after the address.
func (b *Builder) source(l *config.Line, what string, rules config.AddressRules, words []config.Word) (*proxy.Source, int) {
	a, err := b.address(rules, nil).Parse(words[0].Value)
	if err != nil {
		l.Errorf(words[0], "%s %s' : %v", what, words[0].Value, err)
		return nil, 1
	}
	s := &proxy.Source{Addr: a}
	n := 1
	for n < len(words) {
		w, v := words[n], l.End()
		if n+1 < len(words) {
			v = words[n+1]
		}
		switch w.Value {
		case "interface":
			if v.Value == "" {
				l.Errorf(v, "%s' : missing interface name.", what)
				return nil, n + 1
			}
			s.Interface = v.Value
		case "usesrc":
			if !b.useSource(l, s, v) {
				return nil, n + 2
			}
		default:
			return s, n
		}
		n += 2
	}
	return s, n
}

// useSource reads the argument of usesrc.
func (b *Builder) useSource(l *config.Line, s *proxy.Source, v config.Word) bool {
	switch {
	case v.Value == "":
		l.Errorf(v, "'usesrc' expects <addr>[:<port>], 'client', or 'clientip' as argument.")
		return false
	case v.Value == "client":
		s.UseSrc = proxy.UseSrcClient
		return true
	case v.Value == "clientip":
		s.UseSrc = proxy.UseSrcClientIP
		return true
	case strings.HasPrefix(v.Value, "hdr_ip("):
		return useHeader(l, s, v)
	}
	a, err := b.address(config.SourceAddress, nil).Parse(v.Value)
	if err != nil {
		l.Errorf(v, "'usesrc %s' : %v", v.Value, err)
		return false
	}
	s.UseSrc, s.UseAddr = proxy.UseSrcAddr, a
	return true
}

// useHeader reads hdr_ip(name[,occurrence]), the last occurrence by default.
func useHeader(l *config.Line, s *proxy.Source, v config.Word) bool {
	inside, closed := strings.CutSuffix(strings.TrimPrefix(v.Value, "hdr_ip("), ")")
	name, occurrence, given := strings.Cut(inside, ",")
	s.UseSrc, s.HdrName, s.HdrOcc = proxy.UseSrcHdrIP, []byte(strings.ToLower(name)), -1
	if given {
		n, err := strconv.Atoi(occurrence)
		if err != nil {
			closed = false
		}
		s.HdrOcc = n
	}
	if !closed || name == "" {
		l.Errorf(v, "usesrc: '%s' is not of the form hdr_ip(<name>[,<occurrence>]).", v.Value)
		return false
	}
	return true
}
