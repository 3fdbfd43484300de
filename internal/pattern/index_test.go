package pattern

import (
	"fmt"
	"math/rand/v2"
	"net/netip"
	"sync"
	"testing"

	"sluice/internal/buf"
	"sluice/internal/proxy"
	"sluice/internal/value"
)

// made returns an empty map that is searched in one way.
func made(t testing.TB, o options) (*List, *user) {
	t.Helper()
	l := NewLists().make("virt@x", true)
	u, err := l.use(o, Maps, value.Str)
	if err != nil {
		t.Fatal(err)
	}
	return l, u
}

// model is what a list should be: its entries in order.
type model struct {
	o       options
	entries []modelEntry
}

type modelEntry struct {
	key, value string
	pat        pat
}

// find is the rule of the manual, one pattern after the other.
func (m *model) find(v *value.Value) (string, string, bool) {
	var a buf.Arena
	b := m.o.folded(v.Bytes, nil)
	best, length := -1, -1
	if m.o.method == IP {
		return m.findIP(v.IP)
	}
	for i := range m.entries {
		p := &m.entries[i].pat
		if !m.o.matches(p, v, b, &a) {
			continue
		}
		if m.o.method != Beg || m.o.fold {
			best = i
			break
		}
		if len(p.text) > length {
			best, length = i, len(p.text)
		}
	}
	if best < 0 {
		return "", "", false
	}
	return m.entries[best].key, m.entries[best].value, true
}

func (m *model) findIP(ip netip.Addr) (string, string, bool) {
	v4, is4 := value.Embedded4(ip)
	tries := []netip.Addr{ip}
	if ip.Is4() {
		tries = append(tries, netip.AddrFrom16(ip.As16()))
	} else if is4 {
		tries = append(tries, v4)
	}
	for _, try := range tries {
		best, length := -1, -1
		for i := range m.entries {
			if n := &m.entries[i].pat.net; !n.odd && n.prefix.Contains(try) && n.prefix.Bits() > length {
				best, length = i, n.prefix.Bits()
			}
		}
		if best >= 0 {
			return m.entries[best].key, m.entries[best].value, true
		}
	}
	for i := range m.entries {
		if n := &m.entries[i].pat.net; n.odd && is4 && n.has(v4) {
			return m.entries[i].key, m.entries[i].value, true
		}
	}
	return "", "", false
}

// words of a small alphabet meet often.
func word0(r *rand.Rand, m Method) string {
	switch m {
	case Int, Len:
		a, b := r.IntN(60), r.IntN(60)
		switch r.IntN(4) {
		case 0:
			return fmt.Sprintf("%d:%d", min(a, b), max(a, b))
		case 1:
			return fmt.Sprintf("%d:", a+40)
		}
		return fmt.Sprint(a)
	case IP:
		switch r.IntN(6) {
		case 0:
			return fmt.Sprintf("10.%d.%d.0/%d", r.IntN(3), r.IntN(3), 8+r.IntN(25))
		case 1:
			return fmt.Sprintf("::ffff:10.%d.%d.%d/%d", r.IntN(3), r.IntN(3), r.IntN(4), 96+r.IntN(33))
		case 2:
			return fmt.Sprintf("10.%d.0.%d/255.255.0.255", r.IntN(3), r.IntN(4))
		case 3:
			return fmt.Sprintf("2002:a0%d:%d::/%d", r.IntN(3), r.IntN(3), 16+r.IntN(32))
		}
		return fmt.Sprintf("10.%d.%d.%d", r.IntN(3), r.IntN(3), r.IntN(4))
	case Bin:
		return fmt.Sprintf("%02x%02X", r.IntN(20), r.IntN(20))
	}
	b := make([]byte, 1+r.IntN(6))
	for i := range b {
		b[i] = "abAB/.?:"[r.IntN(8)]
	}
	return string(b)
}

func sampleOf(r *rand.Rand, m Method) value.Value {
	var v value.Value
	switch m {
	case Int:
		v.SetInt(int64(r.IntN(120) - 10))
	case IP:
		text := fmt.Sprintf("10.%d.%d.%d", r.IntN(3), r.IntN(3), r.IntN(4))
		switch r.IntN(4) {
		case 0:
			text = "::ffff:" + text
		case 1:
			text = fmt.Sprintf("2002:a0%d:%d::%d", r.IntN(3), r.IntN(3), r.IntN(3))
		}
		v.SetIP(netip.MustParseAddr(text))
	case Bin:
		v.SetBin([]byte{byte(r.IntN(20)), byte(r.IntN(20))})
	default:
		b := make([]byte, r.IntN(14))
		for i := range b {
			b[i] = "abAB/.?:"[r.IntN(8)]
		}
		v.SetStr(b)
	}
	return v
}

