//go:build !unix

package netx

// FDLimits returns how many descriptors the process may have open.
func FDLimits() (soft, hard uint64, err error) { return 0, 0, ErrUnsupported }
