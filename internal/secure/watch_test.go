package secure

import (
	"bytes"
	"crypto/sha256"
	"crypto/tls"
	"encoding/hex"
	"errors"
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

// A session of TLSv1.2 with a ticket has no id for the server, unless the client names one to have it resumed; for the client the
// hash of the last ticket stands for it. A session of TLSv1.3 has the number that stands in the hellos.
func TestWatchedSessionID(t *testing.T) {
	wants := &proxy.TLSWants{Session: true}
	for _, version := range []uint16{tls.VersionTLS12, tls.VersionTLS13} {
		g := newStage(t, &Settings{Wants: wants}, "a")
		known := tls.NewLRUClientSessionCache(1)
		var ids [2][2][]byte
		for i := range ids {
			left, right := pair(t)
			in, out := watch(left, new(proxy.TLSState), true), watch(right, new(proxy.TLSState), false)
			server := tls.Server(in, g.front.now.Load().base)
			client := tls.Client(out, &tls.Config{ServerName: "a", InsecureSkipVerify: true, MaxVersion: version, ClientSessionCache: known})
			in.state.Conn, out.state.Conn = server, client
			done := greet(server)
			_, err := client.Read(make([]byte, 1))
			if err := errors.Join(err, <-done); err != nil {
				t.Fatal(err)
			}
			if got := client.ConnectionState().DidResume; got != (i == 1) {
				t.Fatalf("%x: connection %d resumed: %v", version, i, got)
			}
			in.end(wants)
			out.end(wants)
			if session, ok := known.Get("a"); ok && version == tls.VersionTLS12 {
				ticket, _, err := session.ResumptionState()
				if id := sha256.Sum256(ticket); err != nil || !bytes.Equal(out.state.Seen.SessionID, id[:]) {
					t.Errorf("TLSv1.2: id %x, want %x, %v", out.state.Seen.SessionID, id, err)
				}
			}
			ids[i] = [2][]byte{in.state.Seen.SessionID, out.state.Seen.SessionID}
			left.Close()
			right.Close()
		}
		front, back := [2][]byte{ids[0][0], ids[1][0]}, [2][]byte{ids[0][1], ids[1][1]}
		if version == tls.VersionTLS12 {
			if front[0] != nil || len(front[1]) != 32 || len(back[0]) != 32 {
				t.Errorf("TLSv1.2: ids %x", ids)
			}
			continue
		}
		if len(front[0]) != 32 || !bytes.Equal(front[0], back[0]) || !bytes.Equal(front[1], back[1]) || bytes.Equal(front[0], front[1]) {
			t.Errorf("TLSv1.3: ids %x", ids)
		}
	}
}
