package cli

import (
	"bytes"
	"os"
	"runtime"
	"strconv"
	"strings"
	"syscall"
)

// deviceCommands tell what the process is and where it runs.
func deviceCommands() []Command {
	return []Command{
		{Name: "show dev", Doc: "Shows what the process is made of and where it runs.", Access: Operator, Run: showDev},
	}
}

func showDev(s *Session, _ []string) {
	s.Printf("HAProxy version %s\n", s.srv.Proc.Version)
	if s.srv.Build != nil {
		var b bytes.Buffer
		s.srv.Build(&b)
		for line := range strings.Lines(b.String()) {
			if line = strings.TrimSpace(line); line != "" {
				s.Printf("  %s\n", line)
			}
		}
	}
	s.Printf("Platform info:\n")
	s.Printf("  OS architecture: %s\n  OS name: %s\n", runtime.GOARCH, runtime.GOOS)
	for _, f := range [...][2]string{{"OS release", "/proc/sys/kernel/osrelease"}, {"OS version", "/proc/sys/kernel/version"}} {
		if text, err := os.ReadFile(f[1]); err == nil {
			s.Printf("  %s: %s\n", f[0], strings.TrimSpace(string(text)))
		}
	}
	host, _ := os.Hostname()
	s.Printf("  node name: %s\n  cpus: %d\n", s.anon.Hash(host), runtime.NumCPU())
	s.Printf("Process info:\n  pid: %d\n", s.srv.Proc.PID)
	if s.anon == 0 {
		s.Printf("  cmdline: %s\n", printable(strings.Join(os.Args, " ")))
	}
	for _, line := range capabilities() {
		s.Printf("  %s\n", line)
	}
	s.Printf("  identity:\n      uid: %d\n      gid: %d\n", os.Geteuid(), os.Getegid())
	s.Printf("  limits:\n")
	s.limit("fd limit", syscall.RLIMIT_NOFILE)
	s.limit("ram limit", syscall.RLIMIT_AS)
	s.Printf("Threads: %d loops, %d for Go's scheduler\n", len(s.srv.Engine.Group.Loops()), runtime.GOMAXPROCS(0))
}

// capabilities are the lines of the process's privileges.
func capabilities() (lines []string) {
	text, err := os.ReadFile("/proc/self/status")
	if err != nil {
		return nil
	}
	for line := range strings.Lines(string(text)) {
		if strings.HasPrefix(line, "CapEff") || strings.HasPrefix(line, "CapPrm") || strings.HasPrefix(line, "CapInh") {
			lines = append(lines, strings.Join(strings.Fields(line), " "))
		}
	}
	return lines
}

func (s *Session) limit(name string, which int) {
	var r syscall.Rlimit
	if syscall.Getrlimit(which, &r) == nil {
		s.Printf("      %-20s %-12s %s\n", name+" (soft, hard):", limitWord(r.Cur), limitWord(r.Max))
	}
}

func limitWord(n uint64) string {
	if n >= 1<<63-1 {
		return "unlimited"
	}
	return strconv.FormatUint(n, 10)
}
