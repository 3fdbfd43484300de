package secure

import (
	"errors"
	"fmt"
	"io"
	"net"

	"sluice/internal/loop"
)

// recordLayer makes and opens the records of a client's connection of TLSv1.3 after its handshake (RFC 8446 5), in the
// memory of its loop: a message of a head and a body is one record, and what was read lies where it came until it is
// taken. It does what crypto/tls does, and takes new keys of its own accord before the old ones were used too often.
type recordLayer struct {
	intake
	in, out traffic
	suite   *aesSuite
	content []byte // opened, not taken: the beginning of room, up to r
	most    int    // bytes of content in a record
	idle    int    // records without content since the last with some
	err     error  // what reading ended with
	shut    bool   // our end was sent
}

// mostIdle is how many records without content may come one after the other, as in crypto/tls.
const mostIdle = 16

// mostRecords is how many records are sealed with one key; RFC 8446 5.5 allows 2^24.5 full ones.
const mostRecords = 1 << 24

// Alerts and their levels (RFC 8446 6).
const (
	alertClose      = 0
	alertUnexpected = 10
	alertBadRecord  = 20
	alertOverflow   = 22
	alertDecode     = 50
	alertVersion    = 70
	alertInternal   = 80
	alertCanceled   = 90

	levelWarning = 1
	levelFatal   = 2
	alertLength  = 2
)

// KeyUpdate (RFC 8446 4.6.3): its length, and what its last byte asks for.
const (
	updateLength = 5
	updateOnly   = 0
	updateBoth   = 1
)

var errShut = errors.New("tls: write after the end")

// Read implements loop.Layer: it takes what lies ready, or opens the next record.
func (y *recordLayer) Read(b []byte) (int, error) {
	for len(y.content) == 0 {
		if y.err != nil {
			return 0, y.err
		}
		n, err := y.next(b)
		if err != nil {
			return 0, err
		}
		if n > 0 {
			return n, nil
		}
	}
	n := copy(b, y.content)
	if y.content = y.content[n:]; len(y.content) == 0 {
		y.content = nil
		y.take(0)
	}
	return n, nil
}

// Ahead implements loop.RecordLayer.
func (y *recordLayer) Ahead() bool {
	for len(y.content) == 0 && y.err == nil {
		if _, err := y.next(nil); err == loop.ErrAgain {
			return false
		}
	}
	return true
}

// next opens one record. Its content is put into b and counted, where there is room for it, else it becomes y.content.
func (y *recordLayer) next(b []byte) (int, error) {
	if y.room == nil || y.w-y.r < headSize || y.w-y.r < y.size() {
		if err := y.complete(); err != nil {
			if errors.Is(err, loop.ErrAgain) {
				return 0, loop.ErrAgain
			}
			return 0, y.fail(err)
		}
	}
	n := y.size()
	record := y.room[y.r : y.r+n : y.r+n]
	if record[0] != typeContent || n < around {
		return 0, y.refuse(alertUnexpected)
	}
	var to []byte
	if len(b) >= n-headSize-tagSize {
		to = b
	}
	content, kind, ok := y.in.open(record, to)
	switch {
	case !ok:
		return 0, y.refuse(alertBadRecord)
	case len(content) > mostPlain:
		return 0, y.refuse(alertOverflow)
	case kind == typeContent && len(content) > 0:
		y.idle = 0
		if to != nil {
			y.take(n)
			return len(content), nil
		}
		y.content = content
		y.r += n
		return 0, nil
	}
	err := y.control(kind, content)
	if err == nil {
		y.take(n)
	}
	return 0, err
}

// complete reads until there is a whole record. What is read belongs to a record that may come.
func (y *recordLayer) complete() error {
	if err := y.whole(headSize); err != nil {
		return err
	}
	head := y.room[y.r:y.w]
	switch {
	case head[1] != wireVersion>>8 || head[2] != wireVersion&0xff:
		return y.refuse(alertVersion)
	case y.size() > headSize+mostSealed:
		return y.refuse(alertOverflow)
	}
	return y.whole(y.size())
}

