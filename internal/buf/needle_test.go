package buf

import (
	"bytes"
	"math/rand/v2"
	"testing"
)

func TestNeedle(t *testing.T) {
	r := rand.New(rand.NewPCG(3, 4))
	random := func(n int) []byte {
		b := make([]byte, n)
		for i := range b {
			b[i] = "abABeE/\x00\xc1@`"[r.IntN(11)]
		}
		return b
	}
	for range 30000 {
		text, b := random(1+r.IntN(5)), random(r.IntN(60))
		if r.IntN(50) == 0 {
			text, b = random(1+r.IntN(60)), random(r.IntN(400))
		}
		if r.IntN(2) == 0 && len(b) > len(text) {
			copy(b[r.IntN(len(b)-len(text)):], text)
		}
		for _, fold := range []bool{false, true} {
			want := bytes.Index(b, text)
			x := NewNeedle(text, false)
			if fold {
				// Only ASCII letters have a case here.
				lower := func(c rune) rune {
					if c >= 'A' && c <= 'Z' {
						c += 'a' - 'A'
					}
					return c
				}
				low := func(b []byte) (out []byte) {
					for _, c := range b {
						out = append(out, byte(lower(rune(c))))
					}
					return out
				}
				want = bytes.Index(low(b), low(text))
				x = NewNeedle(low(text), true)
			}
			if got := x.Index(b); got != want {
				t.Fatalf("%q in %q, fold %v: %d, not %d", text, b, fold, got, want)
			}
		}
	}
}
