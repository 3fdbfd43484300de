package conv

import (
	"fmt"
	"strconv"

	"sluice/internal/proxy"
	"sluice/internal/sample"
	"sluice/internal/value"
)

// decimalRows are the converters of groups of bytes to decimal numbers.
func decimalRows() []sample.Conv {
	return []sample.Conv{
		{Name: "be2dec", Doc: "Groups of bytes, the highest first, as decimal numbers with a separator.", Args: "string[,integer,integer]", In: value.Bin, Out: value.Str, Eval: decimals(bigEndian), Check: checkDecimals},
		{Name: "le2dec", Doc: "Groups of bytes, the lowest first, as decimal numbers with a separator.", Args: "string[,integer,integer]", In: value.Bin, Out: value.Str, Eval: decimals(littleEndian), Check: checkDecimals},
	}
}

func checkDecimals(a sample.Args, _ *sample.Env) error {
	if n := a.Int(1); n < 1 || n > 8 {
		return fmt.Errorf("chunk_size out of [1..8] range (%d)", n)
	}
	return checkTruncate(a)
}

func bigEndian(b []byte) (n uint64) {
	for _, c := range b {
		n = n<<8 | uint64(c)
	}
	return n
}

func littleEndian(b []byte) (n uint64) {
	for i, c := range b {
		n |= uint64(c) << (8 * i)
	}
	return n
}

// decimals makes a converter of an order of bytes. It stops before the number that would not fit any more.
func decimals(read func([]byte) uint64) sample.Func {
	return func(s *proxy.Stream, a sample.Args, v *value.Value) bool {
		sep, size, whole := a[0].Str, int(a[1].Int), a.Int(2) == 1
		limit := room(s) - 1
		groups := (len(v.Bytes) + size - 1) / size
		out := s.Arena.Alloc(min(limit, groups*(20+len(sep))))[:0]
		for b := v.Bytes; len(b) > 0 && !(whole && len(b) < size); {
			group := b[:min(size, len(b))]
			b = b[len(group):]
			var digits [20]byte
			number := strconv.AppendUint(digits[:0], read(group), 10)
			if len(out) > 0 {
				if len(out)+len(sep)+len(number) > limit {
					break
				}
				out = append(out, sep...)
			}
			if len(out)+len(number) > limit {
				break
			}
			out = append(out, number...)
		}
		setOwn(v, value.Str, out)
		return true
	}
}
