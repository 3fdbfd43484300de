package keyword_test

import (
	"flag"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

var update = flag.Bool("update", false, "write testdata/messages.txt anew")

// passing are messages that end a file, that name all rows of a table, or that tell of a word which is not known yet:
// they change whenever a keyword comes.
var passing = regexp.MustCompile(`Error\(s\) found|Fatal errors|^.{400}|unknown (keyword|option|converter|fetch|timeout|MUX)|not supported yet`)

// TestMessages holds what the snippets of TestVerdicts make the program say, word for word, so that a change of wording
// is seen. Look through the difference after -update.
func TestMessages(t *testing.T) {
	files, err := filepath.Glob("testdata/verdicts/*.txt")
	if err != nil {
		t.Fatal(err)
	}
	t.Chdir("testdata")
	var b strings.Builder
	for _, file := range files {
		for _, s := range readSnippets(t, strings.TrimPrefix(file, "testdata/")) {
			_, report := judge(s.text())
			said := false
			for _, d := range report.Diagnostics() {
				if passing.MatchString(d.Text) {
					continue
				}
				if !said {
					b.WriteString(s.line + "\n")
					said = true
				}
				text := strings.ReplaceAll(strings.TrimSuffix(d.Text, "\n"), "\n", "\n\t\t")
				b.WriteString("\t" + d.Level.String() + " " + text + "\n")
			}
		}
	}
	if *update {
		if err := os.WriteFile("messages.txt", []byte(b.String()), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	old, err := os.ReadFile("messages.txt")
	if err != nil {
		t.Fatal(err)
	}
	want, got := strings.Split(string(old), "\n"), strings.Split(b.String(), "\n")
	for i := range min(len(want), len(got)) {
		if want[i] != got[i] {
			t.Fatalf("testdata/messages.txt:%d:\n got %s\nwant %s", i+1, got[i], want[i])
		}
	}
	if len(want) != len(got) {
		t.Fatalf("testdata/messages.txt has %d lines, want %d", len(want), len(got))
	}
}
