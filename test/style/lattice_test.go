package style

import (
	"slices"
	"strconv"
	"strings"
	"testing"
)

// rooms is the order of the house, from the leaves down to the program. A package may import packages of the rooms
// above its own, and inside its own room only the neighbours that the second list names. A star stands for one or
// more folders.
const rooms = `
L0 leaves:    loop value msg wire/* netx freq buf clock hash password cpu
L1 nouns:     proxy sticktable
L2 language:  config sample pattern rule secure
L3 keywords:  fetch conv action balance check directive filter/*
L4 machines:  listener mux mux/* stream resolver peers cli stats logs process demo trace explain checker master
L5 contents:  keyword
L6 programs:  cmd/*
`

// neighbours are the imports inside one room: the package left may import those on the right.
const neighbours = `
msg:      buf value
value:    buf
pattern:  sample
sample:   secure
rule:     config pattern sample
wire/h1:  msg value
wire/spop: value
proxy:    sticktable
check:    balance
directive: check filter/compression filter/spoe filter/trace
listener: stream
checker:  stream
stats:    stream
cli:      listener logs resolver stats stream trace
explain:  process stream trace
master:   cli process stream
process:  checker cli listener logs peers resolver stats stream
`

// outside are the modules that are not ours, and the only ones that go.mod may require directly.
const outside = `
golang.org/x/sys
golang.org/x/net
golang.org/x/crypto
github.com/quic-go/quic-go
github.com/klauspost/compress
github.com/cespare/xxhash/v2
github.com/zeebo/xxh3
github.com/gaissmai/bart
github.com/dlclark/regexp2/v2
github.com/go-jose/go-jose/v4
github.com/go-crypt/crypt
github.com/miekg/dns
github.com/vishvananda/netns
github.com/coreos/go-systemd/v22
github.com/prometheus/client_golang
github.com/yuin/gopher-lua
github.com/google/go-cmp
github.com/rogpeppe/go-internal
pgregory.net/rapid
go.uber.org/goleak
`

// unwanted are packages of the standard library that the product does without, and the packages of ours that may use
// them all the same.
const unwanted = `
net/http:           demo
net/http/httputil:
net/http/pprof:
log:                demo
log/slog:
math/rand:
io/ioutil:
container/list:
expvar:
flag:
`

// list reads "name: word word" lines; without a colon the whole line is the name.
func list(text string) map[string][]string {
	out := map[string][]string{}
	for line := range strings.Lines(text) {
		if line = strings.TrimSpace(line); line == "" {
			continue
		}
		name, words, _ := strings.Cut(line, ":")
		out[name] = strings.Fields(words)
	}
	return out
}

// covers says whether a pattern of the list of rooms names a package.
func covers(pattern, pkg string) bool {
	before, starred := strings.CutSuffix(pattern, "*")
	return pattern == pkg || starred && strings.HasPrefix(pkg, before) && pkg != before
}

// room is the number of the room a package is in, -1 when the list does not know it.
func room(pkg string) int {
	for number, line := range strings.Split(strings.TrimSpace(rooms), "\n") {
		_, words, _ := strings.Cut(line, ":")
		for _, pattern := range strings.Fields(words) {
			if covers(pattern, pkg) {
				return number
			}
		}
	}
	return -1
}

// short is a package's name in the list: its import path without the module and without "internal/". Ours is false
// for what is not part of the product: the standard library, other modules, tests and tools.
func short(path string) (name string, ours bool) {
	if in, ok := strings.CutPrefix(path, "sluice/"); ok {
		path = in
	} else if !strings.HasPrefix(path, "internal/") && !strings.HasPrefix(path, "cmd/") {
		return path, false
	}
	if in, ok := strings.CutPrefix(path, "internal/"); ok {
		return in, true
	}
	return path, strings.HasPrefix(path, "cmd/")
}

func TestImportsPointUp(t *testing.T) {
	beside, without := list(neighbours), list(unwanted)
	for _, f := range folders(t) {
		self, ours := short(f.path)
		if !ours {
			continue
		}
		mine := room(self)
		if mine < 0 {
			t.Errorf("%s is in no room: add it to the list in test/style/lattice_test.go", f.path)
			continue
		}
		for _, s := range f.product() {
			for _, spec := range s.tree.Imports {
				path, err := strconv.Unquote(spec.Path.Value)
				if err != nil {
					t.Fatal(err)
				}
				at := f.where(spec.Pos())
				name, ours := short(path)
				if !ours {
					if users, found := without[path]; found && !slices.Contains(users, self) {
						t.Errorf("%s: %s imports %s, which the product does without", at, self, path)
					}
					continue
				}
				theirs := room(name)
				switch {
				case theirs > mine:
					t.Errorf("%s: %s (L%d) imports %s (L%d): imports only point up the list of rooms", at, self, mine, name, theirs)
				case theirs == mine && !slices.ContainsFunc(beside[self], func(p string) bool { return covers(p, name) }):
					t.Errorf("%s: %s imports its neighbour %s, which test/style/lattice_test.go does not list", at, self, name)
				}
			}
		}
	}
}

func TestNeighboursExist(t *testing.T) {
	for self, names := range list(neighbours) {
		for _, name := range names {
			if room(self) < 0 || room(self) != room(name) {
				t.Errorf("%s and %s are not in the same room", self, name)
			}
		}
	}
}

func TestModulesAreListed(t *testing.T) {
	allowed := list(outside)
	texts(t, func(name, text string) {
		if name != "go.mod" {
			return
		}
		for line := range strings.Lines(text) {
			line = strings.TrimPrefix(strings.TrimSpace(line), "require ")
			words := strings.Fields(line)
			if len(words) < 2 || !strings.HasPrefix(words[1], "v") || strings.Contains(line, "// indirect") {
				continue
			}
			if _, found := allowed[words[0]]; !found {
				t.Errorf("go.mod requires %s: not among the modules this project has chosen", words[0])
			}
		}
	})
}

func TestRoomsReadAsMeant(t *testing.T) {
	for _, c := range []struct {
		pkg  string
		want int
	}{{"loop", 0}, {"wire/h1", 0}, {"wire", -1}, {"proxy", 1}, {"filter/cache", 3}, {"keyword", 5}, {"cmd/sluice", 6}, {"nowhere", -1}} {
		if got := room(c.pkg); got != c.want {
			t.Errorf("room(%q) = %d, want %d", c.pkg, got, c.want)
		}
	}
}
