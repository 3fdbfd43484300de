package sample

import (
	"sync"

	"sluice/internal/proxy"
)

// Format is a compiled log-format (configuration.txt 8.2.6). It is immutable and runs on any loop.
type Format struct {
	items  []item
	all    flags // what %o said last: the encoding of the whole line
	wait   proxy.LogWait
	http   bool
	keeps  bool
	counts bool // shows the number of the line (%lc)
	fixed  bool // prints the one text that items hold
	plain  bool // items are texts and expressions whose values are printed without quotes or another encoding
	placed bool // plain, and all expressions are texts in memory
	clean  bool // plain, and nothing in it ends a line of HTTP

	Text string // as written

	writers sync.Pool // of *writer, so that a line allocates none
}

// item is one piece of a format: exactly one of text, blank, put and expr counts.
type item struct {
	text  []byte // printed as it is
	inner Direct // expr, when it is a text in memory
	expr  *Expr
	blank bool // a space of a format whose spaces are merged
	put   func(w *writer)
	name  string // key in an encoded line
	flags flags
	force itemType
}

// Wait returns what must have happened before a line of this format can be written.
func (f *Format) Wait() proxy.LogWait { return f.wait }

// HTTP reports whether the format shows what only HTTP streams have.
func (f *Format) HTTP() bool { return f.http }

// Constant returns the text of a format that is the same for every stream.
func (f *Format) Constant() (text []byte, ok bool) {
	if f.all != 0 {
		return nil, false
	}
	for i := range f.items {
		it := &f.items[i]
		switch {
		case it.blank:
			text = append(text, ' ')
		case it.text == nil:
			return nil, false
		}
		text = append(text, it.text...)
	}
	return text, true
}

// Empty reports whether the format prints nothing, whatever the stream.
func (f *Format) Empty() bool { return len(f.items) == 0 }

// Append appends what the format makes of s to dst. What expressions make up on the way is forgotten afterwards.
func (f *Format) Append(dst []byte, s *proxy.Stream) []byte {
	if !s.Arena.IsTail(dst) {
		return f.append(dst, s)
	}
	b := append(s.Scratch[:0], dst...)
	s.Scratch = nil
	b = f.append(b, s)
	out := s.Arena.Copy(b)
	s.Scratch = b
	return out
}

func (f *Format) append(dst []byte, s *proxy.Stream) []byte {
	if f.fixed {
		return append(dst, f.items[0].text...)
	}
	if f.plain {
		return f.appendPlain(dst, s)
	}
	w, ok := f.writers.Get().(*writer)
	if !ok {
		w = new(writer)
	}
	*w = writer{dst: dst, s: s}
	f.print(w)
	dst = w.dst
	*w = writer{}
	f.writers.Put(w)
	return dst
}

// print prints the line.
func (f *Format) print(w *writer) {
	s := w.s
	if f.counts && s.Front != nil && s.Front.State != nil {
		w.line = s.Front.State.LogLines.Add(1) - 1
	}
	if f.all&(flagJSON|flagCBOR) != 0 {
		f.object(w)
		return
	}
	spaced := true // a space at the beginning would be no separator
	for i := range f.items {
		it := &f.items[i]
		if it.blank {
			if !spaced {
				w.dst = append(w.dst, ' ')
			}
			spaced = true
			continue
		}
		if it.text != nil {
			w.dst = append(w.dst, it.text...)
			spaced = false
			continue
		}
		before := len(w.dst)
		f.put(w, it)
		spaced = spaced && len(w.dst) == before
	}
}

// put prints one item that is not constant.
func (f *Format) put(w *writer, it *item) {
	w.flags, w.force = it.flags, it.force
	if it.put != nil {
		it.put(w)
		return
	}
	if it.expr.keeps {
		w.sample(it.expr)
		return
	}
	m := w.s.Arena.Mark()
	w.sample(it.expr)
	w.s.Arena.Release(m)
}

// object prints the named items as one JSON object or CBOR map.
func (f *Format) object(w *writer) {
	cbor := f.all&flagCBOR != 0
	w.flags = f.all
	if cbor {
		w.cborByte(0xbf)
	} else {
		w.dst = append(w.dst, '{')
	}
	first := true
	for i := range f.items {
		it := &f.items[i]
		if it.name == "" || it.put == nil && it.expr == nil {
			continue
		}
		w.flags = f.all
		switch {
		case cbor:
			w.cborHead(3, uint64(len(it.name)))
			w.cborString(it.name)
		case first:
			w.dst = append(append(append(w.dst, '"'), it.name...), "\": "...)
		default:
			w.dst = append(append(append(w.dst, ", \""...), it.name...), "\": "...)
		}
		first = false
		f.put(w, it)
	}
	w.flags = f.all
	if cbor {
		w.cborByte(0xff)
	} else {
		w.dst = append(w.dst, '}')
	}
}
