package secure

import (
	"bytes"
	"crypto/sha1"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/asn1"
	"encoding/hex"
	"errors"
	"math/big"
	"sync/atomic"
	"time"

	"golang.org/x/crypto/ocsp"
)

// A Staple is what the authority of a certificate says of it (RFC 6960): clients get it with the certificate. All
// certificates of the same authority and number share one.
type Staple struct {
	ID   string // DER of the number that the authority knows the certificate by, in hexadecimal
	Path string // the certificate that it was made for

	leaf, issuer *x509.Certificate
	now          atomic.Pointer[response]

	// What follows is guarded by the store's lock.
	next, last          time.Time
	successes, failures int
	status              UpdateStatus
	asked               bool // a command wants it anew, once
}

// response is one answer of an authority.
type response struct {
	der   []byte
	until time.Time // zero: it does not say
}

// good reports whether clients may be told.
func (r *response) good(now time.Time) bool { return r.until.IsZero() || now.Before(r.until) }

// certificateID is the number that an authority knows a certificate by (RFC 6960 4.1.1).
type certificateID struct {
	Algorithm pkix.AlgorithmIdentifier
	Name, Key []byte
	Serial    *big.Int
}

// algorithmSHA1 is the hash in the numbers: the one that all authorities know.
var algorithmSHA1 = asn1.ObjectIdentifier{1, 3, 14, 3, 2, 26}

// ocspID returns the number of a certificate.
func ocspID(leaf, issuer *x509.Certificate) (string, error) {
	var key struct {
		Algorithm pkix.AlgorithmIdentifier
		Key       asn1.BitString
	}
	if _, err := asn1.Unmarshal(issuer.RawSubjectPublicKeyInfo, &key); err != nil {
		return "", err
	}
	name, sum := sha1.Sum(issuer.RawSubject), sha1.Sum(key.Key.RightAlign())
	der, err := asn1.Marshal(certificateID{pkix.AlgorithmIdentifier{Algorithm: algorithmSHA1, Parameters: asn1.NullRawValue}, name[:], sum[:], leaf.SerialNumber})
	return hex.EncodeToString(der), err
}

// The parts of an answer down to its first number (RFC 6960 4.2.1).
type (
	answer struct {
		Status asn1.Enumerated
		Bytes  struct {
			Kind asn1.ObjectIdentifier
			DER  []byte
		} `asn1:"explicit,tag:0,optional"`
	}
	basicAnswer struct {
		About     asn1.RawValue
		Algorithm pkix.AlgorithmIdentifier
		Signature asn1.BitString
		Certs     asn1.RawValue `asn1:"explicit,tag:0,optional"`
	}
	aboutAnswer struct {
		Version   int `asn1:"optional,default:0,explicit,tag:0"`
		Responder asn1.RawValue
		Produced  time.Time `asn1:"generalized"`
		Singles   []singleAnswer
		More      asn1.RawValue `asn1:"optional,explicit,tag:1"`
	}
	singleAnswer struct {
		ID      asn1.RawValue
		Good    asn1.Flag     `asn1:"tag:0,optional"`
		Revoked asn1.RawValue `asn1:"tag:1,optional"`
		Unknown asn1.Flag     `asn1:"tag:2,optional"`
		This    time.Time     `asn1:"generalized"`
		Next    time.Time     `asn1:"generalized,explicit,tag:0,optional"`
		More    asn1.RawValue `asn1:"explicit,tag:1,optional"`
	}
)

// The refusals of answers, in HAProxy's words.
var (
	errOCSPForm    = errors.New("Unable to parse OCSP response")
	errOCSPOther   = errors.New("OCSP single response: Certificate ID does not match certificate and issuer")
	errOCSPNobody  = errors.New("OCSP single response: Certificate ID does not match any certificate or issuer")
	errOCSPExpired = errors.New("OCSP single response: no longer valid")
	errOCSPStatus  = errors.New("OCSP response status not successful")
)

// idOf returns the number that an answer is about.
func idOf(der []byte) (string, error) {
	var a answer
	if rest, err := asn1.Unmarshal(der, &a); err != nil || len(rest) > 0 {
		return "", errOCSPForm
	}
	if a.Status != 0 {
		return "", errOCSPStatus
	}
	var b basicAnswer
	if rest, err := asn1.Unmarshal(a.Bytes.DER, &b); err != nil || len(rest) > 0 {
		return "", errOCSPForm
	}
	var about aboutAnswer
	if _, err := asn1.Unmarshal(b.About.FullBytes, &about); err != nil || len(about.Singles) != 1 {
		return "", errOCSPForm
	}
	return hex.EncodeToString(about.Singles[0].ID.FullBytes), nil
}

// readResponse reads an answer about a certificate. signed asks for a signature of its authority.
func readResponse(der []byte, id string, issuer *x509.Certificate, signed bool, now time.Time) (*response, error) {
	got, err := idOf(der)
	switch {
	case err != nil:
		return nil, err
	case got != id:
		return nil, errOCSPOther
	}
	if !signed {
		issuer = nil
	}
	r, err := ocsp.ParseResponse(der, issuer)
	if err != nil {
		return nil, errOCSPForm
	}
	made := &response{der: bytes.Clone(der), until: r.NextUpdate}
	if !made.good(now) {
		return nil, errOCSPExpired
	}
	return made, nil
}

// NewRequest returns the question to the authority.
func (st *Staple) NewRequest() ([]byte, error) { return ocsp.CreateRequest(st.leaf, st.issuer, nil) }

// Server returns where the authority is asked, "" for nowhere.
func (st *Staple) Server() string {
	if len(st.leaf.OCSPServer) == 0 {
		return ""
	}
	return st.leaf.OCSPServer[0]
}

// DER returns the answer that clients get, nil for none.
func (st *Staple) DER() []byte {
	if r := st.now.Load(); r != nil {
		return r.der
	}
	return nil
}
