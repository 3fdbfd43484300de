package process

import (
	"io"

	"sluice/internal/proxy"
)

// Start is what a run of the process needs to know.
type Start struct {
	Snapshot  *proxy.Snapshot
	Console   *Console
	Out       io.Writer
	Name      string // argv[0]
	Version   string
	PidFile   string // -p
	MaxConn   int    // -n: goes before the configuration
	Megabytes int    // -m
	Debug     bool   // -d
	ShowCPUs  bool   // -dc
}

// Run serves a snapshot until the process is told to stop, and returns its exit status.
func Run(s Start) int {
	s.Console.Alertf("this build reads and checks configurations, and serves none yet: use -c.")
	return 1
}
