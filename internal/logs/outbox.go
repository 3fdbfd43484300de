package logs

import "sluice/internal/loop"

// sendAt is how many lines a loop gathers at most before it sends them: as many as go into one system call.
const sendAt = maxMulti

// outbox is what one loop has for a target of datagrams. Such a target never makes its sender wait, so the loop sends
// by itself: no other thread has to be woken, and nothing here is shared. It is sent when it holds sendAt lines, and
// after flushEvery at the latest.
type outbox struct {
	batch // its lock is not used
	t     *target
	l     *loop.Loop
	out   datagrams
	msgs  [][]byte
	timer loop.Timer
}

// Serve gives each loop of g its own way to the targets that take datagrams. Call it before the loops start; without it
// all lines go by way of the targets' goroutines.
func (s *Set) Serve(g *loop.Group) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, t := range s.targets {
		d, ok := t.out.(*datagrams)
		if !ok {
			continue
		}
		t.boxes = make([]*outbox, len(g.Loops()))
		for i, l := range g.Loops() {
			t.boxes[i] = &outbox{t: t, l: l, out: datagrams{to: d.to, room: d.room}}
		}
	}
}

// put adds one message; on the loop's thread.
func (b *outbox) put(format func(b *batch)) {
	if len(b.buf) > maxBatch {
		b.t.lose(1)
		return
	}
	format(&b.batch)
	b.ends = append(b.ends, len(b.buf))
	switch {
	case len(b.ends)%sendAt == 0:
		b.send()
	case !b.timer.Armed():
		b.l.Arm(&b.timer, b.l.After(flushEvery), b)
	}
}

// Expired implements loop.TimerHandler.
func (b *outbox) Expired(*loop.Loop, *loop.Timer) {
	b.send()
}

// send sends the lines. Those that the target has no room for stay.
func (b *outbox) send() {
	if len(b.ends) == 0 {
		return
	}
	b.l.Suspend(&b.timer)
	left, lost := b.out.trySend(b.lines())
	if lost > 0 {
		b.t.lose(lost)
	}
	b.keep(left)
	if left > 0 {
		b.l.Arm(&b.timer, b.l.After(flushEvery), b)
	}
}

// lines returns the lines one by one, until the next call.
func (b *outbox) lines() [][]byte {
	b.msgs = b.msgs[:0]
	from := 0
	for _, end := range b.ends {
		b.msgs = append(b.msgs, b.buf[from:end])
		from = end
	}
	return b.msgs
}

// keep forgets all but the last n lines.
func (b *outbox) keep(n int) {
	if n == 0 {
		b.buf, b.ends = b.buf[:0], b.ends[:0]
		return
	}
	first := len(b.ends) - n
	from := 0
	if first > 0 {
		from = b.ends[first-1]
	}
	b.buf = b.buf[:copy(b.buf, b.buf[from:])]
	b.ends = b.ends[:copy(b.ends, b.ends[first:])]
	for i := range b.ends {
		b.ends[i] -= from
	}
}

// finish sends what is left, after the loop has ended.
func (b *outbox) finish() {
	if len(b.ends) > 0 {
		if lost := b.out.send(b.lines()); lost > 0 {
			b.t.lose(lost)
		}
		b.keep(0)
	}
	b.out.close()
}
