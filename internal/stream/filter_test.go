package stream

import (
	"bytes"
	"testing"

	"pgregory.net/rapid"

	"sluice/internal/msg"
	"sluice/internal/wire/h1"
)

// upper is a change of a body for tests: letters become capitals, and a mark says that it ended.
type upper struct{ ended int }

func (u *upper) Append(dst, src []byte, last bool) ([]byte, int) {
	n := min(len(src), cap(dst)-len(dst)-1)
	dst = append(dst, bytes.ToUpper(src[:n])...)
	if last && n == len(src) {
		u.ended++
		dst = append(dst, '.')
	}
	return dst, n
}

func (u *upper) Rewind()  {}
func (u *upper) Release() {}

// TestChangedBodies moves bodies in all framings and pieces through a change, with room of all sizes.
func TestChangedBodies(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		payload := rapid.SliceOfN(rapid.ByteRange('a', 'z'), 1, 3000).Draw(t, "payload")
		wire, body := payload, int64(len(payload))
		if rapid.Bool().Draw(t, "chunked") {
			wire, body = nil, msg.Chunked
			for rest := payload; len(rest) > 0; {
				n := rapid.IntRange(1, len(rest)).Draw(t, "chunk")
				wire = append(h1.AppendChunkHead(wire, uint64(n)), rest[:n]...)
				wire = append(wire, h1.ChunkEnd...)
				rest = rest[n:]
			}
			wire = append(wire, h1.LastChunk...)
		}
		u := &upper{}
		in := &input{b: make([]byte, len(wire))}
		var f flow
		f.begin(in, nil, nil, make([]byte, 0, leastRoom+rapid.IntRange(0, 2000).Draw(t, "room")), body, 0)
		f.change = u
		var out []byte
		for rest := wire; !f.complete; {
			n := rapid.IntRange(min(1, len(rest)), len(rest)).Draw(t, "read")
			in.compact()
			in.w += copy(in.b[in.w:], rest[:n])
			rest = rest[n:]
			for before := -1; before != len(out) && !f.complete; {
				before = len(out)
				f.make()
				out = append(out, f.out...)
				f.out = f.out[:0]
			}
			if f.bad || n == 0 && !f.complete && len(rest) == 0 {
				t.Fatalf("stopped after %q: %+v", out, f.passage)
			}
		}
		var got []byte
		var c h1.Chunked
		for b := out; ; {
			from, to, n, v := c.Next(b, &h1.Options{})
			got = append(got, b[from:to]...)
			b = b[n:]
			if v == h1.Done {
				break
			}
			if v == h1.Failed || len(b) == 0 {
				t.Fatalf("%v in %q", v, out)
			}
		}
		if want := string(bytes.ToUpper(payload)) + "."; string(got) != want || u.ended != 1 || f.made != uint64(len(want)) || in.len() != 0 {
			t.Fatalf("%q, want %q; %d ends, %d made, %d left", got, want, u.ended, f.made, in.len())
		}
	})
}