// TestIndexAgreesWithItsModel changes lists at random and compares every search with the plain rule.
func TestIndexAgreesWithItsModel(t *testing.T) {
	for m := Int; m < Reg; m++ {
		for _, fold := range []bool{false, true} {
			if fold && (m == Int || m == IP || m == Bin || m == Len) {
				continue
			}
			t.Run(fmt.Sprintf("%v/%v", m, fold), func(t *testing.T) { changes(t, options{method: m, fold: fold}) })
		}
	}
}

func changes(t *testing.T, o options) {
	r := rand.New(rand.NewPCG(uint64(o.method), 7))
	l, u := made(t, o)
	want := &model{o: o}
	var a buf.Arena
	for step := range 1500 {
		key := word0(r, o.method)
		switch op := r.IntN(10); {
		case op < 6 || len(want.entries) == 0:
			p, err := o.parse(0, []byte(key))
			if err != nil {
				continue
			}
			text := fmt.Sprint("v", step)
			if err := l.Add(l.Current(), []byte(key), []byte(text)); err != nil {
				t.Fatal(err)
			}
			want.entries = append(want.entries, modelEntry{key, text, p})
		case op < 8:
			key = want.entries[r.IntN(len(want.entries))].key
			if err := l.Delete([]byte(key)); err != nil {
				t.Fatalf("step %d: delete %q: %v", step, key, err)
			}
			var rest []modelEntry
			for _, e := range want.entries {
				if e.key != key {
					rest = append(rest, e)
				}
			}
			want.entries = rest
		default:
			key = want.entries[r.IntN(len(want.entries))].key
			text := fmt.Sprint("w", step)
			if err := l.Put([]byte(key), []byte(text)); err != nil {
				t.Fatal(err)
			}
			for i := range want.entries {
				if want.entries[i].key == key {
					want.entries[i].value = text
				}
			}
		}
		for range 4 {
			v := sampleOf(r, o.method)
			w := v
			key, text, found := want.find(&w)
			gotKey, gotText, ok := u.Find(&v, &a)
			if ok != found || string(gotKey) != key || string(gotText) != text {
				t.Fatalf("step %d, %d entries: %q %v: got %q %q %v, want %q %q %v", step, len(want.entries), v.Bytes, v.IP, gotKey, gotText, ok, key, text, found)
			}
			a.Reset()
		}
	}
	order(t, l, want)
}

// order compares what a list shows with the model.
func order(t *testing.T, l *List, want *model) {
	t.Helper()
	if l.Count() != len(want.entries) {
		t.Errorf("%d entries, want %d", l.Count(), len(want.entries))
	}
	i := 0
	l.Each(l.Current(), func(_ Ref, key, text []byte) bool {
		if i < len(want.entries) && (string(key) != want.entries[i].key || string(text) != want.entries[i].value) {
			t.Fatalf("entry %d is %q %q, want %q", i, key, text, want.entries[i].key)
		}
		i++
		return true
	})
}

// TestLoadedAndAddedAreTheSame compares a list read from a file with one filled by commands.
func TestLoadedAndAddedAreTheSame(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	for m := Int; m < Reg; m++ {
		var content []byte
		_, added := made(t, options{method: m})
		for i := range 700 {
			key := word0(r, m)
			if key[0] == '#' {
				continue
			}
			content = fmt.Appendf(content, " %s\t v%d \r\n# c\n\n", key, i)
			if err := added.list.Add(0, []byte(key), fmt.Appendf(nil, "v%d", i)); err != nil {
				t.Fatal(m, err)
			}
		}
		ls := NewLists()
		l, err := ls.Open("file@f", true, func(string) ([]byte, error) { return content, nil }, proxy.Pos{})
		if err != nil {
			t.Fatal(err)
		}
		loaded, err := l.use(options{method: m}, Maps, value.Str)
		if err != nil {
			t.Fatal(m, err)
		}
		var a buf.Arena
		for range 3000 {
			v := sampleOf(r, m)
			w := v
			k1, v1, ok1 := loaded.Find(&v, &a)
			k2, v2, ok2 := added.Find(&w, &a)
			if ok1 != ok2 || string(k1) != string(k2) || string(v1) != string(v2) {
				t.Fatalf("%v: %q %v: loaded %q %q %v, added %q %q %v", m, v.Bytes, v.IP, k1, v1, ok1, k2, v2, ok2)
			}
			a.Reset()
		}
	}
}

