package config

import (
	"bufio"
	"fmt"
	"io"
	"slices"
	"strings"

	"sluice/internal/proxy"
)

// A Dump prints configuration files after they were cut into words (-dC of management.txt 3): one line each, comments
// dropped, what is no section indented. Conditional blocks are not evaluated and no keyword is run, so variables have the
// values of the process.
type Dump struct {
	Key     Anonymizer // not 0: names and addresses are hashed, and lines end before what may be secret
	Numbers bool       // each line begins with its number and a tab
	Env     *Env
	// Section says whether a word opens a section.
	Section func(word string) bool
}

// Print prints the files. What cannot be read in a line is reported, and the line left out.
func (d *Dump) Print(w io.Writer, files []*File, report *Report) error {
	out := bufio.NewWriter(w)
	for _, f := range files {
		section := ""
		for i := range f.Lines {
			raw := &f.Lines[i]
			words, err := Expand(raw, func(name string) (string, bool) { return d.lookup(name, f.Name, i+1, section) })
			if err != nil {
				reportSyntax(report, raw, proxy.Pos{File: f.Name, Line: i + 1, Col: err.Col}, err)
				continue
			}
			v := Values(words)
			if len(v) > 0 && strings.HasPrefix(v[0], "[") {
				continue // a scope
			}
			if d.Numbers {
				fmt.Fprintf(out, "%d\t", i+1)
			}
			if len(v) > 0 && d.Section(v[0]) {
				section = v[min(1, len(v)-1)]
			}
			out.WriteString(d.line(v))
			out.WriteByte('\n')
		}
	}
	return out.Flush()
}

func (d *Dump) lookup(name, file string, line int, section string) (string, bool) {
	switch name {
	case ".FILE":
		return file, true
	case ".LINE":
		return fmt.Sprint(line), true
	case ".SECTION":
		return section, true
	}
	if d.Env == nil {
		return "", false
	}
	return d.Env.Lookup(name)
}

// line formats the words of a line.
func (d *Dump) line(v []string) string {
	switch {
	case len(v) == 0:
		return "\t"
	case d.Section(v[0]):
		if d.Key == 0 {
			return strings.Join(v, " ") + " "
		}
		if len(v) == 1 {
			return v[0]
		}
		return v[0] + " " + d.Key.ID(v[1])
	case d.Key == 0:
		return "\t" + strings.Join(v, " ") + " "
	}
	for _, s := range shapes {
		if s.matches(v) {
			return "\t" + d.shape(v, s)
		}
	}
	return "\t" + d.shape(v, shape{keep: 3})
}

// shape says how a kind of line is shown when it is anonymised.
type shape struct {
	words [2]string // how the line begins; the second may be empty
	keep  int       // how many words are shown; of a longer line "[...]" tells it
	final bool      // nothing tells it, and no space follows the last word
	// The positions of a name, an address, a path and a secret, 0 for none.
	id, addr, path, secret int
}

var shapes = [...]shape{
	{words: [2]string{"acl"}, keep: 3, id: 1},
	{words: [2]string{"anonkey"}, keep: 1},
	{words: [2]string{"bind"}, keep: 2, addr: 1},
	{words: [2]string{"cookie"}, keep: 3, id: 1},
	{words: [2]string{"default_backend"}, keep: 2, id: 1, final: true},
	{words: [2]string{"errorfile"}, keep: 3, path: 2, final: true},
	{words: [2]string{"filter"}, keep: 2},
	{words: [2]string{"http-after-response"}, keep: 2},
	{words: [2]string{"http-request"}, keep: 2},
	{words: [2]string{"http-response"}, keep: 2},
	{words: [2]string{"log", "global"}, keep: 2},
	{words: [2]string{"log"}, keep: 2, addr: 1},
	{words: [2]string{"maxconn"}, keep: 2, final: true},
	{words: [2]string{"mode"}, keep: 2, final: true},
	{words: [2]string{"nameserver"}, keep: 3, id: 1, addr: 2},
	{words: [2]string{"peer"}, keep: 3, id: 1, addr: 2},
	{words: [2]string{"redirect", "location"}, keep: 3, path: 2},
	{words: [2]string{"redirect", "prefix"}, keep: 3, path: 2},
	{words: [2]string{"server"}, keep: 3, id: 1, addr: 2},
	{words: [2]string{"source"}, keep: 2, addr: 1},
	{words: [2]string{"stats", "auth"}, keep: 3, secret: 2, final: true},
	{words: [2]string{"stats", "maxconn"}, keep: 3, final: true},
	{words: [2]string{"stats", "socket"}, keep: 3, addr: 2},
	{words: [2]string{"stats", "timeout"}, keep: 3, final: true},
	{words: [2]string{"timeout"}, keep: 3, final: true},
	{words: [2]string{"use_backend"}, keep: 2, id: 1},
	{words: [2]string{"user"}, keep: 2, id: 1},
}

func (s *shape) matches(v []string) bool {
	return v[0] == s.words[0] && (s.words[1] == "" || len(v) > 1 && v[1] == s.words[1])
}

func (d *Dump) shape(v []string, s shape) string {
	shown := slices.Clone(v[:min(len(v), s.keep)])
	replace := func(i int, by func(string) string) {
		if i > 0 && i < len(shown) {
			shown[i] = by(shown[i])
		}
	}
	replace(s.id, d.Key.ID)
	replace(s.addr, d.Key.Addr)
	replace(s.path, d.Key.Path)
	replace(s.secret, d.Key.Hash)
	text := strings.Join(shown, " ")
	switch {
	case s.final:
		return text
	case len(v) > s.keep:
		return text + " [...]"
	}
	return text + " "
}
