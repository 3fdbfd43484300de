package loop

import "math/bits"

// The wheel has a resolution of one millisecond, as HAProxy's timeouts have. Level n has 64 slots of 64^n ticks each;
// a timer hangs in the lowest level whose slot boundary it still has to cross, and moves down when time reaches its
// slot. Seven levels reach 139 years, so that no deadline overflows.
const (
	tickNs     = 1_000_000
	slotBits   = 6
	slotCount  = 1 << slotBits
	levelCount = 7
	lastTick   = 1<<(slotBits*levelCount) - 1
)

// TimerHandler is told when a timer's deadline has passed.
type TimerHandler interface {
	// Expired is called on the loop's thread, outside of any task, once per arming: never before the deadline, and
	// in a turn of the loop at most a millisecond after it. t is disarmed and may be armed again.
	Expired(l *Loop, t *Timer)
}

// Timer is one deadline, embedded in whatever it belongs to. The zero value is disarmed. It must not be copied while
// armed, and belongs to the loop that it was armed on until it is disarmed or has expired.
type Timer struct {
	next, prev *Timer
	h          TimerHandler
	at         int64  // the deadline; zero when it was given up and left hanging
	due        int64  // the tick it hangs at: not later than at
	hung       uint16 // 1 + level*slotCount + slot; zero when not in the wheel
}

// Armed says whether the timer will expire.
func (t *Timer) Armed() bool { return t.hung != 0 && t.at != 0 }

// Deadline returns when an armed timer expires, in the loop's nanoseconds.
func (t *Timer) Deadline() int64 { return t.at }

// wheel is a hierarchical timer wheel. All timers in it are due at tick or later.
type wheel struct {
	tick  int64
	count int // timers that hang in it, those given up included
	used  [levelCount]uint64
	slots [levelCount * slotCount]*Timer
}

// Arm makes t expire at deadline, in place of any deadline it had, and calls h then. A deadline that has passed expires
// in the next turn. To arm later than before, the common case, stores the deadline and no more. It does not allocate.
func (l *Loop) Arm(t *Timer, deadline int64, h TimerHandler) {
	if deadline <= 0 {
		panic("loop: Arm without a deadline")
	}
	t.h = h
	l.wheel.set(t, deadline)
}

// Disarm takes t's deadline back. A timer that is not armed may be disarmed.
func (l *Loop) Disarm(t *Timer) {
	if t.hung != 0 {
		l.wheel.unhang(t)
	}
	t.at, t.h = 0, nil
}

// Suspend takes t's deadline back but leaves the timer hanging, for one that is soon armed again: it costs one store,
// and so does the next Arm. The loop keeps what t is embedded in until the old deadline: at the end use Disarm.
func (l *Loop) Suspend(t *Timer) { t.at = 0 }

func (w *wheel) set(t *Timer, deadline int64) {
	t.at = deadline
	if t.hung != 0 {
		// It may stay where it hangs if that tick does not come after the deadline's: it moves when reached.
		if (t.due-1)*tickNs < deadline {
			return
		}
		w.unhang(t)
	}
	w.hang(t, max(tickOf(deadline), w.tick+1))
}

// tickOf is the first tick that is not before the deadline.
func tickOf(deadline int64) int64 { return (deadline + tickNs - 1) / tickNs }

func (w *wheel) hang(t *Timer, due int64) {
	due = min(due, lastTick)
	level := 0
	if differ := uint64(due ^ w.tick); differ >= slotCount {
		level = (bits.Len64(differ) - 1) / slotBits
	}
	slot := int(due>>(level*slotBits)) & (slotCount - 1)
	at := level*slotCount + slot
	t.due, t.hung = due, uint16(at+1)
	t.prev, t.next = nil, w.slots[at]
	if t.next != nil {
		t.next.prev = t
	}
	w.slots[at] = t
	w.used[level] |= 1 << slot
	w.count++
}

func (w *wheel) unhang(t *Timer) {
	at := int(t.hung) - 1
	if t.next != nil {
		t.next.prev = t.prev
	}
	if t.prev != nil {
		t.prev.next = t.next
	} else if w.slots[at] = t.next; t.next == nil {
		w.used[at/slotCount] &^= 1 << (at % slotCount)
	}
	t.next, t.prev, t.hung = nil, nil, 0
	w.count--
}

// first finds the slot that time reaches first, and the tick at which it does. Slots of a lower level always come
// before those of a higher one.
func (w *wheel) first() (at int, tick int64, found bool) {
	for level := range levelCount {
		if w.used[level] == 0 {
			continue
		}
		slot := bits.TrailingZeros64(w.used[level])
		shift := level * slotBits
		begin := w.tick >> (shift + slotBits) << (shift + slotBits)
		return level*slotCount + slot, begin | int64(slot)<<shift, true
	}
	return 0, 0, false
}

// pop advances to the tick of now and takes out the next timer whose deadline is over; nil when there is none left.
// It is called until it returns nil, and timers may be set and unhung between the calls.
func (w *wheel) pop(now int64) *Timer {
	target := now / tickNs
	for w.count > 0 {
		at, tick, found := w.first()
		if !found || tick > target {
			break
		}
		w.tick = tick
		if at >= slotCount {
			w.lower(at)
			continue
		}
		t := w.slots[at]
		w.unhang(t)
		if t.at == 0 {
			continue
		}
		if due := tickOf(t.at); due > tick {
			w.hang(t, due) // moved while it hung
			continue
		}
		return t
	}
	w.tick = max(w.tick, target)
	return nil
}

// lower moves the timers of a slot that time has reached to lower levels, all at once: nothing else may hang there then.
func (w *wheel) lower(at int) {
	for t := w.slots[at]; t != nil; t = w.slots[at] {
		w.unhang(t)
		if t.at != 0 {
			w.hang(t, max(tickOf(t.at), w.tick))
		}
	}
}

// expire runs the handlers of all timers that are over.
func (l *Loop) expire() {
	if l.now/tickNs <= l.wheel.tick && l.wheel.used[0]&(1<<(uint(l.wheel.tick)%slotCount)) == 0 {
		return
	}
	for {
		t := l.wheel.pop(l.now)
		if t == nil {
			return
		}
		l.n.TimersFired++
		h := t.h
		t.at = 0
		h.Expired(l, t)
		l.drain()
	}
}
