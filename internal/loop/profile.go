package loop

import (
	"reflect"
	"slices"
	"strings"
	"time"
)

// Profiling says when a loop measures what its tasks cost (management.txt 9.3, set profiling). It costs two readings of
// the clock for each time that a task is resumed, and nothing while it is off.
type Profiling uint8

const (
	// ProfileAuto measures from when the loop is slow until it is fast again.
	ProfileAuto Profiling = iota
	// ProfileOn always measures.
	ProfileOn
	// ProfileOff never does.
	ProfileOff
)

// A loop is slow when a turn takes longer than that, on average over a second; it is fast again below the other.
const (
	slowTurn = int64(1000 * time.Microsecond)
	fastTurn = int64(990 * time.Microsecond)
)

// Cost is what tasks have cost while it was measured, in nanoseconds.
type Cost struct {
	Calls   uint64 // times that they were begun or resumed
	CPU     int64  // time for which they ran
	Latency int64  // time from when they could run until they did
}

// Add adds another cost.
func (c *Cost) Add(o Cost) {
	c.Calls, c.CPU, c.Latency = c.Calls+o.Calls, c.CPU+o.CPU, c.Latency+o.Latency
}

// TaskCost is what tasks of one kind have cost.
type TaskCost struct {
	Name string // of the type of their Runner
	Cost
	Live    int  // how many there are now
	Running Cost // what those have cost
}

// profile is what a loop has measured since it began to.
type profile struct {
	begun, ended int64
	costs        map[reflect.Type]*Cost
}

// SetProfiling says when the loop measures. What was measured before is forgotten when it begins anew.
func (l *Loop) SetProfiling(p Profiling) {
	l.profiling = p
	l.measure(p == ProfileOn || p == ProfileAuto && l.slow)
}

// Profiling returns what SetProfiling said, and whether the loop measures now.
func (l *Loop) Profiling() (p Profiling, on bool) { return l.profiling, l.profile != nil }

// Measured returns when the loop began and ended to measure, the last time; zero when it never did.
func (l *Loop) Measured() (begun, ended int64) {
	switch {
	case l.profile != nil:
		return l.profile.begun, l.now
	case l.measured != nil:
		return l.measured.begun, l.measured.ended
	}
	return 0, 0
}

// measure begins or ends measuring.
func (l *Loop) measure(on bool) {
	switch {
	case on && l.profile == nil:
		l.profile = &profile{begun: l.now, costs: make(map[reflect.Type]*Cost)}
		for _, t := range l.tasks {
			t.cost, t.ready = Cost{}, 0
		}
	case !on && l.profile != nil:
		l.profile.ended = l.now
		l.measured, l.profile = l.profile, nil
	}
}

// pace is called once a second or so with the time that the loop worked in how many turns.
func (l *Loop) pace(worked int64, turns uint64) {
	average := worked / int64(max(turns, 1))
	if l.slow = average >= slowTurn || l.slow && average > fastTurn; l.profiling == ProfileAuto {
		l.measure(l.slow)
	}
}

// clock reads the time, which l.now is only the beginning of the turn of.
func (l *Loop) clock() int64 { return int64(time.Since(l.g.base)) }

// enterMeasured is the part of enter that is measured.
func (l *Loop) enterMeasured(t *Task) {
	kind, begun := reflect.TypeOf(t.r), l.clock()
	t.cost.Calls++
	late := int64(0)
	if t.ready > 0 {
		late = begun - t.ready
	}
	t.cost.Latency += late
	t.entered, t.ready = begun, 0
	t.next()
	took := l.clock() - begun
	t.entered = 0
	t.cost.CPU += took
	if l.profile == nil { // it was ended by the task
		return
	}
	c := l.profile.costs[kind]
	if c == nil {
		c = &Cost{}
		l.profile.costs[kind] = c
	}
	c.Add(Cost{1, took, late})
}

// Cost returns what the task has cost since it began, or since ResetCost: nothing while nothing is measured. The call
// under way counts as far as it got.
func (t *Task) Cost() Cost {
	if t.l.profile == nil {
		return Cost{}
	}
	c := t.cost
	if t.entered > 0 {
		c.CPU += t.l.clock() - t.entered
	}
	return c
}

// ResetCost makes Cost begin anew, in the middle of a task that begins something else.
func (t *Task) ResetCost() {
	if t.l.profile != nil {
		t.resetCost()
	}
}

func (t *Task) resetCost() {
	t.cost = Cost{Calls: 1}
	if t.entered > 0 {
		t.entered = t.l.clock()
	}
}

// Costs returns what was measured, of the time at hand or else the last one, by the kind of tasks; what lives is counted
// as well. On the loop only.
func (l *Loop) Costs() (list []TaskCost) {
	at := map[reflect.Type]int{}
	add := func(kind reflect.Type) *TaskCost {
		i, known := at[kind]
		if !known {
			i = len(list)
			at[kind] = i
			list = append(list, TaskCost{Name: strings.TrimPrefix(kind.String(), "*")})
		}
		return &list[i]
	}
	p := l.profile
	if p == nil {
		p = l.measured
	}
	if p != nil {
		for kind, c := range p.costs {
			add(kind).Cost = *c
		}
	}
	for _, t := range l.tasks {
		if t.state != unused && t.r != nil {
			c := add(reflect.TypeOf(t.r))
			c.Live++
			if l.profile != nil {
				c.Running.Add(t.cost)
			}
		}
	}
	slices.SortFunc(list, func(a, b TaskCost) int { return strings.Compare(a.Name, b.Name) })
	return list
}
