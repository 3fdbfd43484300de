package secure

import (
	"fmt"
	"slices"
	"time"
)

// fresh returns the staples that are kept fresh, in the order of the configuration, and those that a command asked for.
func (s *Store) fresh() []*Staple {
	var all []*Staple
	add := func(st *Staple) {
		if st != nil && !slices.Contains(all, st) {
			all = append(all, st)
		}
	}
	for _, f := range s.fronts {
		for _, u := range f.now.Load().uses {
			if u.Cert.updates == updatesOn && u.Cert.staple != nil && u.Cert.staple.Server() != "" {
				add(u.Cert.staple)
			}
		}
	}
	for _, st := range s.staples {
		if st.asked {
			add(st)
		}
	}
	return all
}

// begin says when a staple is updated first: at once without an answer.
func (s *Store) begin(st *Staple, now time.Time) {
	if !st.next.IsZero() {
		return
	}
	st.next = now
	if r := st.now.Load(); r != nil && r.good(now) {
		st.next = s.later(r, now)
	}
}

// shortest is the least pause between two questions, whatever the configuration says.
const shortest = time.Second

// later says when an answer is asked for again.
func (s *Store) later(r *response, now time.Time) time.Time {
	next := now.Add(s.Updates.Most)
	if !r.until.IsZero() && r.until.Before(next) {
		next = r.until
	}
	if least := now.Add(max(s.Updates.Least, shortest)); next.Before(least) {
		next = least
	}
	return next
}

// NextUpdate returns the staple that is due, or nil and when the next one will be; zero for none.
func (s *Store) NextUpdate(now time.Time) (due *Staple, at time.Time) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, st := range s.fresh() {
		if s.Updates.Disabled && !st.asked {
			continue
		}
		s.begin(st, now)
		if at.IsZero() || st.next.Before(at) {
			due, at = st, st.next
		}
	}
	if at.After(now) {
		due = nil
	}
	return due, at
}

// Ask has a certificate's staple updated as soon as may be.
func (s *Store) Ask(name string) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	c := s.certs[name]
	switch {
	case c == nil:
		return fmt.Errorf("Unknown certificate! 'update ssl ocsp-response' expects an already known certificate file name.")
	case c.staple == nil || c.staple.Server() == "":
		return fmt.Errorf("No OCSP URI stored, cannot ask for the state of the certificate.")
	}
	c.staple.asked, c.staple.next = true, time.Now()
	s.wake()
	return nil
}

// wake tells who makes the updates that something changed.
func (s *Store) wake() {
	select {
	case s.Updates.Wake <- struct{}{}:
	default:
	}
}

// Answered takes the answer of an authority, or why there is none, and returns the line of the log about it.
func (s *Store) Answered(st *Staple, der []byte, status UpdateStatus, now time.Time) string {
	var r *response
	if status == UpdateDone {
		var err error
		if r, err = readResponse(der, st.ID, st.issuer, true, now); err != nil {
			status = UpdateCheck
		}
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	st.asked, st.status = false, status
	if r != nil {
		st.now.Store(r)
		st.successes++
		st.last, st.next = now, s.later(r, now)
	} else {
		const most = 6 // doublings of the pause
		st.failures++
		pause := max(s.Updates.Least, shortest) << min(st.failures, most)
		st.next = now.Add(min(pause, max(s.Updates.Most, s.Updates.Least, shortest)))
	}
	return fmt.Sprintf("<OCSP-UPDATE> %s %d \"%v\" %d %d\n", st.Path, status, status, st.failures, st.successes)
}

// An UpdateLine is the state of one staple that is kept fresh.
type UpdateLine struct {
	ID, Path            string
	Next, Last          time.Time
	Successes, Failures int
	Status              UpdateStatus
}

// UpdateLines returns the staples that are kept fresh, the next one first.
func (s *Store) UpdateLines(now time.Time) []UpdateLine {
	s.mu.Lock()
	defer s.mu.Unlock()
	var all []UpdateLine
	for _, st := range s.fresh() {
		s.begin(st, now)
		all = append(all, UpdateLine{st.ID, st.Path, st.next, st.last, st.successes, st.failures, st.status})
	}
	slices.SortStableFunc(all, func(a, b UpdateLine) int { return a.Next.Compare(b.Next) })
	return all
}
