package main

import (
	"errors"
	"strconv"
	"strings"
	"syscall"

	"sluice/internal/process"
	"sluice/internal/stats"
)

// options is the command line (management.txt 3).
type options struct {
	files     []string // -f and --, in order
	dir       string   // -C
	check     bool     // -c
	condition *string  // -cc
	version   string   // -v and its kin: the whole word without the dash, "" for none

	quiet, verbose bool // -q, -V
	foreground     bool // -db
	master, notify bool // -W, -Ws
	debug          bool // -d
	zeroWarning    bool // -dW
	diagnostic     bool // -dD
	noFastForward  bool // -dF
	noGetaddrinfo  bool // -dG
	noReusePort    bool // -dR
	noSplice       bool // -dS
	noVerify       bool // -dV
	noZeroCopy     bool // -dZ
	insecureFork   bool // -dI
	ignoreResolve  bool // -dr
	ipv4Only       bool // -4
	libraries      bool // -dL
	cpus           bool // -dc

	dump     bool   // -dC
	dumpKey  uint32 // -dC<key>: anonymised
	dumpNums bool   // -dC<key>,line
	classes  string // -dK<classes>

	maxConn      int    // -n
	proxyMaxConn int    // -N
	megabytes    int    // -m
	localPeer    string // -L
	pidFile      string // -p
	daemon       bool   // -D
	masterCLI    string // -S
	fetch        string // -x
	old          []int  // -sf, -st
	oldSignal    syscall.Signal

	birth *process.Birth // how a parent started the process; nil: none did

	ready func(*stats.Collector) // called when everything listens; set by our own commands
}

// usageError is a command line that cannot be understood: the answer is the usage.
type usageError struct{ text string }

func (e *usageError) Error() string { return e.text }

// argument says what follows an option.
type argument uint8

const (
	alone argument = iota
	value          // the next word
	glued          // whatever is written behind the letters in the same word
	pids           // every following word that is no option
	paths          // every following word up to the end
	maybe          // the next word if it is no option
)

// An option is a row of the command line's table.
type option struct {
	Name string // without the dash
	Arg  argument
	Hint string // how the usage shows the argument
	Doc  string // one sentence
	set  func(o *options, v string) error
}

// parseOptions reads the words after the program's name.
func parseOptions(words []string) (*options, error) {
	o := &options{}
	for i := 0; i < len(words); i++ {
		word, isOption := strings.CutPrefix(words[i], "-")
		if !isOption {
			return nil, &usageError{"'" + words[i] + "' is not an option: write -f before the name of a file."}
		}
		row, text, known := findOption(word)
		if !known {
			return nil, &usageError{"unknown option '" + words[i] + "'."}
		}
		switch row.Arg {
		case value:
			i++
			if i == len(words) {
				return nil, errors.New("option -" + row.Name + " needs " + row.Hint + " behind it.")
			}
			text = words[i]
		case maybe:
			if i+1 < len(words) && !strings.HasPrefix(words[i+1], "-") {
				i++
				text = words[i]
			}
		case pids:
			from := i + 1
			for i+1 < len(words) && !strings.HasPrefix(words[i+1], "-") {
				i++
			}
			text = strings.Join(words[from:i+1], " ")
		case paths:
			o.files = append(o.files, words[i+1:]...)
			i = len(words)
		}
		if err := row.set(o, text); err != nil {
			return nil, err
		}
	}
	return o, nil
}

// findOption finds the row of a word and the text glued to it: the whole word first, then the longest row that takes
// glued text.
func findOption(word string) (row option, text string, known bool) {
	for _, r := range commandLine {
		if r.Name == word {
			return r, "", true
		}
		if r.Arg == glued && strings.HasPrefix(word, r.Name) && len(r.Name) > len(row.Name) {
			row, text, known = r, word[len(r.Name):], true
		}
	}
	return row, text, known
}

// number reads the value of an option that counts something.
func number(name, text string, into *int) error {
	n, err := strconv.ParseInt(text, 10, 32)
	if err != nil || n < 0 {
		return errors.New("option -" + name + " needs a number behind it, not '" + text + "'.")
	}
	*into = int(n)
	return nil
}
