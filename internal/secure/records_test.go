package secure

import (
	"bytes"
	"crypto/tls"
	"errors"
	"io"
	"net"
	"testing"
	"time"

	"sluice/internal/loop"
)

const patience = 10 * time.Second

// TestRecordsOverTLS moves much in both directions between a record layer and crypto/tls, which must agree on keys and
// numbers from the first record on, and go on with the next key.
func TestRecordsOverTLS(t *testing.T) {
	l := startLoop(t, loop.Goroutines)
	c, client, end := over(t, l, benchFront(t), netSocket)
	defer end()
	want := bytes.Repeat([]byte("over tls "), 100_000)
	far := make(chan error, 1)
	go func() {
		go client.Write(want)
		got := make([]byte, len(want))
		_, err := io.ReadFull(client, got)
		if err == nil && !bytes.Equal(got, want) {
			err = errors.New("other bytes came back")
		}
		client.Close()
		far <- err
	}()
	onTask(l, func(a *loop.Task) {
		y := c.Layered().(*recordLayer)
		b := make([]byte, 15_000)
		for i := 0; ; i++ {
			n, err := c.Read(a, b, l.After(patience))
			if err == io.EOF {
				break
			}
			if err != nil {
				t.Error(err)
				break
			}
			if i%7 == 0 {
				room := make([]byte, around+updateLength)
				y.freshen(room)
				y.Below.Write(room)
			}
			if _, err := c.Writev(a, b[:n/2], b[n/2:n], l.After(patience)); err != nil {
				t.Error(err)
				break
			}
		}
		c.Close()
	})
	if err := <-far; err != nil {
		t.Error(err)
	}
}

// between gives fn two record layers on one loop that speak to each other.
func between(t *testing.T, u *aesSuite, fn func(a *loop.Task, left, right *recordLayer, c *loop.Conn)) {
	t.Helper()
	l := startLoop(t, loop.Goroutines)
	near, far := pair(t)
	onTask(l, func(a *loop.Task) {
		var c [2]loop.Conn
		var y [2]*recordLayer
		for i, nc := range []net.Conn{near, far} {
			if err := l.OpenNet(&c[i], nc); err != nil {
				t.Error(err)
				return
			}
			below := c[i].Below()
			y[i] = &recordLayer{intake: intake{Below: below}, suite: u, most: mostPlain}
			secret := make([]byte, u.size)
			secret[0] = byte(i)
			y[i].in.start(u, secret)
			secret[0] = byte(1 - i)
			y[i].out.start(u, secret)
			c[i].SetLayer(y[i])
			below.Bind(a, l.After(patience))
		}
		fn(a, y[0], y[1], &c[0])
		c[0].Close()
		c[1].Close()
	})
}

// send makes a record of any kind and content.
func (y *recordLayer) send(kind byte, content []byte) {
	room := make([]byte, around+len(content))
	copy(room[headSize:], content)
	y.out.seal(room, kind)
	y.Below.Write(room)
}

// say writes as a connection would.
func (y *recordLayer) say(text string) { y.send(typeContent, []byte(text)) }

// hear reads exactly what must come.
func hear(t *testing.T, y *recordLayer, want string) {
	t.Helper()
	b := make([]byte, len(want))
	if _, err := io.ReadFull(y, b); err != nil || string(b) != want {
		t.Errorf("%q, %v, want %q", b, err, want)
	}
}

func TestKeysAreUpdated(t *testing.T) {
	for i := range aesSuites {
		between(t, &aesSuites[i], func(_ *loop.Task, left, right *recordLayer, c *loop.Conn) {
			left.say("one")
			hear(t, right, "one")
			right.send(typeMessage, []byte{messageReKey, 0, 0, 1, updateBoth})
			right.out.update(right.suite)
			right.say("two")
			hear(t, left, "two")
			if left.out.seq != 0 || left.in.seq != 1 {
				t.Errorf("numbers %d, %d", left.out.seq, left.in.seq)
			}
			left.say("three")
			hear(t, right, "three")
			left.out.seq, right.in.seq = mostRecords, mostRecords // a key that was used up
			if n, err := c.TryWritev([]byte("fo"), []byte("ur")); n != 4 || err != nil {
				t.Error(n, err)
			}
			hear(t, right, "four")
			if left.out.seq != 1 {
				t.Errorf("the used up key stays: %d records", left.out.seq)
			}
		})
	}
}

