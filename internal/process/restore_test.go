package process

import (
	"net/netip"
	"strings"
	"testing"

	"sluice/internal/balance"
	"sluice/internal/proxy"
)

func TestParseState(t *testing.T) {
	const whole = "2 b 1 s 10.0.0.1 0 8 3 10 100 8 2 1 2 18 0 0 a.b 80 - 0 81 10.0.0.2 ::1 82"
	s, err := parseState(whole)
	want := stateLine{backend: "b", server: "s", Restored: balance.Restored{Oper: proxy.OperStopped, Admin: proxy.AdminForcedDrain,
		Weight: 3, Initial: 10, Since: 100, Outcome: proxy.OutcomeL4Con, Health: 1, NoCheck: true, NoAgent: true, Host: "a.b",
		Addr: netip.MustParseAddr("10.0.0.1"), Port: 80, CheckPort: 81, AgentPort: 82,
		CheckAddr: netip.MustParseAddr("10.0.0.2"), AgentAddr: netip.MustParseAddr("::1")}}
	if err != nil || s != want {
		t.Errorf("%+v, %v; want %+v", s, err, want)
	}
	fields := strings.Fields(whole)
	for n := range fields {
		if _, err := parseState(strings.Join(fields[:n], " ")); (err == nil) != (n >= fewestOfState) {
			t.Errorf("%d fields: %v", n, err)
		}
	}
	for _, c := range []struct {
		field int
		value string
		wrong string
	}{
		{stateOper, "9", "invalid srv_op_state value '9'"},
		{stateOper, "-1", "invalid srv_op_state value '-1'"},
		{stateWeight, "257", "invalid srv_uweight value '257'"},
		{statePort, "x", "invalid srv_port value 'x'"},
		{stateStatus, "99", "invalid srv_check_status value '99'"},
	} {
		f := strings.Fields(whole)
		f[c.field] = c.value
		if _, err := parseState(strings.Join(f, " ")); err == nil || err.Error() != c.wrong {
			t.Errorf("%s: %v, want %s", c.value, err, c.wrong)
		}
	}
}

// TestRestoredTLS: what a file says of TLS counts where the configuration has prepared it.
func TestRestoredTLS(t *testing.T) {
	for _, c := range []struct {
		word string
		use  int32
	}{{"1", 1}, {"0", 0}, {"-1", -1}, {"2", -1}} {
		f := strings.Fields("2 b 1 s 127.0.0.1 2 0 1 1 100 6 3 4 6 0 0 0 - 80 - 0 0 - - 0")
		f[stateTLS] = c.word
		line, err := parseState(strings.Join(f, " "))
		if err != nil {
			t.Fatal(err)
		}
		p := &proxy.Proxy{State: proxy.NewState(1)}
		for _, prepared := range []bool{true, false} {
			srv := &proxy.Server{Weight: 1, Proxy: p, NoTLS: prepared}
			if prepared {
				srv.TLS = ready{}
			}
			p.Servers = []*proxy.Server{srv}
			srv.State = proxy.NewServerState(srv, 1)
			if p.Balancer, err = balance.New(p); err != nil {
				t.Fatal(err)
			}
			balance.Restore(srv, &line.Restored, balance.Moment{})
			want := c.use
			if !prepared {
				want = 0
			}
			if got := srv.State.UseTLS.Load(); got != want {
				t.Errorf("%s, prepared %v: %d", c.word, prepared, got)
			}
		}
	}
}

type ready struct{}

func (ready) Secure(*proxy.Handshake) error { return nil }

// FuzzParseState takes any line.
func FuzzParseState(f *testing.F) {
	f.Add("2 b 1 s 127.0.0.1 2 0 1 1 100 6 3 4 6 0 0 0 - 80 - 0 0 - - 0")
	f.Fuzz(func(t *testing.T, line string) {
		if s, err := parseState(line); err == nil && (s.Weight > balance.MaxWeight || s.Oper > proxy.OperStopping || s.Health < 0) {
			t.Errorf("%+v", s)
		}
	})
}
