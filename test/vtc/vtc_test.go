package main

import (
	"os/exec"
	"testing"
	"time"

	"sluice/test/program"
)

// TestFiles runs every file of this folder against Sluice. The command of this package does the same and prints a
// summary; `make vtc HAPROXY=haproxy` runs the files against HAProxy.
func TestFiles(t *testing.T) {
	tester := program.Tool(t, "varnishtest")
	suite, err := open(".", tester, program.Sluice(t), 30*time.Second)
	if err != nil {
		t.Fatal(err)
	}
	for _, file := range suite.files {
		t.Run(file, func(t *testing.T) {
			t.Parallel()
			switch r := suite.one(file); r.verdict {
			case failed:
				t.Errorf("failed after %v:\n%s", r.took, r.excerpt())
			case skipped:
				t.Skip(r.reason())
			}
		})
	}
}

func TestChoose(t *testing.T) {
	s := &suite{folder: "test/vtc", files: []string{"http/a.vtc", "http/b.vtc", "tcp/a.vtc"}}
	for _, c := range []struct {
		words []string
		want  int
	}{{nil, 3}, {[]string{"http"}, 2}, {[]string{"test/vtc/tcp/a.vtc", "http/b"}, 2}, {[]string{"x"}, 0}} {
		if got := s.choose(c.words); len(got) != c.want {
			t.Errorf("choose(%q) = %q, want %d files", c.words, got, c.want)
		}
	}
}

func TestVerdicts(t *testing.T) {
	tester, err := exec.LookPath("sh") // any program with an exit code will do
	if err != nil {
		t.Skip("sh is not installed")
	}
	s := &suite{folder: t.TempDir(), tester: tester, proxy: "none", limit: time.Second}
	if r := s.one("missing.vtc"); r.verdict != failed {
		t.Errorf("a missing file gives %v", r.verdict)
	}
}
