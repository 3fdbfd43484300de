package cli

import "time"

// lookEvery is how often a ring that is followed is looked at.
const lookEvery = 50 * time.Millisecond

// follow prints the lines of a ring, with fresh only those that come from now on, each ended by end. With wait it goes on
// until anything is typed or the other side goes away.
func (s *Session) follow(name string, wait, fresh bool, end byte) {
	ring := s.srv.Logs.Ring(name)
	var next uint64
	if fresh {
		_, next, _ = ring.Since(0, false)
	}
	for {
		lines, after, open := ring.Since(next, false)
		next = after
		for _, line := range lines {
			s.out.Write(line[:len(line)-1])
			s.out.WriteByte(end)
		}
		if !wait || !open {
			return
		}
		gone, input := s.pause(lookEvery)
		if input {
			s.in.Discard(s.in.Buffered())
		}
		if gone || input {
			return
		}
	}
}
