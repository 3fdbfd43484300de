package loop

// RecordLayer is a Layer that makes its records in the connection's memory: what is written is copied once, and what is
// read lies where it came, until the reader takes it.
type RecordLayer interface {
	Layer
	// Gather writes a and then b, together at most mostLayered bytes, with Below.Grow. It returns how much of them it took.
	Gather(a, b []byte) (int, error)
	// Ahead reports whether Read would give something: bytes, the end or an error.
	Ahead() bool
}

// RecordRoom is the size of the buffers of Below.Take: a record of TLS as it may come (RFC 8446 5.2), and some of the
// next one.
const RecordRoom = 17 << 10

// mostRooms is how many unused buffers a loop keeps.
const mostRooms = 16

// Take returns a buffer of RecordRoom bytes for what is read of the wire, out of the loop's. It is for whom has no other:
// connections of which everything was read need none.
func (w *Below) Take() []byte {
	if w.c.l == nil {
		return make([]byte, RecordRoom)
	}
	l := w.c.l
	n := len(l.rooms) - 1
	if n < 0 {
		return make([]byte, RecordRoom)
	}
	b := l.rooms[n]
	l.rooms = l.rooms[:n]
	return b
}

// Give gives a buffer of Take back.
func (w *Below) Give(b []byte) {
	if l := w.c.l; l != nil && len(l.rooms) < mostRooms {
		l.rooms = append(l.rooms, b[:RecordRoom])
	}
}

// Grow makes what leaves longer by n bytes, which the caller fills in before anything else is written.
func (w *Below) Grow(n int) []byte {
	have := len(w.kept)
	if cap(w.kept)-have < n {
		w.kept = append(make([]byte, 0, max(2*cap(w.kept), have+n, minGather)), w.kept...)
	}
	w.kept = w.kept[:have+n]
	return w.kept[have:]
}

// minGather is the least room for what leaves, so that its memory is soon large enough for the usual message.
const minGather = 4 << 10
