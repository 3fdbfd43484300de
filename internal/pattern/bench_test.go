package pattern

import (
	"fmt"
	"testing"

	"sluice/internal/buf"
	"sluice/internal/proxy"
	"sluice/internal/value"
)

// large returns a map of n lines searched in one way.
func large(b *testing.B, m Method, n int) *user {
	var content []byte
	for i := range n {
		content = fmt.Appendf(content, "%s value-%d\n", entry(m, i), i)
	}
	l, err := NewLists().Open("f", true, func(string) ([]byte, error) { return content, nil }, proxy.Pos{})
	if err != nil {
		b.Fatal(err)
	}
	u, err := l.use(options{method: m}, Maps, value.Str)
	if err != nil {
		b.Fatal(err)
	}
	return u
}

// entry is the i-th line, spread over different lengths and networks.
func entry(m Method, i int) string {
	h := uint32(i) * 2654435761
	switch m {
	case IP:
		return fmt.Sprintf("%d.%d.%d.%d/%d", 1+h>>24%220, h>>16&255, h>>8&255, h&255, 20+i%13)
	case Int:
		return fmt.Sprint(h)
	case Sub, Dir, Dom:
		return fmt.Sprintf("word%08x", h)
	}
	return fmt.Sprintf("/static/%x/%d/index-%0*d.html", h, i%97, 1+i%20, i)
}

// BenchmarkFind looks up what is there, spread over the whole list.
func BenchmarkFind(b *testing.B) {
	for _, m := range []Method{Str, Beg, End, IP, Int, Sub, Dir, Dom} {
		for _, n := range []int{5, 1000, 1000000} {
			b.Run(fmt.Sprintf("%v/%d", m, n), func(b *testing.B) {
				u := large(b, m, n)
				var samples []value.Value
				for i := range 4096 {
					samples = append(samples, sampleFor(m, i*7919%n))
				}
				var a buf.Arena
				b.ReportAllocs()
				i := 0
				for b.Loop() {
					v := samples[i%len(samples)]
					if _, _, ok := u.Find(&v, &a); !ok {
						b.Fatalf("%q %v is not found", v.Bytes, v.IP)
					}
					i++
				}
			})
		}
	}
}

func sampleFor(m Method, i int) (v value.Value) {
	text := entry(m, i)
	switch m {
	case IP:
		n, _ := parseNet([]byte(text))
		v.SetIP(n.prefix.Addr())
	case Int:
		v.SetStr([]byte(text))
		v.Cast(value.Sint, nil)
	case Beg:
		v.SetStr([]byte(text + "/and/more/behind"))
	case End:
		v.SetStr([]byte("www.example.com" + text))
	case Sub, Dir, Dom:
		v.SetStr([]byte("/some/path/" + text + "/x.html"))
	default:
		v.SetStr([]byte(text))
	}
	return v
}

// BenchmarkChange gives one key of a large map a new value, and adds and deletes one.
func BenchmarkChange(b *testing.B) {
	for _, m := range []Method{Str, IP} {
		u := large(b, m, 1000000)
		u.list.Changeable()
		b.Run("set/"+m.String(), func(b *testing.B) {
			i := 0
			for b.Loop() {
				u.list.Set([]byte(entry(m, i*7919%1000000)), []byte("another"))
				i++
			}
		})
		b.Run("add-del/"+m.String(), func(b *testing.B) {
			i := 0
			for b.Loop() {
				key := fmt.Appendf(nil, "9.%d.%d.%d", i>>16&255, i>>8&255, i&255)
				u.list.Add(0, key, []byte("x"))
				u.list.Delete(key)
				i++
			}
		})
	}
}

// BenchmarkLoad reads a file of a million lines.
func BenchmarkLoad(b *testing.B) {
	for _, m := range []Method{Str, Beg, IP} {
		b.Run(m.String(), func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				b.StopTimer()
				var content []byte
				for i := range 1000000 {
					content = fmt.Appendf(content, "%s value-%d\n", entry(m, i), i)
				}
				b.StartTimer()
				l, _ := NewLists().Open("f", true, func(string) ([]byte, error) { return content, nil }, proxy.Pos{})
				if _, err := l.use(options{method: m}, Maps, value.Str); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
