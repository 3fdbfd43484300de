package h1

import (
	"bufio"
	"bytes"
	"io"
	"net/http"
	"net/http/httputil"
	"reflect"
	"slices"
	"strings"
	"testing"

	"sluice/internal/msg"
)

// seeds adds the messages of the table whose kind begins with prefix.
func seeds(f *testing.F, prefix string) {
	var t testing.T
	rows, _ := table(&t)
	for _, r := range rows {
		if strings.HasPrefix(r.kind, prefix) {
			f.Add([]byte(r.input), len(r.input)/2, false)
			f.Add([]byte(r.input), len(r.input)/3, true)
		}
	}
}

// FuzzRequest holds that a request is understood the same way however it arrives, that what is sent on is understood
// the same way again, and that the standard library finds the same length of body where it accepts the request too.
func FuzzRequest(f *testing.F) {
	seeds(f, "req")
	f.Add([]byte(browser), 100, false)
	f.Fuzz(func(t *testing.T, input []byte, cut int, relaxed bool) {
		o := &Options{Relaxed: relaxed}
		s := once(t, "req", input, cut, o)
		if s.v != Done {
			return
		}
		sent := AppendRequest(nil, &s.q, &Plan{})
		again := run("req", string(sent), &Options{Relaxed: true, MaxFields: 1000}, false)
		if again.v != Done || again.n != len(sent) {
			t.Fatalf("%q is sent on as %q, which is %v %v after %d bytes", input, sent, again.v, again.err, again.n)
		}
		if s.q.Form == msg.OriginForm { // a host like "a::" loses one colon each time
			sameFields(t, sent, s.q.Fields, again.q.Fields)
		}
		if again.q.Body != s.q.Body || again.q.Flags&(msg.ConnUpgrade|msg.HasCL|msg.HasTE) != s.q.Flags&(msg.ConnUpgrade|msg.HasCL|msg.HasTE) {
			t.Fatalf("%q: body %d, flags %b; sent on: body %d, flags %b", input, s.q.Body, s.q.Flags, again.q.Body, again.q.Flags)
		}
		h, err := http.ReadRequest(bufio.NewReader(bytes.NewReader(input)))
		if err != nil || s.q.Body == msg.Tunnel || s.q.Version < msg.HTTP11 {
			return // before 1.1 net/http does not know the chunked coding
		}
		chunked := slices.Contains(h.TransferEncoding, "chunked")
		if chunked != (s.q.Body == msg.Chunked) || !chunked && h.ContentLength != s.q.Body {
			t.Fatalf("%q: body %d here, %d, chunked %v in net/http", input, s.q.Body, h.ContentLength, chunked)
		}
	})
}

// FuzzResponse is the same for responses.
func FuzzResponse(f *testing.F) {
	seeds(f, "res GET")
	f.Add([]byte(page), 20, false)
	f.Fuzz(func(t *testing.T, input []byte, cut int, relaxed bool) {
		o := &Options{Relaxed: relaxed}
		s := once(t, "res GET", input, cut, o)
		if s.v != Done {
			return
		}
		sent := AppendResponse(nil, &s.r, &Plan{})
		again := run("res GET", string(sent), &Options{Relaxed: true, MaxFields: 1000}, false)
		if again.v != Done || again.n != len(sent) {
			t.Fatalf("%q is sent on as %q, which is %v %v after %d bytes", input, sent, again.v, again.err, again.n)
		}
		sameFields(t, sent, s.r.Fields, again.r.Fields)
		if again.r.Body != s.r.Body {
			t.Fatalf("%q: body %d; sent on: body %d", input, s.r.Body, again.r.Body)
		}
		h, err := http.ReadResponse(bufio.NewReader(bytes.NewReader(input)), nil)
		if err != nil || s.r.Flags&msg.NoBody != 0 || s.r.Version < msg.HTTP11 {
			return // before 1.1 net/http does not know the chunked coding
		}
		chunked := slices.Contains(h.TransferEncoding, "chunked")
		length := s.r.Body
		if length == msg.UntilClose {
			length = -1
		}
		if chunked != (s.r.Body == msg.Chunked) || !chunked && h.ContentLength != length {
			t.Fatalf("%q: body %d here, %d, chunked %v in net/http", input, s.r.Body, h.ContentLength, chunked)
		}
	})
}

// once parses input whole and cut in two, and holds that the result is the same.
func once(t *testing.T, kind string, input []byte, cut int, o *Options) result {
	s := run(kind, string(input), o, false)
	if cut >= 0 && cut < len(input) {
		for _, moved := range []bool{false, true} {
			if split := run(kind, string(input), o, moved, cut); !reflect.DeepEqual(split, s) {
				t.Fatalf("%q cut at %d, moved %v: %+v, whole %+v", input, cut, moved, split, s)
			}
		}
	}
	return s
}

// sameFields compares live fields, TE aside, of which less is sent on.
func sameFields(t *testing.T, sent []byte, was, is []msg.Field) {
	t.Helper()
	keep := func(fs []msg.Field) (out []string) {
		for _, f := range fs {
			if !f.Dead && f.Known != msg.TE {
				out = append(out, string(f.Name)+": "+string(f.Value))
			}
		}
		return out
	}
	if a, b := keep(was), keep(is); !slices.Equal(a, b) {
		t.Fatalf("sent on as %q:\n%q\nread again:\n%q", sent, a, b)
	}
}

// FuzzChunked holds that a body is taken apart the same way however it arrives, that passing it on does not change it,
// and that the standard library reads the same payload where it accepts the body too.
func FuzzChunked(f *testing.F) {
	for _, c := range bodies {
		if len(c.in) < 1000 {
			f.Add([]byte(c.in), len(c.in)/2)
		}
	}
	f.Fuzz(func(t *testing.T, input []byte, cut int) {
		var d, e Chunked
		in := string(input)
		payload, trailers, used, v := decode(&d, in)
		if cut < 0 || cut > len(in) {
			cut = 0
		}
		p2, t2, u2, v2 := decode(&e, in, cut)
		if v != v2 || v == Done && (payload != p2 || trailers != t2 || used != u2) || v == Failed && d.Err.Reason != e.Err.Reason {
			t.Fatalf("%q: %v %q %q %d, cut at %d: %v %q %q %d", in, v, payload, trailers, used, cut, v2, p2, t2, u2)
		}
		out, v3 := relay(t, in, cut)
		if v != v3 {
			t.Fatalf("%q: %v %q, passed on %v", in, v, d.Err.Reason, v3)
		}
		if v != Done {
			return
		}
		var g Chunked
		if p4, t4, u4, v4 := decode(&g, out); v4 != Done || p4 != payload || t4 != trailers || u4 != len(out) {
			t.Fatalf("%q passed on as %q: %v %q %q", in, out, v4, p4, t4)
		}
		if theirs, err := io.ReadAll(httputil.NewChunkedReader(strings.NewReader(in))); err == nil && string(theirs) != payload {
			t.Fatalf("%q: payload %q here, %q in net/http", in, payload, theirs)
		}
	})
}
