package logs

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"math/big"
	"net"
	"net/netip"
	"testing"
	"time"

	"sluice/internal/proxy"
)

// layer is TLS with a certificate of its own, for both sides.
type layer struct{ g *tls.Config }

func newLayer(t *testing.T) *layer {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	c := &x509.Certificate{SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "logs"}, NotAfter: time.Now().Add(time.Hour)}
	der, err := x509.CreateCertificate(rand.Reader, c, c, key.Public(), key)
	if err != nil {
		t.Fatal(err)
	}
	return &layer{&tls.Config{Certificates: []tls.Certificate{{Certificate: [][]byte{der}, PrivateKey: key}}, InsecureSkipVerify: true}}
}

// Secure implements proxy.Securer: nothing here runs on loops.
func (*layer) Secure(*proxy.Handshake) error { return nil }

// clientLayer is the side of who connects.
type clientLayer struct{ *layer }

func (x *layer) Wrap(c net.Conn, _ string) net.Conn { return tls.Server(c, x.g) }

func (x clientLayer) Wrap(c net.Conn, _ string) net.Conn { return tls.Client(c, x.g) }

// A ring's lines go to a server by TLS, where a log-forward section takes them by TLS.
func TestLinesTravelByTLS(t *testing.T) {
	x := newLayer(t)
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	into := newRing(&proxy.Ring{Size: 1 << 20}, process())
	defer into.close()
	to := newTarget(process(), into)
	rec := NewReceiver(&proxy.LogForward{MaxConn: 2, Loggers: []*proxy.Logger{{Level: proxy.LogDebug, Sink: &sink{proc: process(), t: to, l: &proxy.Logger{Level: proxy.LogDebug}}}}}, 1024)
	rec.Streams(l, x)
	at := netip.MustParseAddrPort(l.Addr().String())
	srv := &proxy.Server{TLS: clientLayer{x}, Addr: proxy.Addr{Family: proxy.FamIPv4, IP: at.Addr(), Port: int(at.Port())}}
	from := newRing(&proxy.Ring{Size: 1 << 20, Servers: []*proxy.Server{srv}, ConnectTimeout: int64(10 * time.Second)}, process())
	from.send([][]byte{[]byte("<13>Nov 28 08:00:00 host tag: hello\n")})
	lines, _, _ := into.Since(0, true)
	if len(lines) != 1 {
		t.Errorf("%q", lines)
	}
	from.close()
	rec.Close()
}
