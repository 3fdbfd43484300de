package secure

import (
	"bytes"
	"crypto/tls"
	"encoding/base64"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"
)

// stage is a store with one bind line, made of files in a folder.
type stage struct {
	ca    *authority
	dir   string
	store *Store
	front *Front
}

func newStage(t *testing.T, s *Settings, names ...string) *stage {
	g := &stage{ca: newAuthority(t), dir: t.TempDir(), store: NewStore()}
	var entries []*ListEntry
	for i, name := range names {
		c, err := g.store.Certificate(write(t, g.dir, name, g.issue(t, name)))
		if err != nil {
			t.Fatal(err)
		}
		line := ListLine{Line: i + 1}
		entries = append(entries, line.Entry(c, &Settings{}))
	}
	list := g.store.Enlist("list", false, len(names), entries)
	front, _, err := NewFront(s, list.Uses(), NewSessions())
	if err != nil {
		t.Fatal(err)
	}
	g.front = front
	g.store.Shows(front, Place{Proxy: "fe", Bind: ":443", File: "cfg", Line: 3, Lists: []*List{list}})
	g.store.Line = func(l *ListLine) (*Settings, string, string) { return &Settings{}, l.File, "" }
	g.store.Seal()
	return g
}

func (g *stage) issue(t *testing.T, names ...string) []byte {
	return g.ca.issue(t, false, time.Now().Add(time.Hour), names...)
}

// shown returns the common name of what a client is shown who asks for a name, "" when it is refused.
func (g *stage) shown(t *testing.T, name string) string {
	t.Helper()
	cs, _, err := shake(t, g.front, &tls.Config{ServerName: name, InsecureSkipVerify: true})
	if err != nil {
		return ""
	}
	return cs.PeerCertificates[0].Subject.CommonName
}

func TestCertificatesAreExchanged(t *testing.T) {
	g := newStage(t, &Settings{Strict: On}, "a", "b")
	s, path := g.store, g.dir+"/a"
	steps := []struct {
		what string
		do   func() error
		fail string
	}{
		{"another name", func() error { _, _, err := s.SetCertificate("nix", g.issue(t, "x")); return err }, "not referenced"},
		{"no certificate", func() error { _, _, err := s.SetCertificate(path, []byte("x")); return err }, "no start line"},
		{"begin", func() error { _, _, err := s.SetCertificate(path, g.issue(t, "c")); return err }, ""},
		{"another meanwhile", func() error { _, _, err := s.SetCertificate(g.dir+"/b", g.issue(t, "x")); return err }, "ongoing transaction is about"},
		{"not the other's", func() error { return s.AbortCertificate(g.dir + "/b") }, "trying to abort"},
		{"commit", func() error { _, err := s.CommitCertificate(path); return err }, ""},
		{"again", func() error { return s.OpenCertificate(path, ToCommit) }, "No ongoing transaction"},
		{"delete what is used", func() error { return s.DeleteCertificate(path) }, "in use"},
	}
	for _, x := range steps {
		err := x.do()
		if (err == nil) != (x.fail == "") || err != nil && !strings.Contains(err.Error(), x.fail) {
			t.Errorf("%s: %v", x.what, err)
		}
	}
	if a, b, c := g.shown(t, "a"), g.shown(t, "b"), g.shown(t, "c"); a != "" || b != "b" || c != "c" {
		t.Errorf("shown: %q %q %q", a, b, c)
	}
	// A key that does not fit leaves everything as it was.
	if _, _, err := s.SetCertificate(path+".key", g.issue(t, "y")); err != nil {
		t.Fatal(err)
	}
	if _, err := s.CommitCertificate(path); err == nil || !strings.Contains(err.Error(), "Proxy 'fe': inconsistencies") {
		t.Error("a key of another certificate:", err)
	}
	if got := g.shown(t, "c"); got != "c" {
		t.Errorf("after a commit that failed: %q", got)
	}
}

func TestListsGrowAndShrink(t *testing.T) {
	g := newStage(t, &Settings{}, "a", "b")
	s := g.store
	if err := s.NewCertificate("n"); err != nil {
		t.Fatal(err)
	}
	if _, err := s.Plan("list", &ListLine{File: "n"}); err == nil || !strings.Contains(err.Error(), "is empty") {
		t.Error("an empty certificate:", err)
	}
	if _, _, err := s.SetCertificate("n", g.issue(t, "n.example")); err != nil {
		t.Fatal(err)
	}
	if _, err := s.CommitCertificate("n"); err != nil {
		t.Fatal(err)
	}
	plan, err := s.Plan("list/", &ListLine{File: "n", Filters: []string{"other"}})
	if err != nil {
		t.Fatal(err)
	}
	if n, err := s.Add(plan); n != 1 || err != nil || plan.Entry.Line != 3 {
		t.Error(n, err, plan.Entry)
	}
	if got := g.shown(t, "other"); got != "n.example" {
		t.Errorf("added: %q", got)
	}
	if _, status := s.Lookup("n"); status != Used {
		t.Error(status)
	}
	for word, fail := range map[string]string{"n:7": "line number is wrong", "nix": "does not exist", g.dir + "/a": "used as default certificate by the following frontends:\n\t- cfg:3"} {
		if _, err := s.Remove("list", word); err == nil || !strings.Contains(err.Error(), fail) {
			t.Errorf("%s: %v", word, err)
		}
	}
	if name, err := s.Remove("list", "n:3"); name != "n" || err != nil {
		t.Error(name, err)
	}
	if got := g.shown(t, "other"); got != "a" {
		t.Errorf("removed: %q", got)
	}
	if err := s.DeleteCertificate("n"); err != nil {
		t.Error(err)
	}
}

