package logs

import (
	"net"
	"net/netip"
	"os"
	"strings"
	"testing"
	"time"

	"sluice/internal/proxy"
)

func process() *proxy.Process { return &proxy.Process{Tag: "sluice", PID: 42, Loops: 1} }

// wall is 2026-11-20 20:19:03.819652 UTC.
const wall = int64(1795205943819652000)

func TestHeadersAreHAProxys(t *testing.T) {
	local := time.Local
	time.Local = time.UTC
	defer func() { time.Local = local }()
	for _, c := range []struct {
		format proxy.LogHeader
		host   string
		sd     string
		want   string
	}{
		{proxy.LogUnset, "", "", "<158>Nov 20 20:19:03 sluice[42]: hello\n"},
		{proxy.LogUnset, "box", "", "<158>Nov 20 20:19:03 box sluice[42]: hello\n"},
		{proxy.LogLocal, "box", "", "<158>Nov 20 20:19:03 sluice[42]: hello\n"},
		{proxy.LogRFC3164, "", "", "<158>Nov 20 20:19:03 localhost sluice[42]: hello\n"},
		{proxy.LogRFC5424, "", "", "<158>1 2026-11-20T20:19:03.819652+00:00 - sluice 42 - - hello\n"},
		{proxy.LogRFC5424, "box", `[ex@1 a="b"]`, `<158>1 2026-11-20T20:19:03.819652+00:00 box sluice 42 - [ex@1 a="b"] hello` + "\n"},
		{proxy.LogPriority, "", "", "<158>hello\n"},
		{proxy.LogShort, "", "", "<6>hello\n"},
		{proxy.LogTimed, "", "", "<6>2026-11-20T20:19:03.819652+00:00 hello\n"},
		{proxy.LogISO, "", "", "2026-11-20T20:19:03.819652+00:00 hello\n"},
		{proxy.LogRaw, "", "", "hello\n"},
	} {
		r := newRing(&proxy.Ring{Size: 1 << 20}, process())
		tg := newTarget(process(), r)
		l := &proxy.Logger{Format: c.format, Facility: 19, Level: proxy.LogInfo, Len: 1024}
		s := &sink{proc: tg.proc, t: tg, l: l, host: c.host}
		s.Write(0, l, proxy.LogInfo, wall, "", []byte(c.sd), []byte("hello"))
		tg.finish()
		lines, _, _ := r.Since(0, false)
		if len(lines) != 1 || string(lines[0]) != c.want {
			t.Errorf("format %d host %q:\n got %q\nwant %q", c.format, c.host, lines, c.want)
		}
	}
}

func TestLevelsSamplesAndLength(t *testing.T) {
	r := newRing(&proxy.Ring{Size: 1 << 20}, process())
	tg := newTarget(process(), r)
	l := &proxy.Logger{Format: proxy.LogShort, Level: proxy.LogNotice, MinLevel: proxy.LogErr, Len: 8,
		Sample: proxy.LogSample{Size: 3, Ranges: [][2]int{{2, 3}}}}
	s := &sink{proc: tg.proc, t: tg, l: l}
	for range 3 {
		s.Write(0, l, proxy.LogInfo, wall, "", nil, []byte("too unimportant"))
	}
	for _, m := range []string{"one", "two", "three is long"} {
		s.Write(0, l, proxy.LogEmerg, wall, "", nil, []byte(m))
	}
	tg.finish()
	lines, _, _ := r.Since(0, false)
	got := ""
	for _, b := range lines {
		got += string(b)
	}
	if want := "<3>two\n<3>thre\n"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}

func TestDatagramsArriveInOrder(t *testing.T) {
	pc, err := net.ListenPacket("udp", "127.0.0.1:0")
	if err != nil {
		t.Skip("no loopback UDP:", err)
	}
	defer pc.Close()
	port := pc.LocalAddr().(*net.UDPAddr).Port
	set := NewSet(process())
	l := &proxy.Logger{Format: proxy.LogRaw, Level: proxy.LogDebug, Len: 100,
		Target: proxy.Addr{Family: proxy.FamIPv4, IP: netip.MustParseAddr("127.0.0.1"), Port: port}}
	if err := set.Attach(l, ""); err != nil {
		t.Fatal(err)
	}
	for i := range 100 {
		l.Sink.Write(0, l, proxy.LogInfo, wall, "", nil, []byte(strings.Repeat("x", i)))
	}
	set.Close()
	b := make([]byte, 200)
	pc.SetReadDeadline(time.Now().Add(5 * time.Second))
	for i := range 100 {
		n, _, err := pc.ReadFrom(b)
		if err != nil || n != i+1 {
			t.Fatalf("datagram %d: %d bytes, %v", i, n, err)
		}
	}
	if n := set.proc.DroppedLogs.Load(); n != 0 {
		t.Errorf("%d lines dropped", n)
	}
}

func TestAFullBatchDropsAndCounts(t *testing.T) {
	proc := process()
	block := make(chan struct{})
	tg := newTarget(proc, stuck{block})
	l := &proxy.Logger{Format: proxy.LogRaw, Level: proxy.LogDebug}
	s := &sink{proc: tg.proc, t: tg, l: l}
	line := make([]byte, 64<<10)
	for range 200 {
		s.Write(0, l, proxy.LogInfo, wall, "", nil, line)
	}
	if proc.DroppedLogs.Load() == 0 {
		t.Error("12 MB into a target that does not move: nothing was counted as dropped")
	}
	close(block)
	tg.finish()
}

// stuck is a target that does not take anything until it is told.
type stuck struct{ block chan struct{} }

func (s stuck) send([][]byte) int { <-s.block; return 0 }
func (s stuck) close()            {}

func TestLinesGoToADescriptor(t *testing.T) {
	r, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	set := NewSet(process())
	l := &proxy.Logger{Level: proxy.LogDebug, Len: 1024, Target: proxy.Addr{Family: proxy.FamFD, FD: int(w.Fd())}}
	if err := set.Attach(l, ""); err != nil {
		t.Fatal(err)
	}
	l.Sink.Write(0, l, proxy.LogInfo, wall, "", nil, []byte("raw by default"))
	set.Close()
	b := make([]byte, 100)
	n, _ := r.Read(b)
	if got := string(b[:n]); got != "raw by default\n" {
		t.Errorf("got %q", got)
	}
}

func TestWriteAllocatesNothing(t *testing.T) {
	tg := &target{proc: process(), batches: make([]batch, 2), wake: make(chan struct{}, 1)} // nobody sends
	l := &proxy.Logger{Level: proxy.LogDebug, Len: 1024}
	s := &sink{proc: tg.proc, t: tg, l: l}
	line := []byte("a line as long as lines are")
	s.Write(0, l, proxy.LogInfo, wall, "", nil, line)
	tg.batches[0].buf = make([]byte, 0, maxBatch*2)
	tg.batches[0].ends = make([]int, 0, 1<<20)
	if n := testing.AllocsPerRun(1000, func() { s.Write(0, l, proxy.LogInfo, wall, "", nil, line) }); n > 0 {
		t.Errorf("%v allocations per line", n)
	}
}
