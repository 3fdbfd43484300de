package config

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"sluice/internal/proxy"
)

func TestATerminalShowsTheWord(t *testing.T) {
	d := Diagnostic{Level: Alert, Text: "text", Pos: proxy.Pos{File: "f", Line: 2, Col: 8}, Source: "\tmode  http", Width: 4}
	if got, want := d.Excerpt(false), "  mode  http\n        ^~~~"; got != want {
		t.Errorf("%q", got)
	}
	if got, want := d.Excerpt(true), "  mode  http\n        \x1b[1;31m^~~~\x1b[0m"; got != want {
		t.Errorf("%q", got)
	}
	d.Pos.Col = 12 // the end of the line, where something is missing
	if got, want := d.Excerpt(false), "  mode  http\n            ^"; got != want {
		t.Errorf("%q", got)
	}
	d.Pos.Col = 0
	if d.Excerpt(true) != "" {
		t.Error("a line is shown without a word")
	}
}

func TestLongAndOddLinesAreShownInPart(t *testing.T) {
	line := "\tfoo \x01\x7f\xe9 " + strings.Repeat("x", 300)
	for col := 1; col <= len(line)+1; col++ {
		shown, below, ok := strings.Cut(mark(line, col), "\n")
		if !ok || len(shown) > 2+markWidth || len(below) > 3+markWidth || !strings.HasSuffix(below, "^") || strings.ContainsAny(shown, "\x01\x7f\t") {
			t.Fatalf("column %d: %q %q", col, shown, below)
		}
	}
}

func TestFilesAndDirectoriesAreReadInOrder(t *testing.T) {
	dir := t.TempDir()
	for _, name := range []string{"b.cfg", "a.cfg", "B.cfg", ".hidden.cfg", "note.txt", "one", "d/z.cfg"} {
		path := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte("# "+name+"\n"), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.Mkdir(filepath.Join(dir, "sub.cfg"), 0o700); err != nil {
		t.Fatal(err)
	}
	files, err := Load([]string{filepath.Join(dir, "one"), dir, filepath.Join(dir, "d")})
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, f := range files {
		got = append(got, strings.TrimPrefix(f.Name, dir+"/"))
	}
	if strings.Join(got, " ") != "one B.cfg a.cfg b.cfg d/z.cfg" {
		t.Errorf("%v", got)
	}
	_, err = Load([]string{dir + "/nope"})
	if want := "config : Cannot open configuration file/directory " + dir + "/nope : No such file or directory"; err == nil || err.Error() != want {
		t.Errorf("%v", err)
	}
}

func TestDump(t *testing.T) {
	files, err := Load([]string{"testdata/dump.cfg"})
	if err != nil {
		t.Fatal(err)
	}
	sections := map[string]bool{"global": true, "defaults": true, "frontend": true, "backend": true, "peers": true}
	for want, d := range map[string]Dump{"plain": {}, "anonymous": {Key: 1234}, "numbered": {Key: 1234, Numbers: true}} {
		d.Section = func(w string) bool { return sections[w] }
		var got strings.Builder
		report := &Report{}
		if err := d.Print(&got, files, report); err != nil || report.Fatal() {
			t.Fatal(err, report.Diagnostics())
		}
		text, err := os.ReadFile("testdata/dump." + want)
		if err != nil {
			t.Fatal(err)
		}
		if got.String() != string(text) {
			t.Errorf("%s: %s", want, firstDifference(got.String(), string(text)))
		}
	}
}

func firstDifference(got, want string) string {
	g, w := strings.Split(got, "\n"), strings.Split(want, "\n")
	for i := range min(len(g), len(w)) {
		if g[i] != w[i] {
			return "got " + g[i] + "\nwant " + w[i]
		}
	}
	return "one is longer"
}
