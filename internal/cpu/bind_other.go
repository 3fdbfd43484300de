//go:build !linux

package cpu

import (
	"errors"
	"runtime"
)

// Machine are the processors of this machine: here nothing is known of what they are part of.
func Machine() []CPU {
	all := make([]CPU, runtime.NumCPU())
	for n := range all {
		all[n] = CPU{Number: n, Core: n}
	}
	return all
}

// Allowed are the processors that this process may run on.
func Allowed() Set {
	var s Set
	for n := range runtime.NumCPU() {
		s.Add(n)
	}
	return s
}

// Bind ties the calling thread to the processors of a set, where the system has that.
func Bind(Set) error { return errors.ErrUnsupported }
