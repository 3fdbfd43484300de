package pattern

import (
	"fmt"
	"math/rand/v2"
	"testing"

	"sluice/internal/buf"
	"sluice/internal/value"
)

// TestHandfulAgreesWithTheIndex compares what a handful of patterns says of samples with what the search for an entry finds.
func TestHandfulAgreesWithTheIndex(t *testing.T) {
	for m := Int; m < NMethods; m++ {
		for _, fold := range []bool{false, true} {
			t.Run(fmt.Sprintf("%v/%v", m, fold), func(t *testing.T) {
				r := rand.New(rand.NewPCG(uint64(m), 11))
				ready := 0
				for range 300 {
					ready += oneHandful(t, r, options{method: m, fold: fold})
				}
				if has := m != Bin; (ready > 30) != has {
					t.Errorf("%d of 300 are handfuls", ready)
				}
			})
		}
	}
}

// oneHandful returns 1 when the patterns that it made up are a handful.
func oneHandful(t *testing.T, r *rand.Rand, o options) (ready int) {
	l, u := made(t, o)
	var words []string
	for range r.IntN(mostHandful + 2) {
		w := longWord(r, o.method)
		if l.Add(0, []byte(w), nil) == nil {
			words = append(words, w)
		}
	}
	if len(words) > 0 && r.IntN(3) == 0 {
		if err := l.Delete([]byte(words[r.IntN(len(words))])); err != nil {
			t.Fatal(err)
		}
	}
	if st := u.state.Load(); st.few.ready && len(st.line) > 0 {
		ready = 1
	}
	var a buf.Arena
	for range 60 {
		v := sampleOf(r, o.method)
		if v.Type == value.Str && len(words) > 0 && r.IntN(3) > 0 {
			v.SetStr(near(r, words[r.IntN(len(words))]))
		}
		w := v
		at, _ := u.find(&w, &a)
		if got := u.has(&v, &a); got != (at != none) {
			t.Fatalf("%q: %q %v %d: %v", words, v.Bytes, v.IP, v.Int, got)
		}
	}
	return ready
}

// longWord is a word that may be longer than the bytes that are compared at once.
func longWord(r *rand.Rand, m Method) string {
	switch m {
	case Int, Len, IP, Bin:
		if m == IP && r.IntN(4) > 0 {
			return fmt.Sprintf("10.%d.%d.0/%d", r.IntN(3), r.IntN(3), r.IntN(33))
		}
		return word0(r, m)
	case Reg:
		return [...]string{"^a", "B$", "a[ab]b", "/", "^(a|b)+/", "^A/b"}[r.IntN(6)]
	}
	w := ""
	for range r.IntN(6) {
		w += word0(r, m)
	}
	return w
}

// near is a text that is almost a word.
func near(r *rand.Rand, word string) []byte {
	b := []byte(word)
	for i, c := range b {
		if r.IntN(4) == 0 && (c|0x20 == 'a' || c|0x20 == 'b') {
			b[i] ^= 0x20
		}
	}
	if len(b) > 0 && r.IntN(4) == 0 {
		b[r.IntN(len(b))] ^= byte(1 << r.IntN(8))
	}
	switch r.IntN(4) {
	case 0:
		b = append(b, "ab/A"[:r.IntN(5)]...)
	case 1:
		b = append([]byte("B.aaAbbAb/"[:r.IntN(11)]), b...)
	case 2:
		b = b[:r.IntN(len(b)+1)]
	}
	return b
}
