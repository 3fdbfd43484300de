package sample

// cborByte prints one byte of CBOR (RFC 8949): in hexadecimal digits, or as it is with +bin.
func (w *writer) cborByte(c byte) {
	if w.flags&flagBin != 0 {
		w.dst = append(w.dst, c)
	} else {
		w.dst = append(w.dst, upperHex[c>>4], upperHex[c&15])
	}
}

// cborHead prints the head of an item: its major type and its length or value.
func (w *writer) cborHead(major byte, n uint64) {
	major <<= 5
	size := 0
	switch {
	case n < 24:
		w.cborByte(major | byte(n))
		return
	case n < 1<<8:
		w.cborByte(major | 24)
		size = 1
	case n < 1<<16:
		w.cborByte(major | 25)
		size = 2
	case n < 1<<32:
		w.cborByte(major | 26)
		size = 4
	default:
		w.cborByte(major | 27)
		size = 8
	}
	for size--; size >= 0; size-- {
		w.cborByte(byte(n >> (8 * size)))
	}
}

func (w *writer) cborInt(n int64) {
	if n < 0 {
		w.cborHead(1, uint64(-1-n))
	} else {
		w.cborHead(0, uint64(n))
	}
}

func (w *writer) cborBool(b bool) {
	if b {
		w.cborByte(0xf5)
	} else {
		w.cborByte(0xf4)
	}
}

// cborText prints a string of known length.
func (w *writer) cborText(b []byte) {
	w.cborHead(3, uint64(len(b)))
	w.cborBytes(b)
}

// cborBin prints bytes, in one chunk of unknown length as HAProxy does.
func (w *writer) cborBin(b []byte) {
	w.cborByte(0x5f)
	w.cborHead(2, uint64(len(b)))
	w.cborBytes(b)
	w.cborByte(0xff)
}

func (w *writer) cborBytes(b []byte) {
	if w.flags&flagBin != 0 {
		w.dst = append(w.dst, b...)
	} else {
		w.dst = appendHex(w.dst, b)
	}
}

func (w *writer) cborString(b string) {
	for i := range len(b) {
		w.cborByte(b[i])
	}
}
