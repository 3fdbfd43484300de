package cli

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"sluice/internal/loop"
)

// profilingCommands tell what tasks cost (management.txt 9.3, set profiling).
func profilingCommands() []Command {
	return []Command{
		{Name: "set profiling", Args: "<what> {auto|on|off}", Doc: "Says when it is measured what tasks cost.", Access: Admin, Run: setProfiling},
		{Name: "show profiling", Args: "[<what>|<#lines>|<opts>]*", Doc: "Shows what tasks have cost while it was measured.", Access: Operator, Run: showProfiling},
		{Name: "show tasks", Doc: "Shows which tasks there are.", Access: Operator, Run: showTasks},
	}
}

// noMemoryProfile is why memory is not profiled.
const noMemoryProfile = "Memory is not profiled: it belongs to the garbage collector, not to functions."

func setProfiling(s *Session, args []string) {
	switch first(args) {
	case "tasks":
	case "memory":
		s.Fail(noMemoryProfile)
		return
	default:
		s.Fail("Expects either 'tasks' or 'memory'.")
		return
	}
	mode, said := loop.ProfileAuto, false
	for _, word := range args[1:] {
		switch word {
		case "auto", "on", "off":
			mode, said = profilingModes[word], true
		case "no-lock", "no-memory":
		case "lock", "memory":
			s.Fail("The time that tasks spend with locks or for memory is not measured.")
			return
		default:
			said = false
		}
	}
	if !said {
		s.Fail("Expects a combination of either 'on', 'auto', 'off', 'lock', 'no-lock', 'memory' or 'no-memory'.")
		return
	}
	s.srv.Engine.Group.Each(func(l *loop.Loop) { l.SetProfiling(mode) })
}

var profilingModes = map[string]loop.Profiling{"auto": loop.ProfileAuto, "on": loop.ProfileOn, "off": loop.ProfileOff}

// profileOptions is what show profiling is asked for.
type profileOptions struct {
	status, tasks bool
	byTime        bool
	most          int // lines, 0: all
}

func readProfileOptions(args []string) (o profileOptions, ok bool) {
	o = profileOptions{status: true, tasks: true}
	for _, a := range args {
		switch a {
		case "all", "aggr", "byctx", "memory": // there is one kind of context only, and nothing of memory
		case "status":
			o.tasks = false
		case "tasks":
			o.status = false
		case "byaddr":
			o.byTime = false
		case "bytime":
			o.byTime = true
		default:
			n, err := strconv.Atoi(a)
			if err != nil || n <= 0 {
				return o, false
			}
			o.most = n
		}
	}
	return o, true
}

func showProfiling(s *Session, args []string) {
	o, ok := readProfileOptions(args)
	if !ok {
		s.Fail("Expects either 'all', 'status', 'tasks', 'memory', 'byaddr', 'bytime', 'byctx', 'aggr' or a max number of output lines.")
		return
	}
	var mode loop.Profiling
	var begun, ended, now int64
	on := false
	costs := s.costs(func(l *loop.Loop) {
		m, is := l.Profiling()
		from, to := l.Measured()
		if from > 0 && (begun == 0 || from < begun) {
			begun = from
		}
		mode, on, now, ended = m, on || is, l.Now(), max(ended, to)
	})
	if o.status {
		s.Printf("Per-task CPU profiling              : %-14s# set profiling tasks {on|auto|off}\n", profilingWord(mode, on))
		s.Printf("Memory usage profiling              : %-14s# not available\n", "off")
	}
	if !o.tasks {
		return
	}
	costs = slices.DeleteFunc(costs, func(c loop.TaskCost) bool { return c.Calls == 0 })
	slices.SortStableFunc(costs, func(a, b loop.TaskCost) int {
		if o.byTime {
			return cmp.Compare(b.CPU, a.CPU)
		}
		return cmp.Compare(b.Calls, a.Calls)
	})
	if o.most > 0 {
		costs = costs[:min(o.most, len(costs))]
	}
	if ended == 0 {
		ended = now // nothing was ever measured
		begun = now
	}
	s.Printf("Tasks activity over %.3f sec till %.3f sec ago:\n", float64(ended-begun)/1e9, float64(max(now-ended, 0))/1e9)
	s.Printf("  %-25s %9s %9s %9s %9s\n", "function", "calls", "cpu_tot", "cpu_avg", "lat_avg")
	for _, c := range costs {
		n := int64(c.Calls)
		s.Printf("  %-25s %9d %9s %9s %9s\n", c.Name, n, span(c.CPU), span(c.CPU/n), span(c.Latency/n))
	}
}

// profilingWord is how a mode, and what came of it, are told.
func profilingWord(mode loop.Profiling, on bool) string {
	word := "off"
	if on {
		word = "on"
	}
	if mode == loop.ProfileAuto {
		return "auto-" + word
	}
	return word
}

// costs adds up what the tasks of each kind cost on all loops; look is called on each.
func (s *Session) costs(look func(*loop.Loop)) (list []loop.TaskCost) {
	s.srv.Engine.Group.Each(func(l *loop.Loop) {
		look(l)
		for _, c := range l.Costs() {
			i := slices.IndexFunc(list, func(o loop.TaskCost) bool { return o.Name == c.Name })
			if i < 0 {
				list = append(list, c)
				continue
			}
			list[i].Add(c.Cost)
			list[i].Running.Add(c.Running)
			list[i].Live += c.Live
		}
	})
	slices.SortFunc(list, func(a, b loop.TaskCost) int { return strings.Compare(a.Name, b.Name) })
	return list
}

// showTasks lists the kinds of tasks that there are now. Times and calls are of those that live, while they are measured.
func showTasks(s *Session, _ []string) {
	total, calls := 0, uint64(0)
	list := s.costs(func(*loop.Loop) {})
	for _, c := range list {
		total, calls = total+c.Live, calls+c.Running.Calls
	}
	s.Printf("Running tasks: %d (%d threads)\n", total, len(s.srv.Engine.Group.Loops()))
	s.Printf("  %-25s %9s %5s %10s %9s %10s %10s %6s\n", "function", "places", "%", "lat_tot", "lat_avg", "calls_tot", "calls_avg", "calls%")
	for _, c := range list {
		if c.Live == 0 {
			continue
		}
		r := &c.Running
		s.Printf("  %-25s %9d %5.1f %10s %9s %10d %10.1f %6.1f\n", c.Name, c.Live, percent(uint64(c.Live), uint64(total)), span(r.Latency),
			span(r.Latency/max(int64(r.Calls), 1)), r.Calls, float64(r.Calls)/float64(c.Live), percent(r.Calls, calls))
	}
}

func percent(n, of uint64) float64 { return 100 * float64(n) / float64(max(of, 1)) }

// span prints nanoseconds in four digits, "-" for none.
func span(ns int64) string {
	if ns <= 0 {
		return "-"
	}
	v, unit := float64(ns), 0
	for units := len(spanUnits); v >= 1000 && unit < units-1; unit++ {
		v /= 1000
	}
	digits := 3
	for n := v; n >= 10 && digits > 1; n /= 10 {
		digits--
	}
	return fmt.Sprintf("%.*f%s", digits, v, spanUnits[unit])
}

var spanUnits = [...]string{"ns", "us", "ms", "s"}
