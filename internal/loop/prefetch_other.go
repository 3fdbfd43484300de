//go:build !amd64 && !arm64

package loop

// prefetch does nothing where there is no assembly for it.
func prefetch(uintptr, int) {}
