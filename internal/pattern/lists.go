package pattern

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"slices"
	"strconv"
	"strings"
	"sync/atomic"

	"sluice/internal/proxy"
)

// Lists are all lists of a configuration. Lists are added while it is read only.
type Lists struct {
	byName map[string]*List
	all    []*List
	ids    map[int]bool // given by -u, or given out
	nextID int
	seed   seed
	serial atomic.Uint64
}

// NewLists returns an empty set.
func NewLists() *Lists {
	return &Lists{byName: map[string]*List{}, ids: map[int]bool{}, seed: newSeed()}
}

// Number gives an id to each list that has none, once the configuration is read.
func (ls *Lists) Number() {
	for _, l := range ls.all {
		l.source = nil
		if l.ID >= 0 {
			continue
		}
		for ls.ids[ls.nextID] {
			ls.nextID++
		}
		l.ID = ls.nextID
		ls.nextID++
	}
	slices.SortStableFunc(ls.all, func(a, b *List) int { return a.ID - b.ID })
}

// Of returns the lists that a kind of user has, by their id.
func (ls *Lists) Of(kind Kind) []*List {
	var out []*List
	for _, l := range ls.all {
		if l.forms[kind] {
			out = append(out, l)
		}
	}
	return out
}

// Lookup returns the list that a command names, by "#" and its id or by its name; nil when no user of that kind has one.
func (ls *Lists) Lookup(kind Kind, text string) *List {
	l := ls.byName[bareName(text)]
	if id, ok := strings.CutPrefix(text, "#"); ok {
		n, err := strconv.Atoi(id)
		if err != nil {
			return nil
		}
		l = nil
		for _, other := range ls.all {
			if other.ID == n {
				l = other
			}
		}
	}
	if l == nil || !l.forms[kind] {
		return nil
	}
	return l
}

// Named returns the list of a name, whoever uses it; nil when there is none.
func (ls *Lists) Named(name string) *List { return ls.byName[bareName(name)] }

// bareName takes off what is not part of a list's name.
func bareName(name string) string {
	return strings.TrimPrefix(strings.TrimPrefix(name, "opt@"), "file@")
}

// make returns a new, empty list.
func (ls *Lists) make(name string, isMap bool) *List {
	l := &List{Name: name, Map: isMap, ID: -1, lists: ls}
	l.search(l.newVersion(0))
	ls.all = append(ls.all, l)
	return l
}

// words makes the list of the words of one test.
func (ls *Lists) words(keyword string, pos proxy.Pos) *List {
	l := ls.make("", false)
	l.uses = []string{fmt.Sprintf("acl '%s' file '%s' line %d", keyword, pos.File, pos.Line)}
	l.forms[Tests] = true
	return l
}

// Open returns the list that a name in the configuration stands for, read at its first use. read returns the content of a
// file.
func (ls *Lists) Open(name string, isMap bool, read func(string) ([]byte, error), pos proxy.Pos) (*List, error) {
	bare := bareName(name)
	use, kind := "acl", Tests
	if isMap {
		use, kind = "map", Maps
	}
	l := ls.byName[bare]
	if l != nil && l.Map != isMap {
		columns := [...]string{"two", "one"}
		if l.Map {
			columns = [...]string{"one", "two"}
		}
		return nil, fmt.Errorf("The file \"%s\" is already used as %s column file and cannot be used by as %s column file.", bare, columns[1], columns[0])
	}
	if l == nil {
		content, err := readList(name, bare, read)
		if err != nil {
			return nil, err
		}
		l = ls.make(bare, isMap)
		l.uses = append(l.uses, fmt.Sprintf("pattern loaded from file '%s' used by %s at file '%s' line %d", name, use, pos.File, pos.Line))
		l.load(content)
		ls.byName[bare] = l
	} else {
		l.uses = append(l.uses, fmt.Sprintf("by %s at file '%s' line %d", use, pos.File, pos.Line))
	}
	l.forms[kind] = true
	return l, nil
}

func readList(name, bare string, read func(string) ([]byte, error)) ([]byte, error) {
	if strings.HasPrefix(bare, "virt@") {
		return nil, nil
	}
	if read == nil || bare == "" {
		return nil, fmt.Errorf("failed to open pattern file <%s>", bare)
	}
	content, err := read(bare)
	if err != nil && !strings.HasPrefix(name, "opt@") {
		if at := (*fs.PathError)(nil); errors.As(err, &at) && at.Op == "read" {
			text := at.Err.Error()
			return nil, fmt.Errorf("error encountered while reading  <%s> : %s", bare, strings.ToUpper(text[:1])+text[1:])
		}
		return nil, fmt.Errorf("failed to open pattern file <%s>", bare)
	}
	if uint64(len(content)) > maxFile {
		return nil, errors.New("pattern file <" + bare + "> is too large")
	}
	return content, nil
}

// maxFile is the largest file, in bytes. It keeps the number of entries and the length of a line within 32 bits.
const maxFile = 1<<32 - 1

// load takes in the lines of a file.
func (l *List) load(content []byte) {
	var places []place
	lines(content, l.Map, func(_ int, p place) bool {
		if places == nil {
			places = make([]place, 0, bytes.Count(content[p.key:], []byte{'\n'})+1)
		}
		places = append(places, p)
		return true
	})
	l.current.store.load(content, places)
	l.source = content
}

// lineOf returns the number of the line that the entry at a place was loaded from.
func (l *List) lineOf(at uint32) (number int) {
	lines(l.source, l.Map, func(n int, _ place) bool {
		number = n
		at--
		return at != ^uint32(0)
	})
	return number
}

// lines calls fn for each line of a file that holds an entry: blanks at its beginning do not count, empty lines and comments
// are left out. In a map the first word is the key and the rest the value, without the blanks around it.
func lines(content []byte, isMap bool, fn func(number int, p place) bool) {
	number := 0
	for at := 0; at < len(content); {
		number++
		begin, end := at, len(content)
		if i := bytes.IndexByte(content[at:], '\n'); i >= 0 {
			end = at + i
		}
		at = end + 1
		for end > begin && content[end-1] == '\r' {
			end--
		}
		if begin < end && content[begin] == '#' {
			continue
		}
		for begin < end && blank(content[begin]) {
			begin++
		}
		if begin == end {
			continue
		}
		p := place{key: begin, keyLen: uint32(end - begin)}
		if isMap {
			split(content, &p, end)
		}
		if !fn(number, p) {
			return
		}
	}
}

// split finds the value behind a key.
func split(content []byte, p *place, end int) {
	i := p.key
	for i < end && !blank(content[i]) {
		i++
	}
	p.keyLen = uint32(i - p.key)
	for i < end && blank(content[i]) {
		i++
	}
	for end > i && blank(content[end-1]) {
		end--
	}
	p.value, p.valueLen = i, uint32(end-i)
}

func blank(c byte) bool { return c == ' ' || c == '\t' }
