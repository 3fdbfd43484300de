package listener

import (
	"net/netip"
	"testing"

	"sluice/internal/proxy"
)

// TestSmartAccept holds who saves the packet that acknowledges a client's first bytes: frontends in HTTP mode unless a line
// forbids it, others where a line asks for it (configuration.txt, option tcp-smart-accept).
func TestSmartAccept(t *testing.T) {
	for _, c := range []struct {
		name string
		mode proxy.Mode
		has  proxy.Options
		want bool
	}{
		{"http", proxy.ModeHTTP, 0, true},
		{"http, no option", proxy.ModeHTTP, proxy.OptNoTCPSmartAccept, false},
		{"tcp", proxy.ModeTCP, 0, false},
		{"tcp, option", proxy.ModeTCP, proxy.OptTCPSmartAccept, true},
	} {
		p := &proxy.Proxy{Settings: proxy.Settings{Mode: c.mode, Options: c.has}}
		b := &proxy.Bind{Proxy: p, Addr: proxy.Addr{Family: proxy.FamIPv4, IP: netip.IPv4Unspecified()}}
		s, err := Spec(b, &proxy.Global{})
		if err != nil || s.NoQuickAck != c.want {
			t.Errorf("%s: %v, %v", c.name, s.NoQuickAck, err)
		}
	}
}
