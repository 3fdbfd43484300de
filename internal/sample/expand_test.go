package sample

import (
	"math/rand/v2"
	"testing"
)

// TestTemplates compares templates with Expand.
func TestTemplates(t *testing.T) {
	r := rand.New(rand.NewPCG(3, 4))
	text := []byte("0123456789abcdef")
	for range 20000 {
		to := make([]byte, r.IntN(12))
		for i := range to {
			to[i] = `\\\x01239afg`[r.IntN(12)]
		}
		places := make([]int, 2*r.IntN(5))
		for i := 0; i < len(places); i += 2 {
			places[i] = r.IntN(len(text)+1) - 1
			places[i+1] = -1
			if places[i] >= 0 {
				places[i+1] = places[i] + r.IntN(len(text)-places[i])
			}
		}
		tmpl := NewTemplate(to)
		want, got := string(Expand(nil, to, text, places)), string(tmpl.Append(nil, text, places))
		if got != want || tmpl.Len(places) != len(want) {
			t.Fatalf("%q with %v: %q of %d bytes, not %q", to, places, got, tmpl.Len(places), want)
		}
	}
}
