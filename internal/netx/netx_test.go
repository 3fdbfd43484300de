package netx

import (
	"errors"
	"net/netip"
	"os/user"
	"strconv"
	"sync"
	"syscall"
	"testing"
)

func TestStrerror(t *testing.T) {
	for err, want := range map[error]string{
		syscall.EADDRINUSE: "Address already in use",
		syscall.EACCES:     "Permission denied",
		syscall.EMFILE:     "Too many open files",
		syscall.Errno(0):   "Success",
		errors.New("own"):  "own",
		nil:                "Success",
		&Error{Step: StepBind, Errno: syscall.EINVAL}: "Invalid argument",
	} {
		if got := Strerror(err); got != want {
			t.Errorf("%v: %q, want %q", err, got, want)
		}
	}
}

func TestAddrString(t *testing.T) {
	for want, a := range map[string]Addr{
		"127.0.0.1:80":     IPAddr(netip.MustParseAddrPort("127.0.0.1:80")),
		"2001:db8::1:80":   IPAddr(netip.MustParseAddrPort("[2001:db8::1]:80")),
		"/run/a.sock":      {Family: Unix, Path: "/run/a.sock"},
		"abns@a":           {Family: Abns, Path: "a"},
		"abnsz@a":          {Family: Abnsz, Path: "a"},
		"fd@3":             {Family: FD, FD: 3},
		"sockpair@4":       {Family: Sockpair, FD: 4},
		"":                 {},
		"::ffff:1.2.3.4:5": IPAddr(netip.MustParseAddrPort("[::ffff:1.2.3.4]:5")),
	} {
		if got := a.String(); got != want {
			t.Errorf("%q, want %q", got, want)
		}
	}
}

func TestPortRange(t *testing.T) {
	for _, bad := range [][2]uint16{{0, 1}, {2, 1}} {
		if r, err := NewPortRange(bad[0], bad[1]); err == nil {
			t.Errorf("%v: %v", bad, r)
		}
	}
	for _, size := range []uint16{1, 63, 64, 65, 1000} {
		r, err := NewPortRange(20000, 20000+size-1)
		if err != nil || r.Len() != int(size) {
			t.Fatal(r, err)
		}
		seen := map[uint16]bool{}
		for range size {
			p, ok := r.Get()
			if !ok || p < 20000 || p >= 20000+size || seen[p] {
				t.Fatalf("size %d: %d, %v after %d", size, p, ok, len(seen))
			}
			seen[p] = true
		}
		if p, ok := r.Get(); ok {
			t.Errorf("size %d: one too many: %d", size, p)
		}
		r.Put(0)
		r.Put(19999)
		r.Put(20000 + size)
		if p, ok := r.Get(); ok {
			t.Errorf("size %d: what is not in the range was given back as %d", size, p)
		}
		r.Put(20000 + size - 1)
		if p, ok := r.Get(); !ok || p != 20000+size-1 {
			t.Errorf("size %d: %d, %v", size, p, ok)
		}
	}
	whole, err := NewPortRange(1, 65535)
	if err != nil || whole.Len() != 65535 {
		t.Fatal(whole, err)
	}
	// A port that was just given back is not the next one taken.
	a, _ := whole.Get()
	whole.Put(a)
	if b, _ := whole.Get(); a == b {
		t.Errorf("port %d twice in a row", a)
	}
}

func TestPortRangeTogether(t *testing.T) {
	r, err := NewPortRange(1000, 1099)
	if err != nil {
		t.Fatal(err)
	}
	var owner [100]sync.Mutex
	var all sync.WaitGroup
	for range 4 {
		all.Go(func() {
			for range 2000 {
				p, ok := r.Get()
				if !ok {
					t.Error("none left")
					return
				}
				if !owner[p-1000].TryLock() {
					t.Errorf("port %d has two owners", p)
					return
				}
				owner[p-1000].Unlock()
				r.Put(p)
			}
		})
	}
	all.Wait()
}

func TestAccounts(t *testing.T) {
	me, err := user.Current()
	if err != nil || me.Username == "" {
		t.Skip("this process has no user", err)
	}
	uid, gid, err := UserID(me.Username)
	if errors.Is(err, ErrUnsupported) {
		t.Skip(err)
	}
	if err != nil || strconv.Itoa(uid) != me.Uid || strconv.Itoa(gid) != me.Gid {
		t.Errorf("%d, %d, %v, want %s, %s", uid, gid, err, me.Uid, me.Gid)
	}
	if g, err := user.LookupGroupId(me.Gid); err == nil {
		if n, err := GroupID(g.Name); err != nil || strconv.Itoa(n) != me.Gid {
			t.Errorf("group %s: %d, %v", g.Name, n, err)
		}
	}
	if _, _, err := UserID("nosuch"); err == nil || err.Error() != "unknown user name 'nosuch'" {
		t.Error(err)
	}
	if _, err := GroupID("nosuch"); err == nil || err.Error() != "unknown group name 'nosuch'" {
		t.Error(err)
	}
}