// control obeys a record that has no content for the user.
func (y *recordLayer) control(kind byte, content []byte) error {
	if y.idle++; y.idle > mostIdle {
		return y.refuse(alertUnexpected)
	}
	switch {
	case kind == typeContent:
		return nil
	case kind == typeAlert && len(content) == alertLength:
		switch content[1] {
		case alertClose:
			return y.fail(io.EOF)
		case alertCanceled:
			return nil
		}
		return y.fail(&net.OpError{Op: "remote error", Err: remoteAlert(content[1])})
	case kind == typeMessage && len(content) == updateLength && content[0] == messageReKey:
		return y.rekey(content)
	}
	return y.refuse(alertUnexpected)
}

// rekey takes the next key of the peer, and of ours where the peer asks for it (RFC 8446 4.6.3). A message that is not
// alone in its record is none: nothing may follow it under the old key.
func (y *recordLayer) rekey(message []byte) error {
	if message[1] != 0 || message[2] != 0 || message[3] != 1 || message[4] > updateBoth {
		return y.refuse(alertDecode)
	}
	if message[4] == updateBoth && !y.shut {
		room := make([]byte, around+updateLength)
		if err := y.freshen(room); err != nil {
			return y.refuse(alertInternal)
		}
		if _, err := y.Below.Write(room); err != nil {
			return y.fail(err)
		}
	}
	if err := y.in.update(y.suite); err != nil {
		return y.refuse(alertInternal)
	}
	return nil
}

// freshen makes the record in room that says that ours are sealed with the next key, and takes that.
func (y *recordLayer) freshen(room []byte) error {
	copy(room[headSize:], []byte{messageReKey, 0, 0, 1, updateOnly})
	y.out.seal(room, typeMessage)
	return y.out.update(y.suite)
}

// refuse ends reading by an alert of ours.
func (y *recordLayer) refuse(alert byte) error {
	if y.err == nil {
		y.alert(levelFatal, alert)
		y.shut = true
	}
	return y.fail(fmt.Errorf("tls: alert %d was sent", alert))
}

// fail ends reading.
func (y *recordLayer) fail(err error) error {
	if y.err == nil {
		y.err = err
		y.content = nil
		if y.room != nil {
			y.drop()
		}
	}
	return y.err
}

// alert sends an alert.
func (y *recordLayer) alert(level, alert byte) error {
	room := make([]byte, around+alertLength)
	room[headSize], room[headSize+1] = level, alert
	y.out.seal(room, typeAlert)
	_, err := y.Below.Write(room)
	return err
}

// Write implements loop.Layer.
func (y *recordLayer) Write(b []byte) (int, error) { return y.Gather(b, nil) }

// Gather implements loop.RecordLayer.
func (y *recordLayer) Gather(a, b []byte) (int, error) {
	if y.shut {
		return 0, errShut
	}
	total := len(a) + len(b)
	for len(a)+len(b) > 0 {
		if y.out.seq >= mostRecords {
			if err := y.freshen(y.Grow(around + updateLength)); err != nil {
				return 0, err
			}
		}
		n := min(len(a)+len(b), y.most)
		room := y.Grow(around + n)
		k := copy(room[headSize:headSize+n], a)
		a = a[k:]
		b = b[copy(room[headSize+k:headSize+n], b):]
		y.out.seal(room, typeContent)
	}
	return total, nil
}

// CloseWrite implements loop.Layer.
func (y *recordLayer) CloseWrite() error {
	if y.shut {
		return nil
	}
	err := y.alert(levelWarning, alertClose)
	y.shut = true
	return err
}

// remoteAlert is an alert that came.
type remoteAlert byte

// Error says its number.
func (a remoteAlert) Error() string { return fmt.Sprintf("tls: alert %d", byte(a)) }
