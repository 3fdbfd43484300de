package docs

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"sluice/test/program"
)

// pages are all Markdown files, by path from the root.
func pages(t *testing.T) map[string]string {
	t.Helper()
	return read(t, "*.md", "docs/*.md", "examples/*.md", "examples/*/*.md")
}

func read(t *testing.T, patterns ...string) map[string]string {
	t.Helper()
	root, out := program.Root(t), map[string]string{}
	for _, pattern := range patterns {
		files, err := filepath.Glob(filepath.Join(root, pattern))
		if err != nil {
			t.Fatal(err)
		}
		for _, file := range files {
			text, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			short, err := filepath.Rel(root, file)
			if err != nil {
				t.Fatal(err)
			}
			out[filepath.ToSlash(short)] = string(text)
		}
	}
	return out
}

// configurations are the files of examples/ and of its folders, and the code blocks of pages that are marked as haproxy.
// A block that is only a part of a configuration carries no mark.
func configurations(t *testing.T) map[string]string {
	t.Helper()
	out := read(t, "examples/*.cfg", "examples/*/*.cfg")
	block := regexp.MustCompile("(?ms)^```haproxy\n(.*?)^```")
	for name, text := range pages(t) {
		for _, m := range block.FindAllStringSubmatchIndex(text, -1) {
			line := 1 + strings.Count(text[:m[2]], "\n")
			out[fmt.Sprintf("%s line %d", name, line)] = text[m[2]:m[3]]
		}
	}
	if len(out) == 0 {
		t.Fatal("no configuration found")
	}
	return out
}

func TestConfigurationsPleaseSluice(t *testing.T) { check(t, program.Sluice(t)) }

func TestConfigurationsPleaseHAProxy(t *testing.T) { check(t, program.Tool(t, "haproxy")) }

// check runs -c over every configuration; a warning counts as an error.
func check(t *testing.T, path string) {
	for name, text := range configurations(t) {
		t.Run(name, func(t *testing.T) {
			if strings.Contains(text, " namespace ") {
				t.Skip("the namespaces of this file have to exist; test/examples makes them and runs it")
			}
			if strings.Contains(text, "${CERTS-") {
				t.Skip("the certificates of this file have to exist; test/examples makes them and runs it")
			}
			file := filepath.Join(program.Root(t), name) // where the files are that it names
			if !strings.HasSuffix(name, ".cfg") {
				file = filepath.Join(t.TempDir(), "example.cfg")
				if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
					t.Fatal(err)
				}
			}
			if out, err := exec.Command(path, "-c", "-dW", "-f", file).CombinedOutput(); err != nil {
				t.Errorf("%v\n%s", err, out)
			}
		})
	}
}

// TestLinksLeadSomewhere follows links to files of the repository.
func TestLinksLeadSomewhere(t *testing.T) {
	root := program.Root(t)
	link := regexp.MustCompile(`\]\(([^)#:]+)(?:#[^)]*)?\)`)
	for name, text := range pages(t) {
		for _, m := range link.FindAllStringSubmatch(text, -1) {
			if _, err := os.Stat(filepath.Join(root, filepath.Dir(name), m[1])); err != nil {
				t.Errorf("%s links to %s, which is not there", name, m[1])
			}
		}
	}
}

// TestReadmeShowsTheFirstExample keeps the configuration of the front page and the file one can run the same.
func TestReadmeShowsTheFirstExample(t *testing.T) {
	example := read(t, "examples/first.cfg")["examples/first.cfg"]
	_, body, _ := strings.Cut(example, "\n\n") // without the comment on top
	if !strings.Contains(pages(t)["README.md"], "```haproxy\n"+body+"```\n") {
		t.Error("the configuration in README.md is not that of examples/first.cfg")
	}
}
