package tls

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"math/big"
	"os"
	"path/filepath"
	"testing"
	"time"
)

// office issues the certificates of a test into a folder.
type office struct {
	*testing.T
	dir  string
	cert *x509.Certificate
	key  *ecdsa.PrivateKey
	n    int64
}

// opened returns an office whose own certificate is in the file name.pem.
func opened(t *testing.T, dir, name string) *office {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	o := &office{T: t, dir: dir, key: key}
	o.must(err)
	c := &x509.Certificate{SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: name}, IsCA: true, BasicConstraintsValid: true,
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour), KeyUsage: x509.KeyUsageCertSign | x509.KeyUsageCRLSign,
		SubjectKeyId: []byte(name)}
	der, err := x509.CreateCertificate(rand.Reader, c, c, key.Public(), key)
	o.must(err)
	o.cert, err = x509.ParseCertificate(der)
	o.must(err)
	o.write(name+".pem", block("CERTIFICATE", der))
	return o
}

func (o *office) must(err error) {
	o.Helper()
	if err != nil {
		o.Fatal(err)
	}
}

func (o *office) write(name string, b []byte) string {
	path := filepath.Join(o.dir, name)
	o.must(os.WriteFile(path, b, 0o600))
	return path
}

func block(kind string, der []byte) []byte {
	return pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: der})
}

// issue writes a certificate with its key into a file and returns its serial number.
func (o *office) issue(file string, useRSA bool, until time.Duration, names ...string) int64 {
	o.n++
	c := &x509.Certificate{SerialNumber: big.NewInt(o.n + 1), Subject: pkix.Name{CommonName: names[0]}, DNSNames: names,
		NotBefore: time.Now().Add(-2 * time.Hour), NotAfter: time.Now().Add(until)}
	var key crypto.Signer
	var err error
	if useRSA {
		key, err = rsa.GenerateKey(rand.Reader, 2048)
	} else {
		key, err = ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	}
	o.must(err)
	der, err := x509.CreateCertificate(rand.Reader, c, o.cert, key.Public(), o.key)
	o.must(err)
	private, err := x509.MarshalPKCS8PrivateKey(key)
	o.must(err)
	o.write(file, append(block("CERTIFICATE", der), block("PRIVATE KEY", private)...))
	return o.n + 1
}

// revoke writes a list of revoked certificates.
func (o *office) revoke(file string, serials ...int64) {
	l := &x509.RevocationList{Number: big.NewInt(1), ThisUpdate: time.Now().Add(-time.Hour), NextUpdate: time.Now().Add(time.Hour)}
	for _, n := range serials {
		l.RevokedCertificateEntries = append(l.RevokedCertificateEntries, x509.RevocationListEntry{SerialNumber: big.NewInt(n), RevocationTime: time.Now()})
	}
	der, err := x509.CreateRevocationList(rand.Reader, l, o.cert, o.key)
	o.must(err)
	o.write(file, block("X509 CRL", der))
}
