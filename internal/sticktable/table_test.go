package sticktable

import (
	"encoding/binary"
	"fmt"
	"net/netip"
	"sync"
	"testing"

	"pgregory.net/rapid"

	"sluice/internal/value"
)

const second = int64(1e9)

// strings makes a table of strings.
func stringTable(size int, expire int64, nopurge bool, stores ...Store) *Table {
	return New(Config{Name: "t", Kind: String, KeyLen: 8, Size: size, Expire: expire, NoPurge: nopurge, Stores: stores})
}

func TestLifeBeginsAnewWithEveryUse(t *testing.T) {
	tb := stringTable(10, 1000, false, Store{Field: GPC0})
	tb.Access([]byte("a"), Add, GPC0, 0, 1, 0)
	tb.Access([]byte("a"), Read, GPC0, 0, 0, second/2) // reading prolongs nothing
	if n, _ := tb.Access([]byte("a"), Life, 0, 0, 0, second/2); n != 500 {
		t.Errorf("half a second is left, not %d ms", n)
	}
	tb.Access([]byte("a"), Add, GPC0, 0, 1, second*9/10)
	if v, a := tb.Access([]byte("a"), Read, GPC0, 0, 0, second*18/10); a != Done || v != 2 {
		t.Errorf("got %d, %v", v, a)
	}
	if _, a := tb.Access([]byte("a"), Read, GPC0, 0, 0, second*19/10); a != Absent {
		t.Error("its life is over")
	}
	if tb.Used() != 0 {
		t.Error("it is still counted")
	}
}

func TestTrackedEntriesStay(t *testing.T) {
	tb := stringTable(2, 1000, false, Store{Field: ConnCur}, Store{Field: ConnCnt})
	e, ok := tb.Track([]byte("a"), 0)
	if !ok {
		t.Fatal("no entry")
	}
	for i := range 5 {
		tb.Access(fmt.Appendf(nil, "k%d", i), Add, ConnCnt, 0, 1, int64(i))
	}
	tb.Sweep(5 * second)
	if tb.Used() != 1 || !tb.Contains([]byte("a"), 5*second) {
		t.Errorf("%d entries are left", tb.Used())
	}
	e.Release(6 * second)
	if tb.Used() != 1 { // the end of a connection is a use
		t.Errorf("%d entries are left", tb.Used())
	}
	if tb.Sweep(8 * second); tb.Used() != 0 {
		t.Errorf("%d entries are left", tb.Used())
	}
}

func TestSizeIsALimit(t *testing.T) {
	for _, size := range []int{1, 2, 300, 5000} {
		tb := stringTable(size, 0, false)
		kept := stringTable(size, 0, true)
		made := 0
		for i := range 3 * size {
			key := fmt.Appendf(nil, "%d", i)
			e, ok := tb.Track(key, int64(i))
			if !ok {
				t.Fatal("no room was made")
			}
			e.Release(int64(i))
			if e, ok = kept.Track(key, 0); ok {
				made++
				e.Release(0)
			}
		}
		if tb.Used() != size || kept.Used() != size || made != size {
			t.Errorf("size %d: %d, %d and %d entries", size, tb.Used(), kept.Used(), made)
		}
		if size < 1000 {
			for i := 2 * size; i < 3*size; i++ {
				if !tb.Contains(fmt.Appendf(nil, "%d", i), 0) {
					t.Errorf("size %d: entry %d is one of the latest and is gone", size, i)
				}
			}
		}
	}
}

func TestRates(t *testing.T) {
	tb := stringTable(10, 0, false, Store{Field: ConnRate, Period: 1000}, Store{Field: BytesInRate, Period: 1000})
	tb.ByteScale = 4
	ms := int64(1e6)
	e, _ := tb.Track([]byte("a"), 500*ms)
	read := func(f Field, at int64) uint64 { v, _ := e.Change(Read, f, 0, 0, at*ms); return v }
	e.Count(ConnCnt, ConnRate, 9, 600*ms)
	for _, c := range [][2]int64{{700, 10}, {1400, 6}, {1500, 5}, {1750, 2}, {2499, 0}, {9000, 0}} {
		if got := read(ConnRate, c[0]); int64(got) != c[1] {
			t.Errorf("at %d the rate is %d, want %d", c[0], got, c[1])
		}
	}
	e.Bytes(4001, 0, 3000*ms)
	if got := read(BytesInRate, 3001); got != 4000 {
		t.Errorf("%d bytes a second", got)
	}
}

