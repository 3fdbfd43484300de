package secure

import (
	"bytes"
	"crypto"
	"crypto/rsa"
	"crypto/sha1"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/asn1"
	"errors"
	"time"
)

// revocations is one list of revoked certificates of one authority (RFC 5280 5). Lists of version 1 are taken too.
type revocations struct {
	list    pkix.CertificateList
	issuer  []byte // DER of its name
	serials map[string]bool
}

// errCRL says that a list is none.
var errCRL = errors.New("malformed crl")

func newRevocations(der []byte) (*revocations, error) {
	r := &revocations{serials: map[string]bool{}}
	if rest, err := asn1.Unmarshal(der, &r.list); err != nil || len(rest) > 0 {
		return nil, errCRL
	}
	if r.issuer = listIssuer(r.list.TBSCertList.Raw); r.issuer == nil {
		return nil, errCRL
	}
	for _, e := range r.list.TBSCertList.RevokedCertificates {
		if !takenBack(e.Extensions) {
			r.serials[e.SerialNumber.String()] = true
		}
	}
	return r, nil
}

// listIssuer returns the bytes of the name of who made a list: its second sequence, behind a version that may be missing.
func listIssuer(tbs []byte) []byte {
	var all, part asn1.RawValue
	if _, err := asn1.Unmarshal(tbs, &all); err != nil {
		return nil
	}
	sequences := 0
	for rest := all.Bytes; len(rest) > 0; {
		var err error
		if rest, err = asn1.Unmarshal(rest, &part); err != nil {
			return nil
		}
		if part.Tag == asn1.TagSequence {
			if sequences++; sequences == 2 {
				return part.FullBytes
			}
		}
	}
	return nil
}

// takenBack reports whether an entry of a list takes an earlier one back (removeFromCRL).
func takenBack(list []pkix.Extension) bool {
	for _, x := range list {
		var reason asn1.Enumerated
		if x.Id.String() == "2.5.29.21" {
			_, err := asn1.Unmarshal(x.Value, &reason)
			return err == nil && reason == 8
		}
	}
	return false
}

// listAlgorithms are the signatures of lists, by their numbers.
var listAlgorithms = map[string]x509.SignatureAlgorithm{
	"1.2.840.113549.1.1.5": x509.SHA1WithRSA, "1.2.840.113549.1.1.11": x509.SHA256WithRSA,
	"1.2.840.113549.1.1.12": x509.SHA384WithRSA, "1.2.840.113549.1.1.13": x509.SHA512WithRSA,
	"1.2.840.10045.4.1": x509.ECDSAWithSHA1, "1.2.840.10045.4.3.2": x509.ECDSAWithSHA256,
	"1.2.840.10045.4.3.3": x509.ECDSAWithSHA384, "1.2.840.10045.4.3.4": x509.ECDSAWithSHA512,
	"1.3.101.112": x509.PureEd25519,
}

// signedBy verifies the signature of the list. Package x509 refuses SHA-1, with which many lists are still signed: it is
// taken for them, as OpenSSL does, since only the authority chooses what such a list says.
func (r *revocations) signedBy(issuer *x509.Certificate) bool {
	algorithm := listAlgorithms[r.list.SignatureAlgorithm.Algorithm.String()]
	if key, isRSA := issuer.PublicKey.(*rsa.PublicKey); isRSA && algorithm == x509.SHA1WithRSA {
		sum := sha1.Sum(r.list.TBSCertList.Raw)
		return rsa.VerifyPKCS1v15(key, crypto.SHA1, sum[:], r.list.SignatureValue.RightAlign()) == nil
	}
	return issuer.CheckSignature(algorithm, r.list.TBSCertList.Raw, r.list.SignatureValue.RightAlign()) == nil
}

// revoked says what the lists say of a certificate: 0 when they clear it, else why it is not good. Every certificate
// of a chain must have a list of its issuer.
func revoked(lists []*revocations, c, issuer *x509.Certificate, now time.Time) int {
	problem := errNoCRL
	for _, r := range lists {
		if !bytes.Equal(r.issuer, c.RawIssuer) {
			continue
		}
		from, until := r.list.TBSCertList.ThisUpdate, r.list.TBSCertList.NextUpdate
		switch {
		case !r.signedBy(issuer):
			problem = errCRLSignature
		case now.Before(from):
			problem = errCRLNotYet
		case !until.IsZero() && now.After(until):
			problem = errCRLExpired
			if r.serials[c.SerialNumber.String()] {
				return errRevoked
			}
		case r.serials[c.SerialNumber.String()]:
			return errRevoked
		default:
			problem = 0
		}
		if problem == 0 {
			return 0
		}
	}
	return problem
}