// TestRecordsAreRefused sends what no peer may send: reading ends, and the peer is told why.
func TestRecordsAreRefused(t *testing.T) {
	sealed := func(kind byte, content ...byte) func(y *recordLayer) {
		return func(y *recordLayer) { y.send(kind, content) }
	}
	raw := func(b ...byte) func(y *recordLayer) { return func(y *recordLayer) { y.Below.Write(b) } }
	for what, c := range map[string]struct {
		send  func(y *recordLayer)
		alert byte
	}{
		"a changed bit": {func(y *recordLayer) {
			room := make([]byte, around+1)
			y.out.seal(room, typeContent)
			room[headSize] ^= 1
			y.Below.Write(room)
		}, alertBadRecord},
		"a record twice": {func(y *recordLayer) {
			room := make([]byte, around+5)
			copy(room[headSize:], "again")
			y.out.seal(room, typeContent)
			y.Below.Write(room)
			y.Below.Write(room)
		}, alertBadRecord},
		"nothing but padding":        {sealed(0), alertUnexpected},
		"an open record":             {raw(typeCCS, 3, 3, 0, 1, 1), alertUnexpected},
		"too short":                  {raw(typeContent, 3, 3, 0, 16, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0), alertUnexpected},
		"another version":            {raw(typeContent, 3, 4, 0, 30), alertVersion},
		"too long":                   {raw(typeContent, 3, 3, 0x41, 1), alertOverflow},
		"too much content":           {sealed(typeContent, make([]byte, mostPlain+1)...), alertOverflow},
		"a message of the handshake": {sealed(typeMessage, 1, 0, 0, 0), alertUnexpected},
		"half a message":             {sealed(typeMessage, messageReKey, 0, 0), alertUnexpected},
		"a message and more":         {sealed(typeMessage, messageReKey, 0, 0, 1, 0, 0), alertUnexpected},
		"an unknown update":          {sealed(typeMessage, messageReKey, 0, 0, 1, 2), alertDecode},
		"an update of another size":  {sealed(typeMessage, messageReKey, 0, 0, 2, 0), alertDecode},
		"a long alert":               {sealed(typeAlert, 1, 0, 0), alertUnexpected},
		"too many empty records": {func(y *recordLayer) {
			for range mostIdle + 1 {
				y.send(typeContent, nil)
			}
		}, alertUnexpected},
		"too many updates": {func(y *recordLayer) {
			for range mostIdle + 1 {
				y.send(typeMessage, []byte{messageReKey, 0, 0, 1, 0})
				y.out.update(y.suite)
			}
		}, alertUnexpected},
	} {
		t.Run(what, func(t *testing.T) {
			between(t, &aesSuites[0], func(_ *loop.Task, left, right *recordLayer, _ *loop.Conn) {
				c.send(right)
				b := make([]byte, 100)
				var err error
				for err == nil {
					_, err = left.Read(b)
				}
				if _, again := left.Read(b); again != err || !left.Ahead() {
					t.Errorf("%v, then %v", err, again)
				}
				if _, err := left.Write(b); err != errShut {
					t.Errorf("a write afterwards: %v", err)
				}
				var op *net.OpError
				if _, err := right.Read(b); !errors.As(err, &op) || op.Err != remoteAlert(c.alert) {
					t.Errorf("the peer was told %v, want %d", err, c.alert)
				}
			})
		})
	}
}

// TestRecordsEnd ends connections in each way.
func TestRecordsEnd(t *testing.T) {
	for what, c := range map[string]struct {
		send func(y *recordLayer)
		want error
	}{
		"in order":       {func(y *recordLayer) { y.CloseWrite(); y.CloseWrite() }, io.EOF},
		"without a word": {func(y *recordLayer) { y.Below.Close() }, io.EOF},
		"in a record": {func(y *recordLayer) {
			y.Below.Write([]byte{typeContent, 3, 3, 0, 50, 1})
			y.shut = true
			y.Below.Close()
		}, io.ErrUnexpectedEOF},
		"in a head":          {func(y *recordLayer) { y.Below.Write([]byte{typeContent, 3}); y.shut = true; y.Below.Close() }, io.ErrUnexpectedEOF},
		"after a cancelling": {func(y *recordLayer) { y.alert(levelWarning, alertCanceled); y.CloseWrite() }, io.EOF},
	} {
		t.Run(what, func(t *testing.T) {
			between(t, &aesSuites[1], func(_ *loop.Task, left, right *recordLayer, _ *loop.Conn) {
				right.say("last")
				c.send(right)
				hear(t, left, "last")
				if _, err := left.Read(make([]byte, 9)); err != c.want {
					t.Errorf("%v, want %v", err, c.want)
				}
			})
		})
	}
}

