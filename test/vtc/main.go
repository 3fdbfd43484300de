// Command vtc runs the end-to-end tests of this folder, files in the language of varnishtest, against a proxy:
//
//	go run ./test/vtc -program bin/sluice                what Sluice does
//	go run ./test/vtc -program haproxy queue log/tcplog   what HAProxy does, for some of the files
//
// Words after the flags choose files whose path begins with them. Files run in parallel, each in a temporary folder
// of its own; the log of what fails is printed. The exit code is 1 when a file failed.
package main

import (
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"time"
)

func main() {
	proxy := flag.String("program", "bin/sluice", "the proxy under test: a path, or a name on the PATH")
	tester := flag.String("tester", "varnishtest", "the program that runs the files: varnishtest or vtest")
	folder := flag.String("folder", "test/vtc", "where the files are")
	jobs := flag.Int("j", 2*runtime.NumCPU(), "how many files run at once")
	limit := flag.Duration("t", 20*time.Second, "the time one file may take")
	repeat := flag.Int("repeat", 1, "how often each file runs")
	quiet := flag.Bool("q", false, "print no logs, only the names of what failed")
	flag.Parse()

	suite, err := open(*folder, *tester, *proxy, *limit)
	if err != nil {
		fmt.Fprintln(os.Stderr, "vtc:", err)
		os.Exit(2)
	}
	var files []string
	for range *repeat {
		files = append(files, suite.choose(flag.Args())...)
	}
	count := map[verdict]int{}
	suite.run(files, *jobs, func(r result) {
		count[r.verdict]++
		switch r.verdict {
		case failed:
			fmt.Printf("FAIL  %s (%.1fs)\n", r.file, r.took.Seconds())
			if !*quiet {
				fmt.Print(r.excerpt())
			}
		case skipped:
			fmt.Printf("skip  %s: %s\n", r.file, r.reason())
		}
	})
	fmt.Printf("%d passed, %d failed, %d skipped\n", count[passed], count[failed], count[skipped])
	if count[failed] > 0 || len(files) == 0 {
		os.Exit(1)
	}
}

// open finds the tools and the files of a folder.
func open(folder, tester, proxy string, limit time.Duration) (*suite, error) {
	s := &suite{folder: folder, limit: limit}
	var err error
	if s.tester, err = exec.LookPath(tester); err != nil {
		return nil, err
	}
	if s.proxy, err = exec.LookPath(proxy); err != nil {
		return nil, err
	}
	if s.proxy, err = filepath.Abs(s.proxy); err != nil {
		return nil, err
	}
	s.files, err = find(folder)
	return s, err
}