func TestKeys(t *testing.T) {
	for _, c := range []struct {
		kind Kind
		v    value.Value
		want string
	}{
		{IPv4, address("192.0.2.1"), "192.0.2.1"},
		{IPv4, address("::ffff:192.0.2.1"), "192.0.2.1"},
		{IPv4, address("2001:db8::1"), ""},
		{IPv6, address("192.0.2.1"), "::ffff:192.0.2.1"},
		{IPv6, address("2001:db8::1"), "2001:db8::1"},
		{Integer, number(7), "7"},
		{Integer, number(-1), "4294967295"},
		{String, text("a b=c\\\n\x01"), "a\\ b\\=c\\\\\\n\\x01"},
		{String, text("longer than it may be"), "longer\\ t"},
		{String, text(""), ""},
		{Binary, text("ab"), "6162000000000000"},
		{Binary, text("ab\x00"), "6162000000000000"},
	} {
		tb := New(Config{Kind: c.kind, KeyLen: 8, Size: 10})
		var small [16]byte
		got := ""
		if key, ok := tb.Key(&small, &c.v, nil); ok {
			tb.One(key, true, 0, func(l *Look) { got = string(l.AppendKey(nil)) })
		}
		if got != c.want {
			t.Errorf("%v: got %q, want %q", c.kind, got, c.want)
		}
	}
}

func address(s string) (v value.Value) { v.SetIP(netip.MustParseAddr(s)); return v }
func number(n int64) (v value.Value)   { v.SetInt(n); return v }
func text(s string) (v value.Value)    { v.SetStr([]byte(s)); return v }

func TestArraysStandForTheirElements(t *testing.T) {
	tb := stringTable(10, 0, false, Store{Field: GPC, Count: 2}, Store{Field: GPCRate, Count: 1, Period: 1000}, Store{Field: GPT, Count: 1})
	key := []byte("k")
	if v, a := tb.Access(key, Add, GPC0, 0, 5, 0); a != Done || v != 5 {
		t.Error(v, a)
	}
	tb.Access(key, Set, GPC1, 0, 9, 0)
	tb.Access(key, Set, GPT0, 0, 3, 0)
	if _, a := tb.Access(key, Add, GPC, 2, 1, 0); a != Unstored {
		t.Error("there is no such element")
	}
	var got string
	tb.One(key, false, 0, func(l *Look) { got = string(l.Append(nil)) })
	if want := " gpt0=3 gpc0=5 gpc1=9 gpc0_rate(1000)=5"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}

func TestServers(t *testing.T) {
	tb := stringTable(10, 1000, false, Store{Field: ServerID}, Store{Field: ServerKey})
	if one := tb.Word("s1"); one != tb.Word("s1") || one == tb.Word("s2") || tb.Text(tb.Word("s2")) != "s2" || tb.Text(0)+tb.Text(99) != "" {
		t.Error("texts are mixed up")
	}
	tb.Remember([]byte("k"), 3, tb.Word("s1"), 0)
	if id, word, ok := tb.Recall([]byte("k"), second/2); !ok || id != 3 || tb.Text(word) != "s1" {
		t.Error(id, word, ok)
	}
	if _, _, ok := tb.Recall([]byte("k"), second*14/10); !ok {
		t.Error("a match did not begin its life anew")
	}
	if _, _, ok := tb.Recall([]byte("none"), 0); ok {
		t.Error("there is nothing to recall")
	}
}

