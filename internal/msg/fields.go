package msg

import (
	"bytes"

	"sluice/internal/buf"
)

// Fields is the list of a message's header fields in the order they came. Deleted fields stay in it, so that indexes
// hold while a message is edited; the methods here pass over them.
type Fields []Field

// Name is the name of a header field, prepared for searching. The zero Name stands for all fields.
type Name struct {
	text  []byte
	known Known
}

// NewName prepares a name, in whatever case it is written. It allocates: prepare names with the configuration.
func NewName(s string) Name {
	text := bytes.ToLower([]byte(s))
	return Name{text, Lookup(text)}
}

// Name returns the name of a known field. It does not allocate.
func (k Known) Name() Name { return Name{knownTexts[k], k} }

// Len is the length of the name.
func (n Name) Len() int { return len(n.text) }

// String returns the name in lower case.
func (n Name) String() string { return string(n.text) }

// matches says whether the live field f has the name n.
func (n *Name) matches(f *Field) bool {
	if f.Dead {
		return false
	}
	if n.known != Unknown {
		return f.Known == n.known
	}
	return n.text == nil || f.Known == Unknown && len(f.Name) == len(n.text) && bytes.Equal(f.Name, n.text)
}

// Next returns the index of the first field of that name at or behind from, -1 without.
func (fs Fields) Next(n Name, from int) int {
	if n.known != Unknown {
		for i := from; i < len(fs); i++ {
			if f := &fs[i]; f.Known == n.known && !f.Dead {
				return i
			}
		}
		return -1
	}
	if n.text == nil {
		for from < len(fs) && fs[from].Dead {
			from++
		}
		if from < len(fs) {
			return from
		}
		return -1
	}
	for i := from; i < len(fs); i++ {
		// Most names differ by their length: that is seen without a call.
		if f := &fs[i]; len(f.Name) == len(n.text) && f.Known == Unknown && !f.Dead && string(f.Name) == string(n.text) {
			return i
		}
	}
	return -1
}

// First returns the first field of a known name, nil without.
func (fs Fields) First(k Known) *Field {
	for i := range fs {
		if fs[i].Known == k && !fs[i].Dead {
			return &fs[i]
		}
	}
	return nil
}

// Count returns how many fields have that name.
func (fs Fields) Count(n Name) int {
	c := 0
	for i := fs.Next(n, 0); i >= 0; i = fs.Next(n, i+1) {
		c++
	}
	return c
}

// Nth returns the index of an occurrence: 1 is the first, -1 the last (configuration.txt 7.3.6, req.fhdr). It is -1
// when there are not as many.
func (fs Fields) Nth(n Name, occurrence int) int {
	if occurrence > 0 {
		for i := fs.Next(n, 0); i >= 0; i = fs.Next(n, i+1) {
			if occurrence--; occurrence == 0 {
				return i
			}
		}
		return -1
	}
	for i := len(fs) - 1; i >= 0; i-- {
		if n.matches(&fs[i]) {
			if occurrence++; occurrence >= 0 {
				return i
			}
		}
	}
	return -1
}

// Append appends a field and copies the value into the arena; what would end its line is encoded.
func (fs *Fields) Append(n Name, value []byte, a *buf.Arena) { fs.add(n, armour(value, false, a)) }

// add appends a field whose bytes the caller owns.
func (fs *Fields) add(n Name, value []byte) {
	*fs = append(*fs, Field{Name: n.text, Value: value, Known: n.known})
}

// Remove deletes all fields of that name and returns how many there were. The edits of a message that do so mark it as edited.
func (fs Fields) Remove(n Name) int {
	c := 0
	for i := fs.Next(n, 0); i >= 0; i = fs.Next(n, i+1) {
		fs[i].Dead = true
		c++
	}
	return c
}