func TestAuthoritiesAreExchanged(t *testing.T) {
	g := newStage(t, &Settings{}, "a")
	s, stranger := NewStore(), newAuthority(t)
	pool, err := s.Authorities(write(t, g.dir, "ca", stranger.pem()), CAFile)
	if err != nil {
		t.Fatal(err)
	}
	b, _, err := NewBack(&Settings{Verify: VerifyRequired, CA: pool}, Peer{})
	if err == nil {
		err = s.Meets(b)
	}
	if err != nil {
		t.Fatal(err)
	}
	s.Seal()
	good := func() bool {
		_, _, err := shake(t, g.front, b.now.Load().config("a", nil))
		return err == nil
	}
	if good() {
		t.Error("a certificate of a strange authority is good")
	}
	if made, err := s.SetAuthorities(CAFile, pool.Path, g.ca.pem(), true); !made || err != nil {
		t.Error(made, err)
	}
	if good() {
		t.Error("good before the commit")
	}
	if n, err := s.CommitAuthorities(CAFile, pool.Path); n != 1 || err != nil {
		t.Error(n, err)
	}
	if !good() {
		t.Error("not good after the commit")
	}
	if a, status := s.LookupAuthorities(CAFile, pool.Path); status != Used || len(a.Certificates()) != 2 {
		t.Error(a, status)
	}
	s.Forget(b)
	if err := s.DeleteAuthorities(CAFile, pool.Path); err != nil {
		t.Error(err)
	}
}

// Handshakes and exchanges at the same time: each client is shown one or the other.
func TestHandshakesNeverWait(t *testing.T) {
	g := newStage(t, &Settings{}, "a", "b")
	var wait sync.WaitGroup
	for range 2 {
		wait.Add(1)
		go func() {
			defer wait.Done()
			for range 20 {
				if got := g.shown(t, "b"); got != "b" && !strings.HasPrefix(got, "new") {
					t.Errorf("shown: %q", got)
				}
			}
		}()
	}
	for i := range 20 {
		if _, _, err := g.store.SetCertificate(g.dir+"/b", g.issue(t, fmt.Sprintf("new%d", i), "b")); err != nil {
			t.Fatal(err)
		}
		if _, err := g.store.CommitCertificate(g.dir + "/b"); err != nil {
			t.Fatal(err)
		}
	}
	wait.Wait()
}

// A key that a command brings opens and seals once it is not the last one any more, and tickets of a key that went are
// good for nothing.
func TestTicketKeysMoveOn(t *testing.T) {
	key := func(c byte) string { return base64.StdEncoding.EncodeToString(bytes.Repeat([]byte{c}, 48)) }
	dir := t.TempDir()
	path := write(t, dir, "keys", []byte(key(1)+"\n"+key(2)+"\n"+key(3)+"\n"+key(4)+"\n"))
	s := NewStore()
	keys, err := s.TicketKeys(path)
	if err != nil {
		t.Fatal(err)
	}
	g := newStage(t, &Settings{TicketKeys: keys}, "a")
	s.Shows(g.front, Place{})
	client := &tls.Config{ServerName: "a", InsecureSkipVerify: true, ClientSessionCache: tls.NewLRUClientSessionCache(4)}
	resumed := func() bool {
		cs, _, err := shake(t, g.front, client)
		if err != nil {
			t.Fatal(err)
		}
		return cs.DidResume
	}
	if resumed() || !resumed() {
		t.Error("a session is not resumed")
	}
	if err := s.NewTicketKey(0, key(5)); err != nil || !resumed() {
		t.Error("a ticket is not good any more after one key:", err)
	}
	for c := byte(6); c < 9; c++ {
		if err := s.NewTicketKey(0, key(c)); err != nil {
			t.Fatal(err)
		}
	}
	if resumed() {
		t.Error("a ticket is good whose key is gone")
	}
	for text, want := range map[string]string{"x": "invalid base64", "eHg=": "wrong size"} {
		if err := s.NewTicketKey(0, text); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v", text, err)
		}
	}
	if f := s.TicketFiles(); len(f) != 1 || f[0].Keys[2] != key(8) {
		t.Error(f)
	}
}

func TestAddedLinesOfferWhatIsSpoken(t *testing.T) {
	g := newStage(t, &Settings{}, "a")
	g.front.Place.Mute = []string{"h2"}
	g.store.Line = func(l *ListLine) (*Settings, string, string) {
		return &Settings{ALPN: []string{"h2", "http/1.1"}, HasALPN: true}, l.File, ""
	}
	plan, err := g.store.Plan("list", &ListLine{File: g.dir + "/a", Filters: []string{"x"}})
	if err == nil {
		_, err = g.store.Add(plan)
	}
	if err != nil {
		t.Fatal(err)
	}
	cs, _, err := shake(t, g.front, &tls.Config{ServerName: "x", InsecureSkipVerify: true, NextProtos: []string{"h2", "http/1.1"}})
	if err != nil || cs.NegotiatedProtocol != "http/1.1" {
		t.Error(cs.NegotiatedProtocol, err)
	}
}
