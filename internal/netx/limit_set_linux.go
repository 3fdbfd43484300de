package netx

import "golang.org/x/sys/unix"

// SetFDLimits sets both limits. Raising the hard one needs a privilege; lowering it cannot be undone.
func SetFDLimits(soft, hard uint64) error {
	return unix.Setrlimit(unix.RLIMIT_NOFILE, &unix.Rlimit{Cur: soft, Max: hard})
}
