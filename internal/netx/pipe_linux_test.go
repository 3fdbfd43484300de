package netx

import (
	"errors"
	"testing"

	"golang.org/x/sys/unix"
)

func TestPipePool(t *testing.T) {
	before := open(t)
	limit := NewPipeLimit(3)
	a, b := NewPipePool(limit, 1<<20), NewPipePool(limit, 0)
	get := func(p *PipePool) Pipe {
		t.Helper()
		pipe, err := p.Get()
		if err != nil {
			t.Fatal(err)
		}
		return pipe
	}
	p1, p2, p3 := get(a), get(a), get(b)
	flags(t, p1.R)
	flags(t, p1.W)
	if size, err := unix.FcntlInt(uintptr(p1.R), unix.F_GETPIPE_SZ, 0); err == nil && size != 1<<20 {
		t.Logf("the system allows %d bytes", size)
	}
	if _, err := a.Get(); !errors.Is(err, ErrNoPipe) {
		t.Errorf("one too many: %v", err)
	}
	a.Put(p1)
	if a.Used() != 1 || a.Free() != 1 || b.Used() != 1 || limit.Open() != 3 {
		t.Errorf("used %d, free %d, other %d, open %d", a.Used(), a.Free(), b.Used(), limit.Open())
	}
	if again := get(a); again != p1 {
		t.Error("the waiting pipe is not used again")
	}
	if _, err := unix.Write(p2.W, []byte("left")); err != nil {
		t.Fatal(err)
	}
	a.Drop(p2)
	a.Put(p1)
	b.Drop(p3)
	a.Trim(1)
	if a.Free() != 1 || limit.Open() != 1 {
		t.Errorf("free %d, open %d", a.Free(), limit.Open())
	}
	a.Trim(0)
	if limit.Open() != 0 || open(t) != before {
		t.Errorf("%d pipes, %d descriptors, %d before", limit.Open(), open(t), before)
	}
}

func TestFDLimits(t *testing.T) {
	soft, hard, err := FDLimits()
	if err != nil || soft == 0 || hard < soft {
		t.Fatal(soft, hard, err)
	}
	defer SetFDLimits(soft, hard)
	if err := SetFDLimits(soft-1, hard); err != nil {
		t.Fatal(err)
	}
	if now, _, err := FDLimits(); now != soft-1 || err != nil {
		t.Errorf("%d, %v, want %d", now, err, soft-1)
	}
}

// TestOutOfDescriptors: what Dial and Listen say when there are none left.
func TestOutOfDescriptors(t *testing.T) {
	l := mustListen(t, spec(local(t, IPv4)))
	soft, hard, err := FDLimits()
	if err != nil {
		t.Fatal(err)
	}
	if err := SetFDLimits(3, hard); err != nil {
		t.Fatal(err)
	}
	_, dialErr := Dial(&DialSpec{Addr: l.Addr})
	_, listenErr := Listen(spec(local(t, IPv4)))
	if err := SetFDLimits(soft, hard); err != nil {
		t.Fatal(err)
	}
	if ReasonOf(dialErr) != ProcFDLimit {
		t.Errorf("dial: %v", dialErr)
	}
	if want := "cannot create receiving socket (Too many open files) for [127.0.0.1:0]"; listenErr == nil || listenErr.Error() != want {
		t.Errorf("listen: %v, want %s", listenErr, want)
	}
}
