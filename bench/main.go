//go:build linux

// Command bench measures what a request costs: it runs Sluice, HAProxy and nginx side by side with equal
// configurations, one thread each, and prints tables in Markdown.
//
//	go run ./bench                            everything, about seven minutes
//	go run ./bench -cases keepalive,tcp       the cases whose names begin so
//	go run ./bench -haproxy haproxy,/path/to/another/haproxy
//	go run ./bench -md docs/performance.md    writes the tables into the page
//
// The proxies share one core, and take turns on it: rounds go A B C, A B C, and what is printed is the median of the
// rounds. What rules cost is the difference of two such medians, taken in short turns. The load (wrk) and the server behind the proxies have another core, where they disturb nobody. What counts is
// CPU time per request, taken from the kernel's account of each thread of the proxy: it tells what a machine can carry
// and depends little on what else the machine does. Nothing is installed; a program that is missing has no column.
package main

import (
	"flag"
	"fmt"
	"os"
	"os/signal"
	"strings"
	"syscall"
	"time"
)

// options are the flags.
type options struct {
	sluice, haproxy, nginx string
	cases                  string
	seconds                float64
	rounds                 int
	page                   string
	proxyCPU, loadCPU      int
	idle, backends         int
}

func main() {
	if len(os.Args) > 1 && os.Args[1] == originWord {
		if err := runOrigin(); err != nil {
			fmt.Fprintln(os.Stderr, "bench: the server behind the proxies:", err)
			os.Exit(1)
		}
		return
	}
	var o options
	flag.StringVar(&o.sluice, "sluice", "bin/sluice", "path of Sluice, empty for none")
	flag.StringVar(&o.haproxy, "haproxy", "haproxy", "paths of HAProxy, separated by commas; empty for none")
	flag.StringVar(&o.nginx, "nginx", "nginx", "path of nginx, empty for none")
	flag.StringVar(&o.cases, "cases", "", "beginnings of the names of the cases to run, separated by commas")
	flag.Float64Var(&o.seconds, "seconds", 3, "length of one measurement")
	flag.IntVar(&o.rounds, "rounds", 3, "measurements of each proxy in each case")
	flag.StringVar(&o.page, "md", "", "a Markdown file to write the tables into, between its bench marks")
	flag.IntVar(&o.proxyCPU, "proxy-cpu", 0, "the core of the proxies")
	flag.IntVar(&o.loadCPU, "load-cpu", 1, "the core of load and server")
	flag.IntVar(&o.idle, "idle", 5000, "connections of the idle cases")
	flag.IntVar(&o.backends, "backends", 10000, "backends of the configuration that is loaded")
	flag.Parse()
	if err := run(&o); err != nil {
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(1)
	}
}

// run runs all cases that were asked for and prints the report.
func run(o *options) error {
	descriptors := raiseLimits()
	dir, err := os.MkdirTemp("", "bench-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	b := &bench{options: o, dir: dir, maxconn: min(20000, descriptors/2-200)}
	defer b.stop()
	interrupted := make(chan os.Signal, 1)
	signal.Notify(interrupted, os.Interrupt, syscall.SIGTERM)
	go func() {
		<-interrupted
		b.stop()
		os.RemoveAll(dir)
		os.Exit(130)
	}()
	if err := b.open(); err != nil {
		return err
	}
	began := time.Now()
	var report report
	for _, c := range cases() {
		if !chosen(o.cases, c.name) {
			continue
		}
		fmt.Fprintf(os.Stderr, "%-16s", c.name)
		row, err := c.run(b, c)
		if err != nil {
			return fmt.Errorf("%s: %w", c.name, err)
		}
		row.name, row.title, row.kind = c.name, c.title, c.kind
		if row.without != nil {
			report.rows = append(report.rows, row.base())
		}
		report.rows = append(report.rows, row)
		fmt.Fprintln(os.Stderr, row.brief(b.contenders))
	}
	if len(report.rows) == 0 {
		return fmt.Errorf("no case has a name that begins with %q", o.cases)
	}
	fmt.Fprintf(os.Stderr, "%v\n\n", time.Since(began).Round(time.Second))
	text := report.markdown(b)
	if o.page != "" {
		return writePage(o.page, text)
	}
	fmt.Print(text)
	return nil
}

// chosen says whether a list of beginnings, separated by commas, names a case; the empty list names all.
func chosen(list, name string) bool {
	if list == "" {
		return true
	}
	for word := range strings.SplitSeq(list, ",") {
		if word != "" && strings.HasPrefix(name, word) {
			return true
		}
	}
	return false
}

// raiseLimits allows this process and its children as many descriptors as it may, and returns their number.
func raiseLimits() (descriptors int) {
	const enough = 100000
	if syscall.Setrlimit(syscall.RLIMIT_NOFILE, &syscall.Rlimit{Cur: enough, Max: enough}) == nil {
		return enough
	}
	var l syscall.Rlimit
	if syscall.Getrlimit(syscall.RLIMIT_NOFILE, &l) != nil {
		return 1024
	}
	l.Cur = l.Max
	syscall.Setrlimit(syscall.RLIMIT_NOFILE, &l)
	return int(l.Cur)
}
