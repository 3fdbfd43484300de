package config

import (
	"errors"
	"fmt"
	"net/netip"
	"strings"
	"testing"

	"sluice/internal/proxy"
)

// addresses are addresses, where they stand, and what comes of them: an error in the words of HAProxy 3.5, or a summary.
var addresses = []struct {
	text  string
	rules AddressRules
	want  string
}{
	{":80", BindAddress, "4 0.0.0.0 80-80"},
	{"*:80", BindAddress, "4 0.0.0.0 80-80"},
	{"127.0.0.1:80-90", BindAddress, "4 127.0.0.1 80-90"},
	{":80,:81", BindAddress, "4 0.0.0.0 80-80, 4 0.0.0.0 81-81"},
	{":80,", BindAddress, "4 0.0.0.0 80-80"},
	{"127.0.0.1:080", BindAddress, "4 127.0.0.1 80-80"},
	{"1.2.3:80", BindAddress, "4 1.2.0.3 80-80"},
	{"[::1]:80", BindAddress, "6 ::1 80-80"},
	{"::1:80", BindAddress, "6 ::1 80-80"},
	{":::80", BindAddress, "6 :: 80-80"},
	{"[127.0.0.1]:80", BindAddress, "4 127.0.0.1 80-80"},
	{"ipv4@:80", BindAddress, "4 0.0.0.0 80-80"},
	{"ipv6@:80", BindAddress, "6 :: 80-80"},
	{"ipv6@::1:80", BindAddress, "6 ::1 80-80"},
	{"ip@127.0.0.1:80", BindAddress, "4 127.0.0.1 80-80"},
	{"tcp@127.0.0.1:80", BindAddress, "4 127.0.0.1 80-80"},
	{"tcp6@::1:80", BindAddress, "6 ::1 80-80"},
	{"mptcp4@127.0.0.1:80", BindAddress, "4 127.0.0.1 80-80 mptcp"},
	{"stream+ipv4@127.0.0.1:80", BindAddress, "4 127.0.0.1 80-80"},
	{"/tmp/x", BindAddress, "unix /tmp/x"},
	{"unix@x", BindAddress, "unix x"},
	{"uxst@/tmp/x", BindAddress, "unix /tmp/x"},
	{"abns@foo", BindAddress, "abns foo"},
	{"abnsz@foo", BindAddress, "abnsz foo"},
	{"127.0.0.1:80,/tmp/x,abns@f", BindAddress, "4 127.0.0.1 80-80, unix /tmp/x, abns f"},
	{"fd@3", BindAddress, "fd 3"},
	{"sockpair@3", BindAddress, "sockpair 3"},
	{"localhost:80", BindAddress, "4 127.0.0.1 80-80"},
	{"quic4@127.0.0.1:80", BindAddress | QUICAddress, "4 127.0.0.1 80-80 quic"},

	{"$H:$P", BindAddress, "4 127.0.0.1 81-81"},
	{"${H}:80-${P}", BindAddress, "4 127.0.0.1 80-81"},
	{"$HP,${H:80", BindAddress, "4 127.0.0.1 82-82, 4 127.0.0.1 80-80"},
	{"$NOPE:80", BindAddress, "4 0.0.0.0 80-80"},
	{"$:80", BindAddress, "4 0.0.0.0 80-80"},
	{"$U", BindAddress, "unix /tmp/x"},
	{"tcp@$HP", BindAddress, "4 127.0.0.1 82-82"},
	{"$NOPE:$NOPE", ServerAddress, "4 0.0.0.0 +0"},
	{"$NOPE", BindAddress, "'$NOPE' resolves to an empty address (environment variable missing?)"},
	{"$L", BindAddress, "invalid address: ':83,' in '$L'"},
	{"$H", BindAddress, "missing port specification in '$H'"},
	{"\\$H:80", BindAddress, "invalid address: '\\127.0.0.1' in '\\$H:80'"},
	{"${NOPE-1.2.3.4}:80", BindAddress, "invalid address: '-1.2.3.4}' in '${NOPE-1.2.3.4}:80'"},
	{":::65016--1024", BindAddress, "invalid port '-1024'"},

	{"127.0.0.1", BindAddress, "missing port specification in '127.0.0.1'"},
	{"[::1]", BindAddress, "missing port specification in '[::1]'"},
	{"80", BindAddress, "missing port specification in '80'"},
	{"tcp@/tmp/x", BindAddress, "missing port specification in 'tcp@/tmp/x'"},
	{"127.0.0.1:90-80", BindAddress, "invalid port range '90-80'"},
	{",:80", BindAddress, "'' resolves to an empty address (environment variable missing?)"},
	{":80,,:81", BindAddress, "'' resolves to an empty address (environment variable missing?)"},
	{"::1", BindAddress, "invalid address: ':' in '::1'"},
	{"fe80::1%lo:80", BindAddress, "invalid address: 'fe80::1%lo' in 'fe80::1%lo:80'"},
	{"ipv4@::1:80", BindAddress, "invalid address: '::1' in 'ipv4@::1:80'"},
	{"ipv6@127.0.0.1:80", BindAddress, "invalid address: '127.0.0.1' in 'ipv6@127.0.0.1:80'"},
	{"foo+ipv4@127.0.0.1:80", BindAddress, "invalid address: 'foo+ipv4@127.0.0.1' in 'foo+ipv4@127.0.0.1:80'"},
	{"IPV4@127.0.0.1:80", BindAddress, "invalid address: 'IPV4@127.0.0.1' in 'IPV4@127.0.0.1:80'"},
	{"[::1:80", BindAddress, "invalid address: '[::1' in '[::1:80'"},
	{"300.1.1.1:80", BindAddress, "invalid address: '300.1.1.1' in '300.1.1.1:80'"},
	{"nosuchhost.invalid:80", BindAddress, "invalid address: 'nosuchhost.invalid' in 'nosuchhost.invalid:80'"},
	{"udp@127.0.0.1:80", BindAddress, "dgram-type address not acceptable in 'udp@127.0.0.1:80'"},
	{"uxdg@/tmp/x", BindAddress, "dgram-type address not acceptable in 'uxdg@/tmp/x'"},
	{"dgram+ipv4@127.0.0.1:80", BindAddress, "dgram-type address not acceptable in 'dgram+ipv4@127.0.0.1:80'"},
	{"quic4@127.0.0.1:80", BindAddress, "unsupported stream protocol for datagram family 2 address 'quic4@127.0.0.1:80'; QUIC is not compiled in if this is what you were looking for."},
	{"quic6@::1:80", BindAddress, "unsupported stream protocol for datagram family 10 address 'quic6@::1:80'; QUIC is not compiled in if this is what you were looking for."},
	{"fd@", BindAddress, "file descriptor '' is not a valid integer in 'fd@'"},
	{"fd@-1", BindAddress, "file descriptor '-1' is not a valid integer in 'fd@-1'"},
	{"fd@3x", BindAddress, "file descriptor '3x' is not a valid integer in 'fd@3x'"},
	{"sockpair@x", BindAddress, "file descriptor 'x' is not a valid integer in 'sockpair@x'"},
	{"fd@9", BindAddress, "cannot use file descriptor '9' : Bad file descriptor."},
	{"127.0.0.1:0", BindAddress, "invalid port '0'"},
	{"127.0.0.1:65536", BindAddress, "invalid port '65536'"},
	{"127.0.0.1:+1", BindAddress, "port offset not permitted here in '127.0.0.1:+1'"},
	{"127.0.0.1:-80", BindAddress, "port offset not permitted here in '127.0.0.1:-80'"},
	{"127.0.0.1:80x", BindAddress, "invalid character 'x' in port number '80x' in '127.0.0.1:80x'"},
	{"127.0.0.1:80-", BindAddress, "invalid port ''"},
	{"127.0.0.1:80-90-100", BindAddress, "invalid character '-' in port number '90-100' in '127.0.0.1:80-90-100'"},
	{"/" + strings.Repeat("a", 97), BindAddress, "socket path '/" + strings.Repeat("a", 97) + "' too long (max 97)"},
	{"abns@" + strings.Repeat("a", 108), BindAddress, "socket path 'abns@" + strings.Repeat("a", 108) + "' too long (max 107)"},

	{"127.0.0.1", ServerAddress, "4 127.0.0.1 +0"},
	{"127.0.0.1:", ServerAddress, "4 127.0.0.1 +0"},
	{"*", ServerAddress, "4 0.0.0.0 +0"},
	{"127.0.0.1:80", ServerAddress, "4 127.0.0.1 80-80"},
	{"127.0.0.1:0", ServerAddress, "4 127.0.0.1 0-0"},
	{"127.0.0.1:+1", ServerAddress, "4 127.0.0.1 +1"},
	{"[::1]:-10", ServerAddress, "6 ::1 -10"},
	{"nosuchhost.invalid:80", ServerAddress, "late nosuchhost.invalid 80-80"},
	{"ring@foo", ServerAddress, "late ring@foo +0"},
	{"127.0.0.1:80-90", ServerAddress, "port range not permitted here in '127.0.0.1:80-90'"},
	{"fd@3", ServerAddress, "a file descriptor is not acceptable here in 'fd@3'"},
	{"127.0.0.1:+x", ServerAddress, "invalid character 'x' in port number 'x' in '127.0.0.1:+x'"},
	{"127.0.0.1:65536", ServerAddress, "invalid port '65536'"},

	{"127.0.0.1", LogAddress, "4 127.0.0.1 0-0 dgram"},
	{"/dev/log", LogAddress, "unix /dev/log dgram"},
	{"tcp@127.0.0.1:514", LogAddress, "4 127.0.0.1 514-514"},
	{"fd@1", LogAddress, "fd 1 dgram"},
	{"127.0.0.1:1-2", LogAddress, "port range not permitted here in '127.0.0.1:1-2'"},
	{"127.0.0.1:80-82", DgramBindAddress, "4 127.0.0.1 80-82 dgram"},
	{"tcp@127.0.0.1:80", DgramBindAddress, "stream-type address not acceptable in 'tcp@127.0.0.1:80'"},
	{"quic4@127.0.0.1:80", DgramBindAddress, "stream-type address not acceptable in 'quic4@127.0.0.1:80'"},
	{"127.0.0.1", NameserverAddress, "missing port specification in '127.0.0.1'"},
	{"127.0.0.1:0", NameserverAddress, "invalid port '0'"},
	{"127.0.0.1:0", SourceAddress, "4 127.0.0.1 0-0"},
	{"udp@127.0.0.1", SourceAddress, "dgram-type address not acceptable in 'udp@127.0.0.1'"},
}

