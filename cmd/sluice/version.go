package main

import (
	"fmt"
	"io"
	"runtime"
	"runtime/debug"
	"strings"

	"golang.org/x/sys/unix"

	"sluice/internal/directive"
	"sluice/internal/keyword"
	"sluice/internal/loop"
)

// What the linker may stamp: the version of the product and the day of its build (YYYY/MM/DD).
var (
	version = "0.1.0"
	date    = ""
)

// versionText is the version that scripts compare: the HAProxy release whose language and behaviour this program has,
// and the product's own.
func versionText() string { return keyword.Version + "-sluice-" + version }

// buildDate is the day the program was built, or of the commit it was built from.
func buildDate() string {
	if date != "" {
		return date
	}
	if b, ok := debug.ReadBuildInfo(); ok {
		for _, s := range b.Settings {
			if day, _, cut := strings.Cut(s.Value, "T"); s.Key == "vcs.time" && cut {
				return strings.ReplaceAll(day, "-", "/")
			}
		}
	}
	return "0000/00/00"
}

// branch is the first two numbers of the version.
func branch() string {
	parts := strings.SplitN(keyword.Version, ".", 3)
	minor, _, _ := strings.Cut(parts[1], "-")
	return parts[0] + "." + minor
}

// printVersion answers -v, -vv, -vq, -vqs and -vqb.
func printVersion(w io.Writer, word string) {
	switch word {
	case "vq":
		fmt.Fprintln(w, versionText())
		return
	case "vqs", "vqb":
		fmt.Fprintln(w, branch())
		return
	}
	printBanner(w)
	if word == "vv" {
		printBuild(w)
	}
}

func printBanner(w io.Writer) {
	fmt.Fprintf(w, "HAProxy version %s %s - Sluice %s, HAProxy written anew in Go\n", versionText(), buildDate(), version)
	fmt.Fprintln(w, "Status: development branch - not safe for use in production.")
	var u unix.Utsname
	if unix.Uname(&u) == nil {
		fmt.Fprintf(w, "Running on: %s %s %s %s\n", cstr(u.Sysname[:]), cstr(u.Release[:]), cstr(u.Version[:]), cstr(u.Machine[:]))
	}
}

func cstr(b []byte) string { return unix.ByteSliceToString(b) }

// printBuild prints what was built in: the list of features is what -cc feature(NAME) answers from.
func printBuild(w io.Writer) {
	fmt.Fprintf(w, "Build options :\n  TARGET  = %s/%s\n  GO      = %s\n", runtime.GOOS, runtime.GOARCH, runtime.Version())
	fmt.Fprint(w, "\nFeature list :")
	for _, f := range keyword.Features() {
		sign := '-'
		if f.Have {
			sign = '+'
		}
		fmt.Fprintf(w, " %c%s", sign, f.Name)
	}
	fmt.Fprintf(w, "\n\nDefault settings :\n  bufsize = %d, maxrewrite = %d, maxpollevents = %d\n", directive.DefaultBufSize, directive.DefaultMaxRewrite, directive.DefaultPollEvents)
	fmt.Fprintf(w, "\nBuilt with multi-threading support (MAX_TGROUPS=%d, MAX_THREADS=%d, default=%d).\n",
		directive.MaxThreadGroups, directive.MaxThreads, runtime.NumCPU())
	fmt.Fprintf(w, "Built with %s compiler version %s\n", runtime.Compiler, strings.TrimPrefix(runtime.Version(), "go"))
	if b, ok := debug.ReadBuildInfo(); ok && len(b.Deps) > 0 {
		fmt.Fprintln(w, "Built with the modules :")
		for _, m := range b.Deps {
			fmt.Fprintf(w, "  %s %s\n", m.Path, m.Version)
		}
	}
	fmt.Fprintln(w, "\nAvailable polling systems :\n      epoll : pref=300,  test result OK\nTotal: 1 (1 usable), will use epoll.")
	batches := "test result OK, will be used"
	if err := loop.RingFault(); err != nil {
		batches = fmt.Sprintf("not used (%v)", err)
	}
	fmt.Fprintf(w, "Batches of socket calls : io_uring, %s\n", batches)
	fmt.Fprintln(w, "\nAvailable multiplexer protocols :\n(protocols marked as <default> cannot be specified using 'proto' keyword)")
	for _, m := range keyword.Muxes() {
		fmt.Fprintf(w, "%11s : mode=%-5s side=%-6s mux=%-5s flags=%s\n", m.Name, m.Mode, m.Side, m.Mux, m.Flags)
	}
	keyword.All().PrintParts(w)
}
