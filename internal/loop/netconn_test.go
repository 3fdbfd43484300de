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
	"os"
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

// TestTLSInATask echoes over crypto/tls in a task, reading without waiting between: with the NetConn bound to no task,
// tls.Conn.Read says that it would block, and goes on later where it was.
func TestTLSInATask(t *testing.T) {
	config := &tls.Config{Certificates: []tls.Certificate{certificate(t)}}
	forms(t, func(t *testing.T, l *Loop) {
		var c Conn
		far := pair(t, l, &c)
		want := bytes.Repeat([]byte("over tls "), 100_000)
		clientErr := make(chan error, 1)
		go func() {
			client := tls.Client(far, &tls.Config{InsecureSkipVerify: true})
			go client.Write(want)
			got := make([]byte, len(want))
			_, err := io.ReadFull(client, got)
			if err == nil && !bytes.Equal(got, want) {
				err = errors.New("other bytes came back")
			}
			client.Close()
			clientErr <- err
		}()
		task(l, func(a *Task) {
			nc := &NetConn{Conn: &c}
			nc.Bind(a)
			nc.SetDeadline(time.Now().Add(patience))
			server := tls.Server(nc, config)
			if err := server.Handshake(); err != nil {
				t.Error(err)
				return
			}
			b := make([]byte, 20_000)
			blocked := 0
			for {
				nc.BindRead(nil)
				n, err := server.Read(b)
				if errors.Is(err, ErrAgain) {
					blocked++
					if cause := c.WaitReadable(a, l.After(patience)); cause != Ready {
						t.Error(cause)
						return
					}
					continue
				}
				if err != nil {
					if err != io.EOF {
						t.Error(err)
					}
					break
				}
				if _, err := server.Write(b[:n]); err != nil {
					t.Error(err)
					return
				}
			}
			if blocked == 0 {
				t.Error("no read ever would have blocked: the test shows nothing")
			}
			server.Close()
		})
		if err := receive(t, clientErr); err != nil {
			t.Error(err)
		}
	})
}

func TestNetConn(t *testing.T) {
	forms(t, func(t *testing.T, l *Loop) {
		var c Conn
		far := pair(t, l, &c)
		task(l, func(a *Task) {
			addr := &net.TCPAddr{Port: 1}
			nc := &NetConn{Conn: &c, Local: addr, Remote: addr}
			if nc.LocalAddr() != addr || nc.RemoteAddr() != addr {
				t.Error("addresses")
			}
			var ne net.Error
			if _, err := nc.Read(make([]byte, 1)); !errors.As(err, &ne) || !ne.Timeout() || !errors.Is(err, ErrAgain) || err.Error() == "" {
				t.Error(err)
			}
			if n, err := nc.Write([]byte("unbound")); n != 7 || err != nil {
				t.Error(n, err)
			}
			nc.BindRead(a)
			nc.BindWrite(a)
			for name, set := range map[string]func(){
				"SetDeadline":             func() { nc.SetDeadline(time.Now().Add(2 * time.Millisecond)) },
				"SetReadDeadline":         func() { nc.SetReadDeadline(time.Now().Add(2 * time.Millisecond)) },
				"SetDeadlines":            func() { nc.SetDeadlines(l.After(2*time.Millisecond), NoDeadline) },
				"SetReadDeadline in past": func() { nc.SetReadDeadline(time.Unix(1, 0)) },
			} {
				set()
				if _, err := nc.Read(make([]byte, 1)); !errors.Is(err, os.ErrDeadlineExceeded) {
					t.Error(name, err)
				}
			}
			nc.SetWriteDeadline(time.Now().Add(5 * time.Millisecond))
			nc.SetReadDeadline(time.Time{})
			if _, err := nc.Write(make([]byte, 32<<20)); !errors.Is(err, os.ErrDeadlineExceeded) {
				t.Error(err)
			}
			nc.Bind(nil)
			if _, err := nc.Write(make([]byte, 32<<20)); !errors.Is(err, ErrAgain) {
				t.Error(err)
			}
			nc.Bind(a)
			nc.CloseWrite()
			go io.Copy(io.Discard, far)
			far.CloseWrite()
			if _, err := nc.Read(make([]byte, 1)); err != io.EOF {
				t.Error(err)
			}
			if err := nc.Close(); err != nil {
				t.Error(err)
			}
			nc.SetDeadline(time.Now().Add(time.Hour)) // harmless
		})
	})
}