// summary puts an address into words.
func summary(a proxy.Addr) string {
	var s string
	switch {
	case a.Family == proxy.FamUnix:
		s = "unix " + a.Path
	case a.Family == proxy.FamAbns:
		s = "abns " + a.Path
	case a.Family == proxy.FamAbnsz:
		s = "abnsz " + a.Path
	case a.Family == proxy.FamFD:
		s = fmt.Sprintf("fd %d", a.FD)
	case a.Family == proxy.FamSockpair:
		s = fmt.Sprintf("sockpair %d", a.FD)
	default:
		host := "late " + a.Host
		if a.IP.IsValid() {
			host = map[bool]string{true: "4 ", false: "6 "}[a.IP.Is4()] + a.IP.String()
		}
		if s = fmt.Sprintf("%s %d-%d", host, a.Port, a.PortHi); a.PortRel {
			s = fmt.Sprintf("%s %+d", host, a.Port)
		}
	}
	if a.Proto != "" {
		s += " " + a.Proto
	}
	if a.Dgram {
		s += " dgram"
	}
	return s
}

func testAddresses(rules AddressRules) *AddressParser {
	return &AddressParser{
		Rules: rules,
		Env:   NewEnv([]string{"H=127.0.0.1", "P=81", "HP=127.0.0.1:82", "L=:83,:84", "U=/tmp/x"}),
		Resolve: func(host string, _ proxy.Family) (netip.Addr, error) {
			if host == "localhost" {
				return netip.MustParseAddr("127.0.0.1"), nil
			}
			return netip.Addr{}, errors.New("no such host")
		},
		Socket: func(fd int) error {
			if fd == 9 {
				return errors.New("Bad file descriptor")
			}
			return nil
		},
	}
}

