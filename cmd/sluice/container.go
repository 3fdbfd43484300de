package main

import (
	"path/filepath"
	"strings"
)

// imageScript is the name by which containers of HAProxy's official image are started. There it is a script; an image
// without a shell has this program under its name.
const imageScript = "docker-entrypoint.sh"

// inContainer returns the command line that such a script would make of words: the name of the program may stand first or
// not, and a master that stays in the foreground is meant.
func inContainer(words []string) []string {
	if filepath.Base(words[0]) != imageScript || len(words) < 2 {
		return words
	}
	rest := words[1:]
	if rest[0] == "haproxy" || rest[0] == "sluice" {
		rest = rest[1:]
	} else if !strings.HasPrefix(rest[0], "-") {
		return words // a subcommand
	}
	return append([]string{words[0], "-W", "-db"}, rest...)
}
