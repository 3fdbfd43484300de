package fetch_test

import (
	"crypto/ed25519"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"math/big"
	"net"
	"net/url"
	"sync"
	"time"

	"sluice/internal/proxy"
)

// certificate makes a self-signed certificate that is the same each time.
func certificate(serial int64, subject pkix.Name) tls.Certificate {
	key := ed25519.NewKeyFromSeed(make([]byte, ed25519.SeedSize))
	link, _ := url.Parse("http://a.example/")
	policy, _ := x509.OIDFromInts([]uint64{1, 2, 3, 4})
	c := &x509.Certificate{SerialNumber: big.NewInt(serial), Subject: subject,
		NotBefore: time.Unix(1.6e9, 0), NotAfter: time.Unix(4e9, 0),
		DNSNames: []string{"a.example", "b.example"}, URIs: []*url.URL{link},
		IPAddresses: []net.IP{net.IPv4(192, 0, 2, 1), net.ParseIP("2001:db8::1")}, EmailAddresses: []string{"x@a.example"},
		Policies: []x509.OID{policy}}
	der, err := x509.CreateCertificate(nil, c, c, key.Public(), key)
	if err != nil {
		panic(err)
	}
	leaf, _ := x509.ParseCertificate(der)
	return tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key, Leaf: leaf}
}

// handshaken are the two sides of one handshake of TLSv1.2, which has a unique id too, made once for all cases.
var handshaken = sync.OnceValue(func() [2]*tls.Conn {
	server := certificate(258, pkix.Name{CommonName: "a.example", Country: []string{"FR"}, Organization: []string{"One", "Two"}})
	client := certificate(7, pkix.Name{CommonName: "Client, the", OrganizationalUnit: []string{"Ünit"}})
	left, right := net.Pipe()
	s := tls.Server(left, &tls.Config{Certificates: []tls.Certificate{server}, ClientAuth: tls.RequestClientCert,
		MaxVersion: tls.VersionTLS12, NextProtos: []string{"http/1.1"}, CurvePreferences: []tls.CurveID{tls.X25519},
		CipherSuites: []uint16{tls.TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256}})
	c := tls.Client(right, &tls.Config{Certificates: []tls.Certificate{client}, InsecureSkipVerify: true, ServerName: "a.example",
		NextProtos: []string{"http/1.1"}})
	done := make(chan error)
	go func() { done <- c.Handshake() }()
	if err := s.Handshake(); err != nil {
		panic(err)
	}
	if err := <-done; err != nil {
		panic(err)
	}
	return [2]*tls.Conn{s, c}
})

// seen is what was kept of a handshake.
func seen() *proxy.TLSSeen {
	x := &proxy.TLSSeen{Version: 0x0303, Ciphers: []byte{0x1a, 0x1a, 0x13, 1, 0xc0, 0x2f, 0xfe, 1}, Extensions: []byte{0x0a, 0x0a, 0, 10}, Curves: []byte{0xfa, 0xfa, 0, 29},
		Formats: []byte{0, 1}, Versions: []byte{3, 4, 3, 3}, Signatures: []byte{4, 3}, CipherHash: 7, ClientRandom: []byte("client"), SessionID: []byte("id"), ServerRandom: []byte("server"),
		Master: []byte("master")}
	for i := range x.Secrets {
		x.Secrets[i] = []byte{'0' + byte(i), 'a'}
	}
	return x
}

// encrypt makes both connections of a stream ones of TLS.
func encrypt(s *proxy.Stream) {
	both := handshaken()
	own := certificate(258, pkix.Name{CommonName: "a.example", Country: []string{"FR"}, Organization: []string{"One", "Two"}})
	s.Sess.More().TLS = &proxy.TLSState{Conn: both[0], Own: own.Leaf, Path: "/etc/a.pem", Failed: 10, CrtError: 18, CAError: 20, CADepth: 2, Seen: seen()}
	s.Log.BackConn = &proxy.IdleConn{TLS: &proxy.TLSState{Conn: both[1], Code: 20<<23 | 134, Seen: seen()}}
}
