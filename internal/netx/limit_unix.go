//go:build unix

package netx

import "golang.org/x/sys/unix"

// FDLimits returns how many descriptors the process may have open, and up to where it may raise that itself. Programs
// written in Go raise the first to the second when they start, so that they are equal unless somebody lowered one.
func FDLimits() (soft, hard uint64, err error) {
	var r unix.Rlimit
	if err := unix.Getrlimit(unix.RLIMIT_NOFILE, &r); err != nil {
		return 0, 0, err
	}
	return uint64(r.Cur), uint64(r.Max), nil
}
