// Package program finds the binaries that black box tests run: Sluice itself, and the tools of the field beside it.
package program

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// Sluice is the path of the program under test: what the environment variable SLUICE names (relative to the
// repository), else a build of
// cmd/sluice of this repository that lasts as long as the test.
func Sluice(t testing.TB) string {
	t.Helper()
	if path := os.Getenv("SLUICE"); path != "" {
		if filepath.IsAbs(path) {
			return path
		}
		return filepath.Join(Root(t), path)
	}
	root := Root(t)
	if _, err := os.Stat(filepath.Join(root, "cmd", "sluice")); err != nil {
		t.Skip("there is no cmd/sluice to build, and SLUICE names no binary")
	}
	path := filepath.Join(t.TempDir(), "sluice")
	build := exec.Command("go", "build", "-o", path, "./cmd/sluice")
	build.Dir = root
	build.Env = append(os.Environ(), "CGO_ENABLED=0")
	if out, err := build.CombinedOutput(); err != nil {
		t.Fatalf("go build ./cmd/sluice: %v\n%s", err, out)
	}
	return path
}

// Tool is the path of a program of this machine; a test that needs one that is missing is skipped.
func Tool(t testing.TB, name string) string {
	t.Helper()
	path, err := exec.LookPath(name)
	if err != nil {
		t.Skipf("%s is not installed", name)
	}
	return path
}

// Root is the root of the repository.
func Root(t testing.TB) string {
	t.Helper()
	at, err := os.Getwd()
	if err != nil {
		t.Fatal(err)
	}
	for {
		text, err := os.ReadFile(filepath.Join(at, "go.mod"))
		if err == nil && strings.HasPrefix(string(text), "module sluice\n") {
			return at
		}
		up := filepath.Dir(at)
		if up == at {
			t.Fatal("no go.mod of module sluice above this test")
		}
		at = up
	}
}
