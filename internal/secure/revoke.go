package secure

import (
	"bytes"
	"crypto/x509"
	"time"
)

// revocations is one list of revoked certificates of one authority (RFC 5280 5).
type revocations struct {
	list    *x509.RevocationList
	serials map[string]bool
}

func newRevocations(l *x509.RevocationList) *revocations {
	r := &revocations{list: l, serials: make(map[string]bool, len(l.RevokedCertificateEntries))}
	for i := range l.RevokedCertificateEntries {
		// removeFromCRL is the reason of an entry that takes an earlier one back.
		const removed = 8
		if e := &l.RevokedCertificateEntries[i]; e.ReasonCode != removed {
			r.serials[e.SerialNumber.String()] = true
		}
	}
	return r
}

// revoked says what the lists say of a certificate: 0 when they clear it, else why it is not good. Every certificate
// of a chain must have a list of its issuer.
func revoked(lists []*revocations, c, issuer *x509.Certificate, now time.Time) int {
	problem := errNoCRL
	for _, r := range lists {
		if !bytes.Equal(r.list.RawIssuer, c.RawIssuer) {
			continue
		}
		switch {
		case r.list.CheckSignatureFrom(issuer) != nil:
			problem = errCRLSignature
		case now.Before(r.list.ThisUpdate):
			problem = errCRLNotYet
		case !r.list.NextUpdate.IsZero() && now.After(r.list.NextUpdate):
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
