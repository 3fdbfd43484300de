package secure

import (
	"bytes"
	"crypto/hkdf"
	"crypto/sha256"
	"crypto/sha512"
	"crypto/tls"
	"encoding/hex"
	"hash"
	"net"
	"testing"
	"time"

	"sluice/internal/loop"
	"sluice/internal/proxy"
)

// startLoop starts a loop that ends with the test.
func startLoop(t testing.TB, form loop.Form) *loop.Loop {
	t.Helper()
	g, err := loop.New(loop.Options{Form: form, OnPanic: func(_ *loop.Loop, v any, stack []byte) { t.Errorf("panic: %v\n%s", v, stack) }})
	if err != nil {
		t.Fatal(err)
	}
	g.Start()
	t.Cleanup(func() {
		g.Stop()
		g.Wait()
	})
	return g.Loops()[0]
}

// onTask runs fn as a task and waits for its end.
func onTask(l *loop.Loop, fn func(t *loop.Task)) {
	done := make(chan struct{})
	l.PostSpawn(loop.RunFunc(func(t *loop.Task) {
		defer close(done)
		fn(t)
	}))
	<-done
}

// netSocket is a connection for a loop in either form.
func netSocket(_ testing.TB, c net.Conn) loop.Socket { return loop.Socket{FD: -1, Net: c} }

// benchFront is the TLS of a bind line with one certificate.
func benchFront(t testing.TB) *Front {
	t.Helper()
	c, err := NewStore().Certificate(write(t, t.TempDir(), "own", newAuthority(t).issue(t, false, time.Now().Add(time.Hour), "own")))
	if err != nil {
		t.Fatal(err)
	}
	f, _, err := NewFront(&Settings{}, []Use{{Cert: c}}, NewSessions())
	if err != nil {
		t.Fatal(err)
	}
	return f
}

// secured puts TLS on a socket.
func secured(t testing.TB, l *loop.Loop, f *Front, near loop.Socket) *loop.Conn {
	t.Helper()
	c := new(loop.Conn)
	var state proxy.TLSState
	onTask(l, func(a *loop.Task) {
		if err := l.OpenSocket(c, near); err != nil {
			t.Error(err)
			return
		}
		if err := f.Secure(&proxy.Handshake{Conn: c, Task: a, Deadline: l.After(patience), State: &state}); err != nil {
			t.Error(err)
		}
	})
	if _, own := c.Layered().(*recordLayer); !own || state.Conn != nil || state.Version() != "TLSv1.3" {
		t.Fatalf("the layer is %T, of %s", c.Layered(), state.Version())
	}
	return c
}

// over shakes hands between a connection of a loop and a client of crypto/tls.
func over(t testing.TB, l *loop.Loop, f *Front, socket func(testing.TB, net.Conn) loop.Socket) (c *loop.Conn, client *tls.Conn, end func()) {
	t.Helper()
	left, right := pair(t)
	client = tls.Client(right, &tls.Config{InsecureSkipVerify: true})
	shaken := make(chan error, 1)
	go func() { shaken <- client.Handshake() }()
	c = secured(t, l, f, socket(t, left))
	if err := <-shaken; err != nil {
		t.Fatal(err)
	}
	return c, client, func() { right.Close() }
}

// TestKeysAreThoseOfHKDF compares the derivation of keys with that of crypto/hkdf.
func TestKeysAreThoseOfHKDF(t *testing.T) {
	for i, h := range []func() hash.Hash{sha256.New, sha512.New384} {
		u := &aesSuites[i]
		secret := bytes.Repeat([]byte{7, 9}, u.size/2)
		for _, label := range []string{labelKey, labelIV, labelUpdate} {
			for _, size := range []int{1, ivSize, u.key, u.size} {
				want, err := hkdf.Expand(h, secret, string([]byte{0, byte(size)})+label, size)
				if err != nil {
					t.Fatal(err)
				}
				got := make([]byte, size)
				u.expand(secret, label, got)
				if !bytes.Equal(got, want) {
					t.Errorf("suite %x, label %q, %d bytes: %x, want %x", u.id, label, size, got, want)
				}
			}
		}
	}
}

// TestKeysOfRFC8448 takes the keys of the server in the simple handshake of RFC 8448 3 from its secret.
func TestKeysOfRFC8448(t *testing.T) {
	secret, _ := hex.DecodeString("a11af9f05531f856ad47116b45a950328204b4f44bfb6b3a4b4f1f3fcb631643")
	var key [16]byte
	var iv [ivSize]byte
	aesSuites[0].expand(secret, labelKey, key[:])
	aesSuites[0].expand(secret, labelIV, iv[:])
	if k, v := hex.EncodeToString(key[:]), hex.EncodeToString(iv[:]); k != "9f02283b6c9c07efc26bb9f2ac92e356" || v != "cf782b88dd83549aadf1e984" {
		t.Error(k, v)
	}
}
