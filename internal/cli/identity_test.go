package cli_test

import (
	"testing"

	"sluice/internal/proxy"
)

// TestMaintenanceClosesIdle: a server that goes out of service keeps no connections that nobody will use.
func TestMaintenanceClosesIdle(t *testing.T) {
	h := open(t)
	srv := h.snap.Proxies[2].Servers[0]
	for _, command := range []string{"disable server be/s1", "set server be/s1 state maint"} {
		h.run("set server be/s1 state ready")
		h.fetch("/hello")
		until(t, "an idle connection", func() bool { return srv.State.Idle.Load() == 1 })
		h.run(command)
		if n := srv.State.Idle.Load(); n != 0 {
			t.Errorf("%s: %d idle", command, n)
		}
	}
}

// TestServerTLS holds what changes with the use of TLS, besides the answers that scripts look at.
func TestServerTLS(t *testing.T) {
	h := open(t)
	srv := h.snap.Proxies[2].Servers[0]
	before := srv.State.Addr.Load()
	if got := h.run("set server be/s1 ssl on"); got != "'set server <srv> ssl' cannot be set.  default-server should define ssl settings\n" {
		t.Errorf("%q", got)
	}
	srv.TLS = unsecured{}
	if got := h.run("set server be/s1 ssl on"); got != "server ssl setting updated.\n" || !srv.Secured() {
		t.Errorf("%q", got)
	}
	if after := srv.State.Addr.Load(); after == before || *after != *before {
		t.Error("connections of before are not told from those of after")
	}
	h.run("set server be/s1 ssl off")
	if srv.Secured() || srv.State.UseTLS.Load() != 0 {
		t.Error("still on")
	}
}

type unsecured struct{}

func (unsecured) Secure(*proxy.Handshake) error { return nil }
