package buf

import (
	"bytes"
	"math/rand/v2"
	"testing"
)

func TestIndex(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	for range 20000 {
		b := make([]byte, r.IntN(40))
		if r.IntN(20) == 0 {
			b = make([]byte, r.IntN(300))
		}
		for i := range b {
			b[i] = "ab\x00\xff\x80\x7f,-"[r.IntN(8)]
		}
		for _, c := range []byte("ab\x00\xff\x80,c") {
			if got, want := Index(b, c), bytes.IndexByte(b, c); got != want {
				t.Fatalf("Index(%q, %q) is %d, not %d", b, c, got, want)
			}
		}
	}
}
