package cli

import (
	"bufio"
	"bytes"
	"fmt"
	"os"
	"runtime"
	"runtime/debug"
	"strings"
)

// showLibraries prints the files that are mapped into memory with the addresses that they span, then the modules that the
// program is made of: they have no addresses of their own.
func showLibraries(s *Session, _ []string) {
	if text, err := os.ReadFile("/proc/self/maps"); err == nil {
		for _, m := range mapped(text) {
			s.Printf("0x%012x-0x%012x (0x%07x) %s\n", m.from, m.to-1, m.to-m.from, m.path)
		}
	}
	s.Printf("go %s\n", strings.TrimPrefix(runtime.Version(), "go"))
	if b, ok := debug.ReadBuildInfo(); ok {
		for _, d := range b.Deps {
			s.Printf("%s %s\n", d.Path, d.Version)
		}
	}
}

// mapping is what a file spans in memory.
type mapping struct {
	from, to uint64
	path     string
}

// mapped reads /proc/self/maps (proc_pid_maps(5)): the span of each file.
func mapped(text []byte) (list []mapping) {
	lines := bufio.NewScanner(bytes.NewReader(text))
	for lines.Scan() {
		f := strings.Fields(lines.Text())
		var m mapping
		if len(f) < 6 || !strings.HasPrefix(f[5], "/") {
			continue
		}
		if n, _ := fmt.Sscanf(f[0], "%x-%x", &m.from, &m.to); n != 2 {
			continue
		}
		m.path = f[5]
		if n := len(list); n > 0 && list[n-1].path == m.path {
			list[n-1].to = m.to
			continue
		}
		list = append(list, m)
	}
	return list
}