// TestRecordsInPieces reads a record that comes byte by byte, and one larger than the reader's memory.
func TestRecordsInPieces(t *testing.T) {
	between(t, &aesSuites[0], func(a *loop.Task, left, right *recordLayer, _ *loop.Conn) {
		left.Bind(nil, 0)
		room := make([]byte, around+3)
		copy(room[headSize:], "abc")
		right.out.seal(room, typeContent)
		for i := range room {
			if left.Ahead() {
				t.Fatalf("ahead after %d bytes", i)
			}
			right.Below.Write(room[i : i+1])
			if i+1 < len(room) {
				a.Yield()
			}
		}
		left.Bind(a, a.Loop().After(patience))
		hear(t, left, "abc")
		if left.room != nil {
			t.Error("memory is kept without need")
		}
		large := bytes.Repeat([]byte("0123456789abcdef"), mostPlain/16)
		right.send(typeContent, large)
		right.say("next")
		for i := 0; i < len(large); i += 1000 {
			hear(t, left, string(large[i:min(i+1000, len(large))]))
		}
		hear(t, left, "next")
	})
}

// TestRequestBehindFinished sends the first bytes together with the end of the handshake, and in pieces that have
// nothing to do with records.
func TestRequestBehindFinished(t *testing.T) {
	for _, size := range []int{0, 1, 7, 600} {
		l := startLoop(t, loop.Goroutines)
		near, far := pair(t)
		held := &holder{Conn: far, size: size}
		client := tls.Client(held, &tls.Config{InsecureSkipVerify: true})
		done := make(chan error, 1)
		go func() {
			held.hold = true
			err := client.Handshake()
			client.Write([]byte("request"))
			held.release()
			b := make([]byte, 6)
			if err == nil {
				_, err = io.ReadFull(client, b)
			}
			if err == nil && string(b) != "answer" {
				err = errors.New(string(b))
			}
			done <- err
		}()
		c := secured(t, l, benchFront(t), netSocket(t, near))
		onTask(l, func(a *loop.Task) {
			b := make([]byte, 7)
			if _, err := c.ReadFull(a, b, l.After(patience)); err != nil || string(b) != "request" {
				t.Errorf("%q, %v", b, err)
			}
			c.Write(a, []byte("answer"), l.After(patience))
		})
		if err := <-done; err != nil {
			t.Error(err)
		}
		onTask(l, func(*loop.Task) { c.Close() })
	}
}

// holder keeps what is written after the first message until it is released, and writes in pieces.
type holder struct {
	net.Conn
	size  int // of a piece, 0: all
	hold  bool
	begun bool
	kept  []byte
}

func (h *holder) Write(b []byte) (int, error) {
	h.kept = append(h.kept, b...)
	if !h.begun || !h.hold {
		h.begun = true
		h.release()
	}
	return len(b), nil
}

func (h *holder) release() {
	for len(h.kept) > 0 {
		n := len(h.kept)
		if h.size > 0 {
			n = min(n, h.size)
		}
		h.Conn.Write(h.kept[:n])
		h.kept = h.kept[n:]
	}
}

// FuzzRecords gives a record layer sealed records of any kind and content, and then any bytes.
func FuzzRecords(f *testing.F) {
	f.Add([]byte{typeContent, 3, 'a', 'b', 'c', typeAlert, 2, 1, 0}, []byte{typeContent, 3, 3, 0, 1, 1})
	f.Add([]byte{typeMessage, 5, messageReKey, 0, 0, 1, 1}, []byte{})
	f.Fuzz(func(t *testing.T, sealed, raw []byte) {
		left := &traffic{}
		right := &traffic{}
		secret := make([]byte, secretSize)
		u := &aesSuites[0]
		left.start(u, secret[:u.size])
		right.start(u, secret[:u.size])
		for len(sealed) >= 2 {
			kind, n := sealed[0], min(int(sealed[1]), len(sealed)-2)
			content := sealed[2 : 2+n]
			sealed = sealed[2+n:]
			room := make([]byte, around+n)
			copy(room[headSize:], content)
			left.seal(room, kind)
			got, as, ok := right.open(room, nil)
			if kind != 0 && (!ok || as != kind || !bytes.Equal(got, content)) {
				t.Fatalf("%d %q became %d %q, %v", kind, content, as, got, ok)
			}
		}
		if len(raw) >= around {
			if _, _, ok := right.open(raw, nil); ok {
				t.Fatal("a forgery was opened")
			}
		}
	})
}
