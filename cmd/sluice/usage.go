package main

import (
	"fmt"
	"io"
	"path/filepath"
)

// printUsage shows every option with what it does, from the table that reads them.
func printUsage(w io.Writer, name string) {
	name = filepath.Base(name)
	fmt.Fprintf(w, "Usage : %s [-f <file|folder>]* [option]* [-- <file|folder>*]\n", name)
	for _, c := range subcommands {
		fmt.Fprintf(w, "        %s %-24s %s\n", name, c.Name+c.Hint, c.Doc)
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
	Hint string
	Doc  string // one sentence
	run  func(args []string, out, err io.Writer) int
}

var subcommands = []command{
	{Name: "help", Doc: "Explain the command line."},
}

// subcommand runs one of our own commands.
func subcommand(name string, args []string, out, err io.Writer) (code int, known bool) {
	if name == "help" { // apart, since its table would otherwise depend on itself
		return help(args, out, err), true
	}
	for _, c := range subcommands {
		if c.Name == name && c.run != nil {
			return c.run(args, out, err), true
		}
	}
	return 0, false
}

func help(_ []string, out, _ io.Writer) int {
	printBanner(out)
	fmt.Fprintln(out)
	printUsage(out, "sluice")
	return 0
}
