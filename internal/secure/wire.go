package secure

import (
	"bytes"
	"crypto/tls"
	"encoding/hex"
	"io"

	"sluice/internal/proxy"
)

// wire is a connection as crypto/tls sees it while it shakes hands with a client. The functions of the configuration
// find by it what they fill in. It hands over the bytes record by record, so that what lies behind the last record of a
// handshake is still here when that is over; and it is told the secrets of the connection, as programs that look into
// TLS are (tls.Config.KeyLogWriter), so that records can be made and opened here from then on. The secrets go nowhere else.
type wire struct {
	intake
	state *proxy.TLSState
	offer offer
	left  int  // bytes of the record at hand that were not handed over yet
	plain bool // crypto/tls keeps the connection: it reads as it likes

	from, to struct { // the client's secret and the server's
		secret [secretSize]byte
		size   int
	}
	last []byte // the last record that was written since these are known
}

// Read implements net.Conn.
func (w *wire) Read(b []byte) (int, error) {
	switch {
	case !w.plain && w.left == 0:
		err := w.whole(headSize)
		if err != nil && err != io.ErrUnexpectedEOF {
			return 0, err
		}
		w.left = w.w - w.r // of an end in the middle of a head
		if err == nil {
			w.left = w.size()
		}
	case w.room != nil:
	case w.plain:
		return w.Below.Read(b)
	default:
		if err := w.fill(); err != nil {
			return 0, err
		}
	}
	part := w.room[w.r:w.w]
	if !w.plain {
		part = part[:min(w.left, len(part))]
		w.left -= min(len(b), len(part))
	}
	n := copy(b, part)
	w.take(n)
	return n, nil
}

// Write implements net.Conn.
func (w *wire) Write(b []byte) (int, error) {
	w.offer.restore()
	if w.to.size > 0 && !w.plain {
		for rest := b; len(rest) >= headSize; {
			n := min(headSize+int(rest[3])<<8+int(rest[4]), len(rest))
			if rest = rest[n:]; len(rest) == 0 {
				w.last = append(w.last[:0], b[len(b)-n:]...)
			}
		}
	}
	return w.Below.Write(b)
}

// of implements stated.
func (w *wire) of() *proxy.TLSState { return w.state }

// offered implements stated.
func (w *wire) offered() *offer { return &w.offer }

// told implements stated.
func (w *wire) told() io.Writer { return (*handover)(w) }

// handover is a wire that is told its secrets.
type handover wire

// Write takes one line: a label, the client's random bytes and the secret, in hexadecimal digits.
func (g *handover) Write(line []byte) (int, error) {
	to := &g.to
	rest, found := bytes.CutPrefix(line, []byte("SERVER_TRAFFIC_SECRET_0 "))
	if !found {
		to = &g.from
		rest, found = bytes.CutPrefix(line, []byte("CLIENT_TRAFFIC_SECRET_0 "))
	}
	if found {
		_, digits, _ := bytes.Cut(bytes.TrimSuffix(rest, []byte("\n")), []byte(" "))
		if hex.DecodedLen(len(digits)) <= secretSize {
			to.size, _ = hex.Decode(to.secret[:], digits)
		}
	}
	return len(line), nil
}

// layer returns the record layer of the connection whose handshake is over; nil where that stays with crypto/tls.
func (w *wire) layer(conn *tls.Conn, r *Records) *recordLayer {
	w.plain = true
	cs := conn.ConnectionState()
	u := aesSuiteOf(cs.CipherSuite)
	if cs.Version != tls.VersionTLS13 || u == nil || r.Small || w.left != 0 || w.from.size != u.size || w.to.size != u.size {
		w.forget()
		return nil
	}
	y := &recordLayer{intake: w.intake, suite: u, most: mostPlain}
	if r.Most > 0 {
		y.most = min(r.Most, mostPlain)
	}
	err := y.in.start(u, w.from.secret[:u.size])
	if err == nil {
		err = y.out.start(u, w.to.secret[:u.size])
	}
	sent, known := y.out.sealed(w.last)
	w.forget()
	if err != nil || !known {
		return nil
	}
	y.out.seq = sent
	w.state.Keep(&cs)
	return y
}

// forget clears what the connection must not be remembered by.
func (w *wire) forget() {
	clear(w.from.secret[:])
	clear(w.to.secret[:])
	w.from.size, w.to.size, w.last = 0, 0, nil
}
