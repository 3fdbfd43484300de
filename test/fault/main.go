// Command fault sends requests through a proxy to servers that reset, stall, truncate, answer garbage and restart, from
// clients of which some leave early, and checks every byte, every status, every termination state in the log and, at
// the end, that nothing has leaked:
//
//	go run ./test/fault -program bin/sluice -requests 100000
//	go run ./test/fault -program haproxy
//
// It starts the proxy itself, with a configuration of its own, on ports of the loopback interface. What each fault must
// look like from outside is said in one table (faults.go), which holds for HAProxy 2.6 and 3.5 as well.
package main

import (
	"flag"
	"fmt"
	"os"
	"os/exec"
	"time"
)

func main() {
	var o options
	program := flag.String("program", "bin/sluice", "the proxy under test: a path, or a name on the PATH")
	flag.IntVar(&o.requests, "requests", 100000, "how many requests to send")
	flag.IntVar(&o.workers, "workers", 48, "how many clients at once")
	flag.Uint64Var(&o.seed, "seed", uint64(time.Now().Unix()), "what the choice of faults and sizes begins with")
	flag.StringVar(&o.only, "only", "", "the faults to use, by their names, separated by commas; empty for all")
	flag.StringVar(&o.except, "except", "", "faults to leave out (HAProxy 3.5-dev5 refuses an answer when it has read exactly one or two digits of the status, as with \"drip\")")
	flag.BoolVar(&o.verbose, "v", false, "print the proxy's messages")
	flag.Parse()
	path, err := exec.LookPath(*program)
	if err != nil {
		fmt.Fprintln(os.Stderr, "fault:", err)
		os.Exit(2)
	}
	o.program = path
	report, err := run(o)
	if err != nil {
		fmt.Fprintln(os.Stderr, "fault:", err)
		os.Exit(2)
	}
	fmt.Print(report)
	if report.failed() {
		os.Exit(1)
	}
}
