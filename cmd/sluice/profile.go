package main

import (
	"fmt"
	"io"
	"os"
	"path/filepath"
	"runtime/pprof"
)

// profileVar names the environment variable whose value is a directory: each process that ends by itself leaves a
// profile of its processor time there, for `go tool pprof` and for `make profile`, which tells the compiler what is hot.
const profileVar = "SLUICE_CPUPROFILE"

// profiled calls f while a profile is taken, where one is asked for.
func profiled(dir string, err io.Writer, f func() int) int {
	if dir == "" {
		return f()
	}
	file, problem := os.Create(filepath.Join(dir, fmt.Sprintf("%d.pprof", os.Getpid())))
	if problem == nil {
		defer file.Close()
		problem = pprof.StartCPUProfile(file)
	}
	if problem != nil {
		fmt.Fprintf(err, "%s: %v\n", profileVar, problem)
		return 1
	}
	defer pprof.StopCPUProfile()
	return f()
}
