package loop

import "unsafe"

// Warmer is a Runner that knows what its next turn will touch. Warm is called on the loop's thread while the task is
// parked and an event for it is near: first with step 0, when the Runner itself may be far away, then with step 1, when
// it has come. It calls Prefetch, and changes nothing.
type Warmer interface {
	Runner
	Warm(step int)
}

// line is the size of the processor's cache lines in bytes.
const line = 64

// Prefetch asks the processor to bring what p points to into its cache. It does not wait, and a nil p does no harm.
func Prefetch[T any](p *T) {
	prefetch(uintptr(unsafe.Pointer(p)), int(unsafe.Sizeof(*p)+line-1)/line)
}

// PrefetchList does the same for the beginning of a list, of at most n elements.
func PrefetchList[T any](list []T, n int) {
	var t T
	prefetch(uintptr(unsafe.Pointer(unsafe.SliceData(list))), int(uintptr(min(n, cap(list)))*unsafe.Sizeof(t)+line-1)/line)
}
