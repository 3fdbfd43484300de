//go:build linux

package main

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"runtime"
	"slices"
	"strings"
	"syscall"
	"time"
)

// report is all that was measured.
type report struct{ rows []row }

// median is the middle of a value over the rounds; ok is false without a round.
func median(samples []sample, of func(sample) float64) (m float64, ok bool) {
	var all []float64
	for _, s := range samples {
		all = append(all, of(s))
	}
	if len(all) == 0 {
		return 0, false
	}
	slices.Sort(all)
	n := len(all)
	return (all[(n-1)/2] + all[n/2]) / 2, true
}

// ratio compares two contenders round by round: the median of the quotients, and their extremes.
func ratio(a, b []sample, of func(sample) float64) string {
	var all []float64
	for i := range min(len(a), len(b)) {
		if of(b[i]) > 0 {
			all = append(all, of(a[i])/of(b[i]))
		}
	}
	if len(all) == 0 {
		return "-"
	}
	slices.Sort(all)
	n := len(all)
	text := fmt.Sprintf("%.2f", (all[(n-1)/2]+all[n/2])/2)
	if n > 1 {
		text += fmt.Sprintf(" (%.2f-%.2f)", all[0], all[n-1])
	}
	return text
}

func cpuOf(s sample) float64    { return s.cpu }
func rateOf(s sample) float64   { return s.rate }
func p50Of(s sample) float64    { return s.p50 }
func p99Of(s sample) float64    { return s.p99 }
func busyOf(s sample) float64   { return 100 * s.busy }
func memoryOf(s sample) float64 { return s.memory }
func burstOf(s sample) float64  { return s.burst }
func mebiOf(s sample) float64   { return s.memory / (1 << 20) }

// brief is a row's line while the benchmark runs.
func (r row) brief(all []*contender) string {
	var parts []string
	for i, who := range all {
		of, unit := cpuOf, "us"
		switch r.kind {
		case idle:
			of, unit = memoryOf, "B"
		case startup:
			unit = "ms"
		}
		text := "-"
		if m, ok := median(r.samples[i], of); ok {
			text = fmt.Sprintf("%.1f %s", m, unit)
		}
		for _, s := range r.samples[i] {
			if s.lost > 0 {
				text += fmt.Sprintf(" (%d lines lost)", s.lost)
			}
		}
		parts = append(parts, who.name+" "+text)
	}
	return strings.Join(parts, "   ")
}

// markdown is the report as tables, one for each quantity.
func (r report) markdown(b *bench) string {
	var s strings.Builder
	r.table(&s, b, "CPU time per request, microseconds", load, cpuOf, "%.1f", true)
	r.added(&s, b)
	r.table(&s, b, "Requests per second", load, rateOf, "%.0f", false)
	r.table(&s, b, "Median latency, microseconds", load, p50Of, "%.0f", false)
	r.table(&s, b, "99th percentile of latency, microseconds", load, p99Of, "%.0f", true)
	r.table(&s, b, "Share of its core that the proxy used, per cent", load, busyOf, "%.0f", false)
	r.table(&s, b, "Memory at work, MiB", load, mebiOf, "%.1f", false)
	r.table(&s, b, fmt.Sprintf("Memory of one idle connection among %d, bytes", b.idle), idle, memoryOf, "%.0f", true)
	r.table(&s, b, fmt.Sprintf("CPU time to read a configuration of %d backends, milliseconds", b.backends), startup, cpuOf, "%.0f", true)
	r.table(&s, b, "Memory of a process that runs on it, MiB", startup, mebiOf, "%.1f", true)
	r.table(&s, b, "CPU time of one health check, microseconds", checks, cpuOf, "%.1f", true)
	r.table(&s, b, "Most checks in a hundredth of a second, as a multiple of the mean", checks, burstOf, "%.1f", false)
	fmt.Fprintf(&s, "Made by `go run ./bench%s` on %s: %s.\n", flags(), time.Now().UTC().Format("2 January 2006"), machine())
	fmt.Fprintf(&s, "Medians of %d rounds of %g s; ratios are of the same round, with the extremes.\n", b.rounds, b.seconds)
	return s.String()
}

// table prints one quantity of the rows of a kind; with ratios, a column compares the first contender with each other.
func (r report) table(s *strings.Builder, b *bench, title string, k kind, of func(sample) float64, format string, ratios bool) {
	rows := slices.DeleteFunc(slices.Clone(r.rows), func(row row) bool { return row.kind != k })
	if len(rows) == 0 {
		return
	}
	head := []string{title}
	for _, who := range b.contenders {
		head = append(head, who.name)
	}
	if ratios {
		for _, who := range b.contenders[1:] {
			head = append(head, b.contenders[0].name+" / "+who.name)
		}
	}
	fmt.Fprintf(s, "| %s |\n|---|%s\n", strings.Join(head, " | "), strings.Repeat("---:|", len(head)-1))
	for _, row := range rows {
		cells := []string{row.title}
		for i := range b.contenders {
			cell := "-"
			if m, ok := median(row.samples[i], of); ok {
				cell = fmt.Sprintf(format, m)
			}
			cells = append(cells, cell)
		}
		if ratios {
			for i := range b.contenders[1:] {
				cells = append(cells, ratio(row.samples[0], row.samples[i+1], of))
			}
		}
		fmt.Fprintf(s, "| %s |\n", strings.Join(cells, " | "))
	}
	s.WriteByte('\n')
}

// flags are the arguments of this run, as one would type them again, without the page they were written to.
func flags() string {
	var out strings.Builder
	for i := 1; i < len(os.Args); i++ {
		word := os.Args[i]
		if name := strings.TrimLeft(word, "-"); name == "md" {
			i++
			continue
		} else if strings.HasPrefix(name, "md=") {
			continue
		}
		out.WriteString(" " + word)
	}
	return out.String()
}

// machine describes where the benchmark ran.
func machine() string {
	model := runtime.GOARCH
	if text, err := os.ReadFile("/proc/cpuinfo"); err == nil {
		for line := range strings.Lines(string(text)) {
			if name, value, found := strings.Cut(line, ":"); found && strings.TrimSpace(name) == "model name" {
				model = strings.TrimSpace(value)
				break
			}
		}
	}
	var name syscall.Utsname
	release := ""
	if syscall.Uname(&name) == nil {
		for _, c := range name.Release {
			if c == 0 || c == '-' {
				break
			}
			release += string(rune(c))
		}
	}
	return fmt.Sprintf("%d cores of %s, Linux %s, %s", runtime.NumCPU(), model, release, runtime.Version())
}

// writePage puts the report between the marks of a page.
func writePage(file, text string) error {
	page, err := os.ReadFile(file)
	if err != nil {
		return err
	}
	begin, end := []byte("<!-- bench: begin -->\n"), []byte("<!-- bench: end -->")
	i, j := bytes.Index(page, begin), bytes.Index(page, end)
	if i < 0 || j < i {
		return errors.New(file + " has no lines with the marks of this benchmark")
	}
	out := slices.Concat(page[:i+len(begin)], []byte(text), page[j:])
	return os.WriteFile(file, out, 0o644)
}
