//go:build !linux

package netx

// ShutDescriptor says that there are none.
func ShutDescriptor(int, bool) error { return ErrUnsupported }

// Thread returns zero: other systems do not tell.
func Thread() (id int, used int64) { return 0, 0 }

// Nice returns zero: other systems are not asked.
func Nice() (int, error) { return 0, ErrUnsupported }

// SetNice says that there is no such thing.
func SetNice(int) error { return ErrUnsupported }
