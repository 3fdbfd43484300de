//go:build !linux

package main

import (
	"fmt"
	"os"
)

func main() {
	fmt.Fprintln(os.Stderr, "bench: the account of CPU time per thread, and so this benchmark, is Linux's")
	os.Exit(1)
}
