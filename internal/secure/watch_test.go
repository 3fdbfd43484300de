package secure

import (
	"bytes"
	"crypto/tls"
	"encoding/hex"
	"testing"

	"sluice/internal/proxy"
)

// Both sides of a handshake keep the same random numbers and secrets, and the server the lists of the hello.
func TestWatchedHandshake(t *testing.T) {
	for _, version := range []uint16{tls.VersionTLS12, tls.VersionTLS13} {
		wants := &proxy.TLSWants{Hello: 1000, Randoms: true, Master: true, Log: true}
		g := newStage(t, &Settings{Wants: wants}, "a")
		left, right := pair(t)
		front, back := new(proxy.TLSState), new(proxy.TLSState)
		in, out := watch(left, front, true), watch(right, back, false)
		done := make(chan error, 1)
		go func() { done <- tls.Server(in, g.front.now.Load().base).Handshake() }()
		client := tls.Client(out, &tls.Config{ServerName: "a", InsecureSkipVerify: true, MaxVersion: version, KeyLogWriter: keyLog{back.Seen, wants, nil}})
		if err := client.Handshake(); err != nil {
			t.Fatal(err)
		}
		if err := <-done; err != nil {
			t.Fatal(err)
		}
		in.end(wants)
		out.end(wants)
		left.Close()
		right.Close()
		a, b := front.Seen, back.Seen
		if len(a.ClientRandom) != 32 || len(a.ServerRandom) != 32 || !bytes.Equal(a.ClientRandom, b.ClientRandom) || !bytes.Equal(a.ServerRandom, b.ServerRandom) {
			t.Errorf("%x: random numbers %x %x, %x %x", version, a.ClientRandom, a.ServerRandom, b.ClientRandom, b.ServerRandom)
		}
		if version == tls.VersionTLS12 && (len(a.Master) != 48 || !bytes.Equal(a.Master, b.Master)) {
			t.Errorf("master %s, %s", hex.EncodeToString(a.Master), hex.EncodeToString(b.Master))
		}
		if version == tls.VersionTLS13 && (len(a.Secrets[proxy.ClientTrafficSecret]) < 64 || a.Version != 0x0303 || len(a.Versions) == 0) {
			t.Errorf("secrets %s, version %x, versions %x", a.Secrets, a.Version, a.Versions)
		}
		if len(a.Ciphers) == 0 || len(a.Extensions) == 0 || len(a.Curves) == 0 || len(a.Signatures) == 0 {
			t.Errorf("%x: %+v", version, a)
		}
	}
}
