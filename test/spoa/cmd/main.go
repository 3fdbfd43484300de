// Command cmd runs an agent for tests by hand: go run ./test/spoa/cmd 127.0.0.1:12345.
package main

import (
	"fmt"
	"net"
	"os"

	"sluice/test/spoa"
)

func main() {
	l, err := net.Listen("tcp", os.Args[1])
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	a := &spoa.Agent{Version: "2.0", Capabilities: "pipelining", Trace: func(line string) { fmt.Println(line) }}
	fmt.Fprintln(os.Stderr, a.Serve(l))
}
