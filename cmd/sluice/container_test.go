package main

import (
	"debug/elf"
	"os"
	"os/exec"
	"strings"
	"testing"
)

func TestInContainer(t *testing.T) {
	for from, to := range map[string]string{
		"docker-entrypoint.sh haproxy -f x":              "docker-entrypoint.sh -W -db -f x",
		"/usr/local/bin/docker-entrypoint.sh -c -f x":    "/usr/local/bin/docker-entrypoint.sh -W -db -c -f x",
		"docker-entrypoint.sh sluice -vv":                "docker-entrypoint.sh -W -db -vv",
		"docker-entrypoint.sh explain x":                 "docker-entrypoint.sh explain x",
		"docker-entrypoint.sh":                           "docker-entrypoint.sh",
		"haproxy -f x":                                   "haproxy -f x",
		"/usr/local/sbin/haproxy -W -db -f /etc/haproxy": "/usr/local/sbin/haproxy -W -db -f /etc/haproxy",
	} {
		if got := strings.Join(inContainer(strings.Fields(from)), " "); got != to {
			t.Errorf("%q becomes %q, want %q", from, got, to)
		}
	}
}

// TestImage holds the program to what the image is made for: it needs no library, and the commands that people give the
// official image work as they do there.
func TestImage(t *testing.T) {
	dir, _ := service(t)
	name := dir + "/" + imageScript
	build := exec.Command("go", "build", "-o", name, ".")
	build.Env = append(os.Environ(), "CGO_ENABLED=0")
	if out, err := build.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	file, err := elf.Open(name)
	if err != nil {
		t.Skip("not a system of ELF files")
	}
	defer file.Close()
	if needs, _ := file.ImportedLibraries(); len(needs) > 0 {
		t.Errorf("the program needs %q", needs)
	}
	for _, line := range []string{"haproxy -c -f " + dir + "/a.cfg", "-c -f " + dir + "/a.cfg", "haproxy -v"} {
		if out, err := exec.Command(name, strings.Fields(line)...).CombinedOutput(); err != nil {
			t.Errorf("%s: %v\n%s", line, err, out)
		}
	}
}
