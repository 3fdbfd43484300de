package spop

// MaxVarint is the most bytes that an integer takes.
const MaxVarint = 10

// AppendVarint appends an integer in the variable form (SPOE.txt 3.1).
func AppendVarint(dst []byte, n uint64) []byte {
	if n < 240 {
		return append(dst, byte(n))
	}
	dst = append(dst, byte(n)|240)
	n = (n - 240) >> 4
	for n >= 128 {
		dst = append(dst, byte(n)|128)
		n = (n - 128) >> 7
	}
	return append(dst, byte(n))
}

// Varint reads an integer at the beginning of b and returns what follows it; ok is false when b ends in it or it takes
// more than 64 bits.
func Varint(b []byte) (n uint64, rest []byte, ok bool) {
	if len(b) == 0 {
		return 0, nil, false
	}
	n = uint64(b[0])
	if n < 240 {
		return n, b[1:], true
	}
	shift := 4
	for i := 1; i < len(b) && i < MaxVarint; i++ {
		c := uint64(b[i])
		if c<<shift>>shift != c {
			return 0, nil, false
		}
		add := c << shift
		if n+add < n {
			return 0, nil, false
		}
		n += add
		if c < 128 {
			return n, b[i+1:], true
		}
		shift += 7
	}
	return 0, nil, false
}

// AppendString appends a text behind its length.
func AppendString[T string | []byte](dst []byte, s T) []byte {
	return append(AppendVarint(dst, uint64(len(s))), s...)
}

// String reads a text behind its length; it shares the memory of b.
func String(b []byte) (s, rest []byte, ok bool) {
	n, rest, ok := Varint(b)
	if !ok || n > uint64(len(rest)) {
		return nil, nil, false
	}
	return rest[:n:n], rest[n:], true
}