// TestLikeAMap compares a table with a plain map while entries come and go.
func TestLikeAMap(t *testing.T) {
	rapid.Check(t, func(r *rapid.T) {
		tb := stringTable(1<<20, 0, false, Store{Field: GPC0})
		want := map[string]uint64{}
		for range rapid.IntRange(1, 200).Draw(r, "steps") {
			key := rapid.StringMatching(`[a-z]{1,3}`).Draw(r, "key")
			switch rapid.IntRange(0, 3).Draw(r, "what") {
			case 0:
				tb.One([]byte(key), false, 0, func(l *Look) { l.Remove() })
				delete(want, key)
			case 1:
				if got, _ := tb.Access([]byte(key), Read, GPC0, 0, 0, 0); got != want[key] {
					r.Fatalf("%s is %d, want %d", key, got, want[key])
				}
			default:
				want[key]++
				if got, _ := tb.Access([]byte(key), Add, GPC0, 0, 1, 0); got != want[key] {
					r.Fatalf("%s is %d, want %d", key, got, want[key])
				}
			}
		}
		seen := 0
		var c Cursor
		for tb.Walk(&c, 7, 0, func(l *Look) {
			seen++
			if key := string(l.AppendKey(nil)); l.Get(GPC0, 0) != want[key] {
				r.Fatalf("%s is %d, want %d", key, l.Get(GPC0, 0), want[key])
			}
		}) {
		}
		if seen != len(want) || tb.Used() != len(want) {
			r.Fatalf("%d and %d entries, want %d", seen, tb.Used(), len(want))
		}
	})
}

// TestTogether has several goroutines use one small table, for the race detector.
func TestTogether(t *testing.T) {
	tb := New(Config{Kind: Integer, Size: 5000, Expire: 10, Stores: []Store{{Field: ConnCur}, {Field: GPC0}, {Field: ConnRate, Period: 5}, {Field: ServerKey}}})
	var all sync.WaitGroup
	for g := range 4 {
		all.Go(func() {
			var key [4]byte
			for i := range 20000 {
				now := int64(i) * 1e4
				binary.BigEndian.PutUint32(key[:], uint32(i*(g+1)%7000))
				e, ok := tb.Track(key[:], now)
				if ok {
					e.Count(GPC0, GPC0Rate, 1, now)
					e.AppendKey(nil)
				}
				tb.Remember(key[:], 1, tb.Word("s"), now)
				if i%4096 == 0 {
					var c Cursor
					for tb.Walk(&c, 64, now, func(l *Look) { l.Append(nil) }) {
					}
				}
				if ok {
					e.Release(now)
				}
			}
		})
	}
	all.Wait()
	if tb.Used() > 5000 {
		t.Errorf("%d entries", tb.Used())
	}
	var c Cursor
	tb.Walk(&c, 1<<30, 0, func(l *Look) {
		if l.Trackers() != 0 || l.Get(ConnCur, 0) != 0 {
			t.Errorf("%d trackers and %d connections are left", l.Trackers(), l.Get(ConnCur, 0))
		}
	})
}

func TestKnownKeysAllocateNothing(t *testing.T) {
	tb := stringTable(10, 1000, false, Store{Field: ConnCnt}, Store{Field: HTTPReqRate, Period: 1000})
	key := []byte("key")
	tb.Access(key, Add, ConnCnt, 0, 1, 0)
	if n := testing.AllocsPerRun(100, func() {
		e, _ := tb.Track(key, 0)
		e.Count(HTTPReqCnt, HTTPReqRate, 1, 0)
		e.Release(0)
		tb.Contains(key, 0)
	}); n > 0 {
		t.Errorf("%v allocations", n)
	}
}

// BenchmarkMillion measures what one request does with a table of a million addresses.
func BenchmarkMillion(b *testing.B) {
	tb := New(Config{Kind: IPv4, Size: 1 << 20, Expire: 1 << 30, Stores: []Store{{Field: ConnCnt}, {Field: HTTPReqRate, Period: 10000}}})
	var key [4]byte
	for i := range 1000000 {
		binary.BigEndian.PutUint32(key[:], uint32(i)*2654435761)
		tb.Access(key[:], Add, ConnCnt, 0, 1, 0)
	}
	b.ReportMetric(float64(tb.Memory())/1e6, "B/entry")
	b.Run("look-up", func(b *testing.B) {
		b.RunParallel(func(p *testing.PB) {
			var key [4]byte
			for i := uint32(1); p.Next(); i++ {
				binary.BigEndian.PutUint32(key[:], i%1000000*2654435761)
				tb.Access(key[:], Read, ConnCnt, 0, 0, 1)
			}
		})
	})
	b.Run("request", func(b *testing.B) {
		b.RunParallel(func(p *testing.PB) {
			var key [4]byte
			for i := uint32(1); p.Next(); i++ {
				binary.BigEndian.PutUint32(key[:], i%1000000*2654435761)
				e, _ := tb.Track(key[:], 1)
				e.Count(HTTPReqCnt, HTTPReqRate, 1, 1)
				e.Release(1)
			}
		})
	})
}
