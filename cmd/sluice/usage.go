package main

import (
	"fmt"
	"io"
	"path/filepath"
	"strings"
)

// printUsage shows every option with what it does, from the table that reads them.
func printUsage(w io.Writer, name string) {
	name = filepath.Base(name)
	fmt.Fprintf(w, "Usage : %s [-f <file|folder>]* [option]* [-- <file|folder>*]\n", name)
	for _, c := range subcommands() {
		fmt.Fprintf(w, "        %-26s %s\n", strings.TrimSpace(name+" "+c.Name+" "+c.Hint), c.Doc)
	}
	for _, r := range commandLine {
		shown := "-" + r.Name
		switch {
		case r.Arg == glued:
			shown += r.Hint
		case r.Hint != "":
			shown += " " + r.Hint
		}
		fmt.Fprintf(w, "        %-26s %s\n", shown, r.Doc)
	}
}

// A command is one of our own words that may stand where HAProxy has only options: none of them can be taken for a
// file, since files follow -f or --.
type command struct {
	Name string
	Hint string // what may follow it
	Doc  string // one sentence
	run  func(args []string, out, err io.Writer) int
}

// subcommands returns our own words, sorted by name.
func subcommands() []command {
	return []command{
		{Name: "demo", Hint: "[--print]", Doc: "Run three servers and a proxy to play with, or print that configuration.", run: demonstrate},
		{Name: "explain", Hint: "-f <file> <method> <url>", Doc: "Show what the rules do with a request; explain --help tells more.", run: explainRequest},
		{Name: "help", Doc: "Explain the command line.", run: runHelp},
	}
}

// subcommand runs one of our own commands.
func subcommand(name string, args []string, out, err io.Writer) (code int, known bool) {
	for _, c := range subcommands() {
		if c.Name == name {
			return c.run(args, out, err), true
		}
	}
	return 0, false
}

func runHelp(_ []string, out, _ io.Writer) int {
	printBanner(out)
	fmt.Fprintln(out)
	printUsage(out, "sluice")
	return 0
}
