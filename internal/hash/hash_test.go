package hash

import "testing"

func TestVectors(t *testing.T) { // as the converters of HAProxy 3.5 print them
	const abc = "abcdefghijklmnopqrstuvwxyz"
	for _, c := range []struct {
		name string
		fn   func([]byte) uint32
		want [3]uint32 // of "", "a" and the alphabet
	}{
		{"sdbm", SDBM, [3]uint32{0, 97, 2808699725}},
		{"djb2", DJB2, [3]uint32{5381, 177670, 3927029252}},
		{"wt6", WT6, [3]uint32{4187620192, 1900802597, 3554310958}},
		{"crc32", CRC32, [3]uint32{0, 3904355907, 1277644989}},
		{"crc32c", CRC32C, [3]uint32{0, 3251651376, 2665934629}},
		{"xxh32", func(b []byte) uint32 { return XXH32(b, 0) }, [3]uint32{46947589, 1426945110, 1671515487}},
	} {
		for i, in := range []string{"", "a", abc} {
			if got := c.fn([]byte(in)); got != c.want[i] {
				t.Errorf("%s(%q) = %d, want %d", c.name, in, got, c.want[i])
			}
		}
	}
	if got := XXH32([]byte("a"), 1); got != 4111757423 {
		t.Errorf("xxh32 with seed 1 = %d", got)
	}
	for _, c := range [][2]uint32{{SDBM([]byte("a")), 1830748055}, {DJB2([]byte("a")), 3548763807}, {WT6([]byte("a")), 1986649387}, {CRC32([]byte("a")), 1288200982}} {
		if got := Avalanche(c[0]); got != c[1] {
			t.Errorf("Avalanche(%d) = %d, want %d", c[0], got, c[1])
		}
	}
}