// TestReadersNeverSeeHalfAChange reads while another goroutine changes: a key that is always there is always found, with
// one of its values.
func TestReadersNeverSeeHalfAChange(t *testing.T) {
	l, u := made(t, options{method: Str})
	for i := range 3000 {
		l.Add(0, fmt.Appendf(nil, "k%d", i), []byte("value-0"))
	}
	var wait sync.WaitGroup
	stop := make(chan struct{})
	for range 2 {
		wait.Go(func() {
			var a buf.Arena
			for i := 0; ; i++ {
				select {
				case <-stop:
					return
				default:
				}
				var v value.Value
				v.SetStr(fmt.Appendf(nil, "k%d", i%1000))
				key, text, ok := u.Find(&v, &a)
				if !ok || string(key) != string(v.Bytes) || len(text) != len("value-0") {
					t.Errorf("%s: %q %q %v", v.Bytes, key, text, ok)
					return
				}
			}
		})
	}
	for i := range 8000 {
		switch k := i % 3000; {
		case k < 1000:
			l.Set(fmt.Appendf(nil, "k%d", k), fmt.Appendf(nil, "value-%d", i%10))
		case i/3000%2 == 0:
			l.Delete(fmt.Appendf(nil, "k%d", k))
		default:
			l.Add(0, fmt.Appendf(nil, "k%d", k), []byte("value-9"))
		}
		if i%2000 == 1999 {
			number := l.Prepare()
			l.Each(l.Current(), func(_ Ref, key, text []byte) bool { l.Add(number, key, text); return true })
			l.Commit(number)
		}
	}
	close(stop)
	wait.Wait()
}

// TestAsideBuild lets the automaton be made beside the traffic.
func TestAsideBuild(t *testing.T) {
	l, u := made(t, options{method: Sub})
	for i := range 2 * inlineBuild {
		l.Add(0, fmt.Appendf(nil, "<%d>", i), nil)
	}
	var a buf.Arena
	for i := range 2 * inlineBuild {
		var v value.Value
		v.SetStr(fmt.Appendf(nil, "x<%d><%d>", i, i/2))
		key, _, ok := u.Find(&v, &a)
		if want := fmt.Sprintf("<%d>", i/2); !ok || string(key) != want {
			t.Fatalf("%s: %q %v, want %q", v.Bytes, key, ok, want)
		}
	}
}

// TestVersions walks the life of a prepared version.
func TestVersions(t *testing.T) {
	l, u := made(t, options{method: Str})
	var a buf.Arena
	look := func(key string) string {
		var v value.Value
		v.SetStr([]byte(key))
		_, text, _ := u.Find(&v, &a)
		return string(text)
	}
	l.Add(0, []byte("a"), []byte("old"))
	if err := l.Add(1, []byte("a"), nil); err != ErrNoVersion {
		t.Error("a version that was not given out:", err)
	}
	first, second := l.Prepare(), l.Prepare()
	l.Add(first, []byte("a"), []byte("one"))
	l.Add(second, []byte("a"), []byte("two"))
	if got := look("a"); got != "old" {
		t.Error(got)
	}
	if l.Count() != 3 {
		t.Error(l.Count())
	}
	if err := l.Commit(second); err != nil || look("a") != "two" || l.Count() != 1 {
		t.Error(err, look("a"), l.Count())
	}
	if err := l.Commit(first); err != ErrNoVersion {
		t.Error("back in time:", err)
	}
	l.Clear(l.Current())
	if look("a") != "" || l.Current() != 2 || l.Next() != 2 {
		t.Error(look("a"), l.Current(), l.Next())
	}
	if l.Commit(l.Prepare()) != nil || l.Count() != 0 || l.Current() != 3 {
		t.Error(l.Count(), l.Current())
	}
}

// TestReferences changes single entries of several with one key.
func TestReferences(t *testing.T) {
	l, _ := made(t, options{method: Str})
	for _, text := range []string{"one", "two", "three"} {
		l.Add(0, []byte("k"), []byte(text))
	}
	var refs []Ref
	l.Each(0, func(r Ref, _, _ []byte) bool { refs = append(refs, r); return true })
	if err := l.DeleteRef(refs[0]); err != nil {
		t.Fatal(err)
	}
	if l.DeleteRef(refs[0]) != ErrNoEntry || l.SetRef(refs[0], nil) != ErrNoEntry || l.SetRef(1, nil) != ErrNoEntry {
		t.Error("a deleted entry is still there")
	}
	l.SetRef(refs[2], []byte("3"))
	var got string
	l.Each(0, func(_ Ref, _, text []byte) bool { got += string(text) + " "; return true })
	if got != "two 3 " {
		t.Error(got)
	}
}

// TestMemoryIsReused sets and deletes for ever what stays small.
func TestMemoryIsReused(t *testing.T) {
	l, _ := made(t, options{method: Str})
	l.Add(0, []byte("stays"), []byte("x"))
	for i := range 60000 {
		key := fmt.Appendf(nil, "key-%d", i)
		l.Add(0, key, []byte("value"))
		l.Set([]byte("stays"), fmt.Appendf(nil, "some longer value %d", i))
		l.Delete(key)
	}
	text, chunks := 0, 0
	for i := range *l.current.store.chunks.Load() {
		if c := (*l.current.store.chunks.Load())[i].Load(); c != nil && len(c.records) > 0 {
			text += cap(c.text)
			chunks++
		}
	}
	if text > 64<<10 || chunks > 2 {
		t.Errorf("%d bytes of text in %d chunks are kept for one entry", text, chunks)
	}
}
