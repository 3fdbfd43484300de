//go:build amd64 || arm64

package loop

// prefetch asks the processor to bring lines cache lines, at least one, from p on into its cache. It is a hint: it never
// faults, and p may point anywhere.
//
//go:noescape
func prefetch(p uintptr, lines int)