func TestAddresses(t *testing.T) {
	for _, c := range addresses {
		list, err := testAddresses(c.rules).ParseList(c.text)
		var got []string
		for _, a := range list {
			got = append(got, summary(a))
		}
		if text := strings.Join(got, ", "); err != nil && err.Error() != c.want || err == nil && text != c.want {
			t.Errorf("%s (%b): %s %v, want %s", c.text, c.rules, text, err, c.want)
		}
	}
}

func TestPathPrefixCountsForTheLength(t *testing.T) {
	p := testAddresses(BindAddress)
	p.PathPrefix = 50
	if _, err := p.Parse("/" + strings.Repeat("a", 46)); err != nil {
		t.Error(err)
	}
	if _, err := p.Parse("/" + strings.Repeat("a", 47)); err == nil {
		t.Error("a path that does not fit behind its prefix is accepted")
	}
}

func TestNamesResolveToTheFamilyOfThePrefix(t *testing.T) {
	p := testAddresses(BindAddress)
	if _, err := p.Parse("ipv6@localhost:80"); err == nil {
		t.Error("an IPv4 address is accepted for ipv6@")
	}
	a, err := p.Parse("ipv4@localhost:80")
	if err != nil || a.Host != "localhost" || !a.IP.Is4() {
		t.Errorf("%+v %v", a, err)
	}
}
