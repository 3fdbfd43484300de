package secure

import (
	"crypto/tls"
	"math/big"
	"strings"
	"testing"
	"time"

	"golang.org/x/crypto/ocsp"
)

// says returns what the authority says of a certificate.
func (a *authority) says(t *testing.T, serial *big.Int, status int, until time.Time) []byte {
	der, err := ocsp.CreateResponse(a.cert, a.cert, ocsp.Response{Status: status, SerialNumber: serial, ThisUpdate: time.Now().Add(-time.Minute),
		NextUpdate: until, RevokedAt: time.Now().Add(-time.Hour)}, a.key)
	if err != nil {
		t.Fatal(err)
	}
	return der
}

func TestStaplesAreShownAndRefreshed(t *testing.T) {
	ca, dir, s := newAuthority(t), t.TempDir(), NewStore()
	path := write(t, dir, "own", append(ca.issue(t, false, time.Now().Add(time.Hour), "own"), ca.pem()...))
	c, err := s.Certificate(path)
	if err != nil {
		t.Fatal(err)
	}
	c.TLS.Leaf.OCSPServer = []string{"http://127.0.0.1:1/"}
	good := ca.says(t, c.TLS.Leaf.SerialNumber, ocsp.Good, time.Now().Add(time.Hour))
	if _, err := s.Serve(c, "on"); err != nil {
		t.Fatal(err)
	}
	if _, err := s.Serve(c, ""); err == nil || !strings.Contains(err.Error(), "different parameter 'ocsp-update' : previously 'on' vs 'default' (ocsp-update.mode off)") {
		t.Error("another line says something else:", err)
	}
	f, _, err := NewFront(&Settings{}, []Use{{Cert: c}}, NewSessions())
	if err != nil {
		t.Fatal(err)
	}
	s.Shows(f, Place{})
	shown := func() []byte {
		cs, _, err := shake(t, f, &tls.Config{ServerName: "own", InsecureSkipVerify: true})
		if err != nil {
			t.Fatal(err)
		}
		return cs.OCSPResponse
	}
	now := time.Now()
	due, _ := s.NextUpdate(now)
	if due == nil || shown() != nil {
		t.Fatal("nothing is due, or something is shown already")
	}
	if line := s.Answered(due, []byte("x"), UpdateDone, now); !strings.HasSuffix(line, "4 \"OCSP response check failure\" 1 0\n") {
		t.Error(line)
	}
	if due, at := s.NextUpdate(now); due != nil || !at.After(now) {
		t.Error("it is due again at once")
	}
	if line := s.Answered(due, good, UpdateDone, now); !strings.HasSuffix(line, "1 \"Update successful\" 1 1\n") {
		t.Error(line)
	}
	if got := shown(); string(got) != string(good) {
		t.Errorf("shown %x", got)
	}
	other := ca.says(t, big.NewInt(99), ocsp.Good, time.Now().Add(time.Hour))
	old := ca.says(t, c.TLS.Leaf.SerialNumber, ocsp.Good, time.Now().Add(-time.Second))
	forged := newAuthority(t).says(t, c.TLS.Leaf.SerialNumber, ocsp.Good, time.Now().Add(time.Hour))
	for _, bad := range [][]byte{nil, []byte("x"), other, old, forged, good[:len(good)-9]} {
		if err := s.SetResponse(bad); err == nil {
			t.Errorf("taken: %x", bad)
		}
	}
	revoked := ca.says(t, c.TLS.Leaf.SerialNumber, ocsp.Revoked, time.Now().Add(time.Hour))
	if err := s.SetResponse(revoked); err != nil {
		t.Fatal(err)
	}
	text, err := AppendResponse(nil, shown())
	if err != nil || !strings.Contains(string(text), "Cert Status: revoked") || !strings.Contains(string(text), "Responder Id: CN = Test CA") {
		t.Errorf("%s, %v", text, err)
	}
}

func FuzzResponse(f *testing.F) {
	f.Add([]byte{0x30, 3, 10, 1, 0})
	f.Fuzz(func(t *testing.T, b []byte) {
		id, err := idOf(b)
		if err == nil {
			readResponse(b, id, nil, false, time.Now())
		}
		AppendResponse(nil, b)
	})
}
