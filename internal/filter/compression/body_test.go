package compression

import (
	"bytes"
	"compress/flate"
	"compress/gzip"
	"compress/zlib"
	"io"
	"testing"

	"pgregory.net/rapid"

	"sluice/internal/proxy"
)

// expand undoes an algorithm with the standard library.
func expand(t require, algo proxy.CompAlgo, b []byte) []byte {
	var r io.Reader = bytes.NewReader(b)
	var err error
	switch algo {
	case proxy.CompGzip:
		r, err = gzip.NewReader(r)
	case proxy.CompDeflate:
		r, err = zlib.NewReader(r)
	case proxy.CompRawDeflate:
		r = flate.NewReader(r)
	}
	if err != nil {
		t.Fatalf("%v: %v", algo, err)
	}
	out, err := io.ReadAll(r)
	if err != nil {
		t.Fatalf("%v: %v", algo, err)
	}
	return out
}

type require interface{ Fatalf(string, ...any) }

// TestEveryChunking compresses texts in pieces of all sizes into room of all sizes and expands them again.
func TestEveryChunking(t *testing.T) {
	var sh shop
	rapid.Check(t, func(t *rapid.T) {
		algo := rapid.SampledFrom(proxy.CompAlgos()).Draw(t, "algorithm")
		level := rapid.IntRange(0, maxLevel).Draw(t, "level")
		word := rapid.SliceOfN(rapid.Byte(), 1, 200).Draw(t, "word")
		var text []byte
		for range rapid.IntRange(0, 300).Draw(t, "times") {
			text = append(text, word...)
		}
		text = append(text, rapid.SliceOf(rapid.Byte()).Draw(t, "rest")...)
		s := new(proxy.Stream)
		b := sh.body(s, algo, limits{level: level}, true)
		var out []byte
		ended := false
		for rest := text; !ended; {
			piece := rest[:min(len(rest), rapid.IntRange(0, 20000).Draw(t, "piece"))]
			last := len(piece) == len(rest)
			for {
				dst := make([]byte, 0, rapid.IntRange(proxy.MinTransform, 16384).Draw(t, "room"))
				made, n := b.Append(dst, piece, last)
				if cap(made) != cap(dst) {
					t.Fatalf("%d bytes of %d do not fit into %d", n, len(piece), cap(dst))
				}
				out = append(out, made...)
				piece, rest = piece[n:], rest[n:]
				if len(piece) == 0 {
					ended = last
					break
				}
				if n == 0 {
					t.Fatalf("nothing taken of %d bytes into %d", len(piece), cap(dst))
				}
			}
		}
		if got := expand(t, algo, out); !bytes.Equal(got, text) {
			t.Fatalf("%v at level %d: %d bytes came back as %d", algo, level, len(text), len(got))
		}
		if algo == proxy.CompIdentity && s.Comp.Bypass != uint64(len(text)) || algo != proxy.CompIdentity && (s.Comp.In != uint64(len(text)) || s.Comp.Out != uint64(len(out))) {
			t.Fatalf("counted %+v for %d and %d bytes", s.Comp, len(text), len(out))
		}
		b.Release()
	})
}

// TestRewind compresses the beginning of a text, and then, from the start, all of it.
func TestRewind(t *testing.T) {
	var sh shop
	text := bytes.Repeat([]byte("again and again "), 100)
	for _, algo := range proxy.CompAlgos() {
		b := sh.body(new(proxy.Stream), algo, limits{level: 1}, false)
		b.Append(make([]byte, 0, 4096), text[:500], false)
		b.Rewind()
		out, _ := b.Append(make([]byte, 0, 4096), text, true)
		if got := expand(t, algo, out); !bytes.Equal(got, text) {
			t.Errorf("%v: %d bytes came back as %d", algo, len(text), len(got))
		}
	}
}

// TestSteadyState compresses without allocating.
func TestSteadyState(t *testing.T) {
	var sh shop
	s := new(proxy.Stream)
	text := bytes.Repeat([]byte("the same again "), 500)
	dst := make([]byte, 0, 16384)
	run := func() {
		b := sh.body(s, proxy.CompGzip, limits{level: 1}, true)
		b.Append(dst, text, false)
		b.Append(dst, nil, true)
		b.Release()
	}
	run()
	if n := testing.AllocsPerRun(100, run); n > 0 {
		t.Errorf("%v allocations for a body", n)
	}
}
