//go:build !race

package pattern

import (
	"fmt"
	"testing"

	"sluice/internal/buf"
	"sluice/internal/value"
)

// TestSearchesAllocateNothing holds for few patterns and for many.
func TestSearchesAllocateNothing(t *testing.T) {
	for m := Int; m < NMethods; m++ {
		for _, n := range []int{3, 300} {
			_, u := made(t, options{method: m, fold: m == Str || m == End || m == Dom})
			for i := range n {
				if err := u.list.Add(0, []byte(many(m, i)), nil); err != nil {
					t.Fatal(err)
				}
			}
			var a buf.Arena
			a.Alloc(1000)
			a.Reset()
			v := hit(m, n/2)
			if m != Reg && !t.Run(fmt.Sprintf("%v finds", m), func(t *testing.T) {
				if _, _, ok := u.Find(&v, &a); !ok {
					t.Errorf("%q %v %d is not found", v.Bytes, v.IP, v.Int)
				}
			}) {
				continue
			}
			if got := testing.AllocsPerRun(200, func() { u.Find(&v, &a) }); got != 0 {
				t.Errorf("%v among %d: %v allocations", m, n, got)
			}
		}
	}
}

// many is the i-th of many patterns, hit a sample that matches it.
func many(m Method, i int) string {
	switch m {
	case Int, Len:
		if i%2 == 0 {
			return fmt.Sprintf("%d:%d", i, i+3)
		}
		return fmt.Sprint(i)
	case IP:
		return fmt.Sprintf("10.%d.%d.%d/%d", i>>16, i>>8&255, i&255, 24+i%9)
	case Bin:
		return fmt.Sprintf("%08x", i)
	case Reg:
		return fmt.Sprintf("^/path%d/x[0-9]+$", i)
	}
	return fmt.Sprintf("/path/no%d/for.this", i)
}

func hit(m Method, i int) (v value.Value) {
	switch m {
	case Int:
		v.SetInt(int64(i))
	case Len:
		v.SetStr(make([]byte, i))
	case IP:
		v.SetStr(fmt.Appendf(nil, "10.%d.%d.%d", i>>16, i>>8&255, i&255))
		v.Cast(value.Addr, nil)
	case Bin:
		v.SetBin([]byte{0, 0, byte(i >> 8), byte(i)})
	case Reg:
		v.SetStr(fmt.Appendf(nil, "/path%d/x12", i))
	default:
		v.SetStr([]byte(many(m, i)))
	}
	return v
}
