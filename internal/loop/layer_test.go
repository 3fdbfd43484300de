package loop

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"io"
	"math/big"
	"net"
	"testing"
	"time"
)

// certificate makes a self-signed certificate.
func certificate(t *testing.T) tls.Certificate {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{SerialNumber: big.NewInt(1), DNSNames: []string{"test"}, NotAfter: time.Now().Add(time.Hour)}
	der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	if err != nil {
		t.Fatal(err)
	}
	return tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key}
}

// secure shakes hands with the far end of c, which a goroutine does as a client, and puts TLS over c.
func secure(t *testing.T, a *Task, c *Conn, far net.Conn, config *tls.Config) *tls.Conn {
	t.Helper()
	client := tls.Client(far, &tls.Config{InsecureSkipVerify: true})
	shaken := make(chan error, 1)
	go func() { shaken <- client.Handshake() }()
	w := c.Below()
	w.Bind(a, a.Loop().After(patience))
	server := tls.Server(w, config)
	if err := server.Handshake(); err != nil {
		t.Fatal(err)
	}
	c.SetLayer(server)
	if err := receive(t, shaken); err != nil {
		t.Fatal(err)
	}
	return client
}

// TestTLSEcho moves much in both directions through the ordinary methods of a connection.
func TestTLSEcho(t *testing.T) {
	config := &tls.Config{Certificates: []tls.Certificate{certificate(t)}}
	forms(t, func(t *testing.T, l *Loop) {
		var c Conn
		far := pair(t, l, &c)
		want := bytes.Repeat([]byte("over tls "), 100_000)
		clientErr := make(chan error, 1)
		task(l, func(a *Task) {
			client := secure(t, a, &c, far, config)
			go func() {
				go client.Write(want)
				got := make([]byte, len(want))
				_, err := io.ReadFull(client, got)
				if err == nil && !bytes.Equal(got, want) {
					err = errors.New("other bytes came back")
				}
				client.Close()
				clientErr <- err
			}()
			b := make([]byte, 20_000)
			for {
				n, err := c.Read(a, b, l.After(patience))
				if err == io.EOF {
					break
				}
				if err != nil {
					t.Error(err)
					break
				}
				if _, err := c.Writev(a, b[:n/2], b[n/2:n], l.After(patience)); err != nil {
					t.Error(err)
					break
				}
			}
			c.Close()
		})
		if err := receive(t, clientErr); err != nil {
			t.Error(err)
		}
	})
}

// TestTLSCloseDelivers closes a connection whose peer reads only afterwards: everything that was taken still arrives,
// and an end that is one.
func TestTLSCloseDelivers(t *testing.T) {
	config := &tls.Config{Certificates: []tls.Certificate{certificate(t)}}
	forms(t, func(t *testing.T, l *Loop) {
		var c Conn
		far := pair(t, l, &c)
		var client *tls.Conn
		sent := 0
		task(l, func(a *Task) {
			client = secure(t, a, &c, far, config)
			piece := make([]byte, 100_000)
			for range 1000 {
				n, err := c.TryWrite(piece)
				sent += n
				if err == ErrAgain {
					break
				}
				if err != nil {
					t.Error(err)
				}
			}
			if c.Writable() {
				t.Error("the connection took everything: the test shows nothing")
			}
			c.Close()
			if c.IsOpen() {
				t.Error("open after Close")
			}
		})
		n, err := io.Copy(io.Discard, client)
		if int(n) != sent || err != nil {
			t.Errorf("%d of %d bytes arrived: %v", n, sent, err)
		}
	})
}

// TestTLSKeepsLittle writes to a peer that does not read: the layer keeps no more than one call gives it.
func TestTLSKeepsLittle(t *testing.T) {
	config := &tls.Config{Certificates: []tls.Certificate{certificate(t)}}
	forms(t, func(t *testing.T, l *Loop) {
		var c Conn
		far := pair(t, l, &c)
		task(l, func(a *Task) {
			secure(t, a, &c, far, config)
			piece := make([]byte, 1<<20)
			for {
				if n, err := c.TryWrite(piece); err != nil || n == 0 {
					break
				}
			}
			if n := len(c.a.below.kept); n > mostLayered+mostLayered/16 {
				t.Errorf("%d bytes are kept", n)
			}
			c.Reset()
		})
	})
}

// quiet counts how often an idle connection is taken up.
type quiet struct {
	c     *Conn
	calls int
}

func (q *quiet) Ready(*Conn) { q.calls++ }

// TestTLSIdle expects that a layer's own messages leave an idle connection alone, and that bytes and the end do not.
func TestTLSIdle(t *testing.T) {
	config := &tls.Config{Certificates: []tls.Certificate{certificate(t)}}
	forms(t, func(t *testing.T, l *Loop) {
		var c Conn
		far := pair(t, l, &c)
		q := &quiet{c: &c}
		task(l, func(a *Task) {
			// The client's side of TLS is the one that gets messages nobody asked for: session tickets.
			server := tls.Server(far, config)
			shaken := make(chan error, 1)
			go func() { shaken <- server.Handshake() }()
			w := c.Below()
			w.Bind(a, l.After(patience))
			client := tls.Client(w, &tls.Config{InsecureSkipVerify: true, ClientSessionCache: tls.NewLRUClientSessionCache(1)})
			if err := client.Handshake(); err != nil {
				t.Fatal(err)
			}
			c.SetLayer(client)
			if err := receive(t, shaken); err != nil {
				t.Fatal(err)
			}
			c.SetIdle(q)
			a.Yield()
			if c.Readable() || q.calls != 0 {
				t.Errorf("a ticket woke the idle connection %d times", q.calls)
			}
			go server.Write([]byte("x"))
			for end := l.After(patience); q.calls == 0 && l.Now() < end; {
				a.Sleep(time.Millisecond)
			}
			var b [4]byte
			if n, err := c.TryRead(b[:]); n != 1 || b[0] != 'x' || err != nil {
				t.Error(n, err)
			}
			if _, err := c.TryRead(b[:]); err != ErrAgain {
				t.Error(err)
			}
			go server.Close()
			if _, err := c.Read(a, b[:], l.After(patience)); err != io.EOF {
				t.Error(err)
			}
			if _, err := c.Detach(); err == nil {
				t.Error("a connection with a layer was detached")
			}
			c.Close()
		})
		if q.calls != 1 {
			t.Errorf("woken %d times", q.calls)
		}
	})
}
