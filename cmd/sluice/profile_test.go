package main

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestProfileIsWrittenWhenTheProcessEnds(t *testing.T) {
	dir := t.TempDir()
	var err bytes.Buffer
	if code := profiled(dir, &err, func() int { return 3 }); code != 3 || err.Len() > 0 {
		t.Fatalf("exit status %d, %q", code, err.String())
	}
	files, _ := filepath.Glob(filepath.Join(dir, "*.pprof"))
	if len(files) != 1 {
		t.Fatalf("%d files", len(files))
	}
	if text, _ := os.ReadFile(files[0]); !bytes.HasPrefix(text, []byte{0x1f, 0x8b}) {
		t.Errorf("no compressed profile: %.20q", text)
	}
}

func TestProfileIntoADirectoryThatIsNotThere(t *testing.T) {
	var err bytes.Buffer
	ran := false
	code := profiled(filepath.Join(t.TempDir(), "none"), &err, func() int { ran = true; return 0 })
	if code != 1 || ran || !strings.HasPrefix(err.String(), profileVar+": ") {
		t.Errorf("exit status %d, started %v, %q", code, ran, err.String())
	}
}
