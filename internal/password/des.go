package password

import "errors"

// The crypt of old systems: DES in 25 rounds over a block of zeros, with the password as its key, and with a salt of two
// characters that exchanges bits of the expansion (crypt(3), FIPS 46-3). It is weak, slow here, and still in files.

// desLen is the length of such a hash: the salt, and 64 bits in eleven characters.
const desLen = 13

const desDigits = "./0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"

// isDES reports whether text is a hash of this kind.
func isDES(text string) bool {
	for i := range len(text) {
		if desDigit(text[i]) < 0 {
			return false
		}
	}
	return len(text) == desLen
}

func desDigit(c byte) int {
	for i := range len(desDigits) {
		if desDigits[i] == c {
			return i
		}
	}
	return -1
}

// bits are single bits, the most significant first.
type bits []byte

// pick returns the bits that a table names, counted from 1.
func (b bits) pick(table []byte) bits {
	out := make(bits, len(table))
	for i, from := range table {
		out[i] = b[from-1]
	}
	return out
}

// desCrypt returns the hash of a password under the salt that begins setting.
func desCrypt(password []byte, setting string) (string, error) {
	if len(setting) < 2 || desDigit(setting[0]) < 0 || desDigit(setting[1]) < 0 {
		return "", errors.New("the salt is not valid")
	}
	key := make(bits, 64)
	for i := 0; i < 8 && i < len(password) && password[i] != 0; i++ {
		for j := range 7 {
			key[8*i+j] = password[i] >> (6 - j) & 1
		}
	}
	expand := append([]byte(nil), desE[:]...)
	for i := range 2 {
		c := desDigit(setting[i])
		for j := range 6 {
			if c>>j&1 != 0 {
				expand[6*i+j], expand[6*i+j+24] = expand[6*i+j+24], expand[6*i+j]
			}
		}
	}
	keys := desKeys(key)
	block := make(bits, 64)
	for range 25 {
		block = desBlock(block, keys, expand)
	}
	out := []byte(setting[:2])
	block = append(block, 0, 0)
	for i := 0; i < 66; i += 6 {
		n := 0
		for _, b := range block[i : i+6] {
			n = n<<1 | int(b)
		}
		out = append(out, desDigits[n])
	}
	return string(out), nil
}

// desKeys makes the keys of the sixteen rounds.
func desKeys(key bits) (keys [16]bits) {
	cd := key.pick(desPC1[:])
	c, d := cd[:28], cd[28:]
	for i := range keys {
		for range desShifts[i] {
			c = append(append(bits{}, c[1:]...), c[0])
			d = append(append(bits{}, d[1:]...), d[0])
		}
		keys[i] = append(append(bits{}, c...), d...).pick(desPC2[:])
	}
	return keys
}

// desBlock encrypts one block.
func desBlock(block bits, keys [16]bits, expand []byte) bits {
	lr := block.pick(desIP[:])
	l, r := lr[:32], lr[32:]
	for _, key := range keys {
		x := r.pick(expand)
		for i := range x {
			x[i] ^= key[i]
		}
		f := make(bits, 0, 32)
		for i := range 8 {
			b := x[6*i : 6*i+6]
			n := desS[i][(b[0]<<1|b[5])<<4|b[1]<<3|b[2]<<2|b[3]<<1|b[4]]
			f = append(f, n>>3&1, n>>2&1, n>>1&1, n&1)
		}
		f = f.pick(desP[:])
		for i := range f {
			f[i] ^= l[i]
		}
		l, r = r, f
	}
	return append(append(bits{}, r...), l...).pick(desFP[:])
}
