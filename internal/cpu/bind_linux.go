package cpu

import (
	"os"

	"golang.org/x/sys/unix"
)

// Machine are the processors of this machine.
func Machine() []CPU { return Read(os.DirFS("/sys")) }

// Allowed are the processors that this process may run on.
func Allowed() Set {
	var mask unix.CPUSet
	var s Set
	if unix.SchedGetaffinity(0, &mask) != nil {
		return s
	}
	for n := range Max {
		if mask.IsSet(n) {
			s.Add(n)
		}
	}
	return s
}

// Bind ties the calling thread to the processors of a set.
func Bind(s Set) error {
	var mask unix.CPUSet
	for _, n := range s.List() {
		mask.Set(n)
	}
	return unix.SchedSetaffinity(0, &mask)
}
