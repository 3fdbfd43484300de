package main

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"sluice/internal/cpu"
)

// TestCPUMap looks at the threads of a process whose loops are tied to one processor each.
func TestCPUMap(t *testing.T) {
	allowed := cpu.Allowed()
	if allowed.Count() < 2 || !allowed.Has(0) || !allowed.Has(1) {
		t.Skip("needs the first two processors")
	}
	for _, lines := range []string{"nbthread 2\n\tcpu-map auto:1/1-2 1,0", "nbproc 2\n\tcpu-map 1 0\n\tcpu-map 2 1", "cpu-set only-cpu 0-1\n\tcpu-policy none\n\tcpu-affinity per-thread"} {
		dir, _ := service(t)
		text, _ := os.ReadFile(dir + "/a.cfg")
		if err := os.WriteFile(dir+"/a.cfg", []byte(strings.Replace(string(text), "nbthread 2", lines, 1)), 0o644); err != nil {
			t.Fatal(err)
		}
		if said, err := exec.Command(program(t), "-D", "-f", dir+"/a.cfg", "-p", dir+"/pid").CombinedOutput(); err != nil {
			t.Fatalf("%v\n%s", err, said)
		}
		pid, _ := os.ReadFile(dir + "/pid")
		tasks, _ := filepath.Glob("/proc/" + strings.TrimSpace(string(pid)) + "/task/*/status")
		var zero, one int
		for _, f := range tasks {
			status, _ := os.ReadFile(f)
			if strings.Contains(string(status), "Cpus_allowed_list:\t0\n") {
				zero++
			}
			if strings.Contains(string(status), "Cpus_allowed_list:\t1\n") {
				one++
			}
		}
		stopDaemon(t, dir+"/pid")
		if zero != 1 || one != 1 {
			t.Errorf("%s: %d threads on the first processor, %d on the second", lines, zero, one)
		}
	}
}
