package keyword_test

import (
	"bufio"
	"bytes"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"sluice/internal/config"
	"sluice/internal/directive"
	"sluice/internal/keyword"
)

var record = flag.Bool("record", false, "ask the program of HAPROXY_ORACLE (HAPROXY 3.5) again and write its verdicts down")

// A snippet is one small configuration of testdata/verdicts and what HAProxy 3.5 says of it.
type snippet struct {
	line    string // as in the file: "<frame>: <line> | <line>"
	verdict string // HAProxy's
	differs string // what this program says instead, and why: "error 7: reason"
}

// frames are what surrounds the lines of a snippet, so that only they decide.
func frame(name string) (before, after string) {
	const timeouts = "\ttimeout client 1s\n\ttimeout server 1s\n\ttimeout connect 1s\n"
	switch name {
	case "global":
		return "global\n", "listen z\n\tbind :8009\n" + timeouts
	case "defaults":
		return "defaults\n", "listen z\n\tbind :8009\n" + timeouts
	case "http":
		return "listen a\n\tbind :8001\n\tmode http\n" + timeouts, ""
	case "tcp":
		return "listen a\n\tbind :8001\n" + timeouts, ""
	case "frontend":
		return "frontend a\n\tbind :8001\n\ttimeout client 1s\n", ""
	case "backend":
		return "backend a\n", ""
	}
	return "", ""
}

// text builds the configuration of a snippet. A line that begins with @ opens a section.
func (s *snippet) text() string {
	name, lines, _ := strings.Cut(s.line, ":")
	before, after := frame(name)
	var b strings.Builder
	b.WriteString(before)
	for line := range strings.SplitSeq(lines, "|") {
		line = strings.TrimSpace(line)
		if rest, ok := strings.CutPrefix(line, "@"); ok {
			b.WriteString(rest + "\n")
		} else {
			b.WriteString("\t" + line + "\n")
		}
	}
	b.WriteString(after)
	return b.String()
}

func readSnippets(t *testing.T, file string) []*snippet {
	t.Helper()
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	var all []*snippet
	sc := bufio.NewScanner(bytes.NewReader(text))
	for sc.Scan() {
		line := sc.Text()
		rest, inner := strings.CutPrefix(line, "\t")
		differs, isDiffers := strings.CutPrefix(rest, "differs ")
		switch {
		case line == "" || line[0] == '#':
		case !inner:
			all = append(all, &snippet{line: line})
		case isDiffers:
			all[len(all)-1].differs = differs
		default:
			all[len(all)-1].verdict = rest
		}
	}
	return all
}

// judge checks a configuration with this program: "ok", "ok 2 warnings" or "error <line of the first error>".
func judge(text string) (verdict string, report *config.Report) {
	report = &config.Report{}
	tables := keyword.All()
	env := config.NewEnv(nil)
	b := directive.NewBuilder(tables.Language(), env)
	file := config.Scan("haproxy.cfg", []byte(text))
	config.Parse(tables.Config(), b, []*config.File{file}, config.Settings{Env: env, Facts: keyword.Facts(), Report: report})
	if !report.Fatal() {
		b.Build(report)
	}
	if report.Fatal() {
		for _, d := range report.Diagnostics() {
			if d.Level == config.Alert {
				return "error " + lineOf(d.Text), report
			}
		}
	}
	return okWith(report.Count(config.Warning)), report
}

func okWith(warnings int) string {
	switch warnings {
	case 0:
		return "ok"
	case 1:
		return "ok 1 warning"
	}
	return fmt.Sprintf("ok %d warnings", warnings)
}

var place = regexp.MustCompile(`haproxy\.cfg:(\d+)`)

// lineOf finds the line that a message names, "-" when none.
func lineOf(text string) string {
	if m := place.FindStringSubmatch(text); m != nil {
		return m[1]
	}
	return "-"
}

// ask lets a HAProxy program judge.
func ask(t *testing.T, program, text string) string {
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "haproxy.cfg"), []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(program, "-c", "-f", "haproxy.cfg")
	cmd.Dir = dir
	out, err := cmd.CombinedOutput()
	if err == nil {
		return okWith(bytes.Count(out, []byte("[WARNING]")))
	}
	for line := range strings.Lines(string(out)) {
		if strings.HasPrefix(line, "[ALERT]") {
			return "error " + lineOf(line)
		}
	}
	return "error -"
}

// TestVerdicts holds the configuration keywords to HAProxy 3.5: what it accepts, what it warns about, and on which line
// it finds the first error. The verdicts are written down, so that the test needs no other program.
func TestVerdicts(t *testing.T) {
	files, err := filepath.Glob("testdata/verdicts/*.txt")
	if err != nil || len(files) == 0 {
		t.Fatal("no snippets", err)
	}
	t.Chdir("testdata")
	for _, file := range files {
		file = strings.TrimPrefix(file, "testdata/")
		t.Run(strings.TrimSuffix(filepath.Base(file), ".txt"), func(t *testing.T) {
			snippets := readSnippets(t, file)
			if *record {
				recordVerdicts(t, file, snippets)
			}
			for _, s := range snippets {
				got, report := judge(s.text())
				want, reason, _ := strings.Cut(s.differs, ": ")
				if s.differs == "" {
					want = s.verdict
				} else if reason == "" {
					t.Errorf("%s\n\tdiffers without a reason", s.line)
				}
				if got != want {
					t.Errorf("%s\n\tgot %s, want %s\n%s", s.line, got, want, messages(report))
				}
				if s.differs != "" && want == s.verdict {
					t.Errorf("%s\n\tdoes not differ any more", s.line)
				}
			}
		})
	}
}

func messages(report *config.Report) string {
	var b strings.Builder
	for _, d := range report.Diagnostics() {
		fmt.Fprintf(&b, "\t[%v] %s\n", d.Level, d.Text)
	}
	return b.String()
}

func recordVerdicts(t *testing.T, file string, snippets []*snippet) {
	program := os.Getenv("HAPROXY_ORACLE")
	if program == "" {
		t.Fatal("-record wants the path of a HAProxy 3.5 in HAPROXY_ORACLE")
	}
	old, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	var b strings.Builder
	for line := range strings.Lines(string(old)) {
		if !strings.HasPrefix(line, "#") {
			break
		}
		b.WriteString(line)
	}
	for _, s := range snippets {
		s.verdict = ask(t, program, s.text())
		fmt.Fprintf(&b, "%s\n\t%s\n", s.line, s.verdict)
		if s.differs != "" {
			fmt.Fprintf(&b, "\tdiffers %s\n", s.differs)
		}
	}
	if err := os.WriteFile(file, []byte(b.String()), 0o644); err != nil {
		t.Fatal(err)
	}
}
