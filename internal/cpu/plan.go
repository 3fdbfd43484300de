package cpu

import "slices"

// Attribute is what a filter looks at.
type Attribute uint8

// The attributes, in the order of the manual.
const (
	ByCPU Attribute = iota
	ByNode
	ByCluster
	ByCore
	ByThread
)

// Filter keeps or drops processors (cpu-set).
type Filter struct {
	Drop bool
	By   Attribute
	Set  Set
}

func (f *Filter) keeps(c *CPU) bool {
	n := [...]int{c.Number, c.Node, c.Cluster, c.Core, c.Thread}[f.By]
	return f.Set.Has(n) != f.Drop
}

// Map ties loops to processors (cpu-map). Groups and Threads have bit n-1 for number n.
type Map struct {
	Auto            bool
	Groups, Threads uint64
	Whole           bool // no threads were named
	CPUs            Set
}

// Config is what the configuration says of processors.
type Config struct {
	Given    bool // anything but maps
	Reset    bool // cpu-set reset
	Filters  []Filter
	Policy   string // "" is performance
	OneACore bool   // threads-per-core 1
	Affinity string // "" or "auto", "per-core", "per-group", "per-thread", "per-ccx"
	Loose    bool
	Maps     []Map
	// Threads, Groups, PerGroup and Limit are nbthread, thread-groups, max-threads-per-group and thread-hard-limit, 0 where
	// they are not given; Processes is nbproc, whose number in a map is that of a process.
	Threads, Groups, PerGroup, Limit, Processes int
}

// Plan is how many loops there are and where each may run; an empty set leaves it to the system.
type Plan struct {
	Loops []Set
}

// Plan lays the loops out on a machine. allowed are the processors that the process may use as it was started.
func (c *Config) Plan(machine []CPU, allowed Set) Plan {
	var p Plan
	if c.Given {
		groups := c.groups(c.available(machine, allowed), len(machine) != allowed.Count())
		for _, g := range groups {
			p.Loops = append(p.Loops, c.spread(g)...)
		}
	}
	n := c.Threads
	if n == 0 {
		if n = len(p.Loops); n == 0 {
			n = max(allowed.Count(), 1)
		}
		if c.Limit > 0 {
			n = min(n, c.Limit)
		}
	}
	loops := make([]Set, n)
	for i := range loops {
		if len(p.Loops) > 0 {
			loops[i] = p.Loops[i%len(p.Loops)]
		}
	}
	for i := range c.Maps {
		c.apply(&c.Maps[i], loops)
	}
	return Plan{loops}
}

// available are the processors that are left by cpu-set.
func (c *Config) available(machine []CPU, allowed Set) []CPU {
	var out []CPU
	for i := range machine {
		m := &machine[i]
		keep := c.Reset || allowed.Has(m.Number)
		for k := range c.Filters {
			keep = keep && c.Filters[k].keeps(m)
		}
		if keep {
			out = append(out, *m)
		}
	}
	return out
}

// spread gives the loops of a group their processors.
func (c *Config) spread(group []CPU) []Set {
	var out []Set
	how := c.Affinity
	if how == "" || how == "auto" {
		if how = "per-group"; c.OneACore {
			how = "per-core"
		}
	}
	seen := map[int]bool{}
	for i := range group {
		one := &group[i]
		if c.OneACore && seen[one.Core] {
			continue
		}
		seen[one.Core] = true
		var s Set
		for k := range group {
			o := &group[k]
			if how == "per-group" || how == "per-core" && o.Core == one.Core || how == "per-ccx" && o.CCX == one.CCX || o.Number == one.Number {
				s.Add(o.Number)
			}
		}
		out = append(out, s)
	}
	return out
}

// apply ties loops to the processors of a map. Numbers of threads are those within their group; groups are of equal size.
func (c *Config) apply(m *Map, loops []Set) {
	cpus, next := m.CPUs.List(), 0
	put := func(loop int) {
		switch {
		case loop >= 0 && !m.Auto:
			loops[loop] = m.CPUs
		case m.Auto && next < len(cpus):
			if loop >= 0 {
				loops[loop] = Set{}
				loops[loop].Add(cpus[next])
			}
			next++
		}
	}
	if c.Processes > 1 && m.Whole { // the numbers are those of processes, which are loops now
		for n := range 64 {
			if m.Groups&(1<<n) != 0 {
				put(at(n, 0, 1, len(loops)))
			}
		}
		return
	}
	groups := max(c.Groups, 1)
	for g := range 64 {
		for t := range 64 {
			if m.Groups&(1<<g) == 0 || m.Threads&(1<<t) == 0 {
				continue
			}
			first, size := share(g, groups, len(loops))
			put(at(first, t, size, len(loops)))
		}
	}
}

// at is the index of a thread of a group, -1 where there is none.
func at(first, thread, size, loops int) int {
	if thread >= size || first+thread >= loops {
		return -1
	}
	return first + thread
}

// share returns where the loops of a group begin and how many they are.
func share(group, groups, loops int) (first, size int) {
	if group >= groups {
		return loops, 0
	}
	size, more := loops/groups, loops%groups
	first = group*size + min(group, more)
	if group < more {
		size++
	}
	return first, size
}

// Bound reports whether a plan ties any loop to processors.
func (p *Plan) Bound() bool {
	return slices.ContainsFunc(p.Loops, func(s Set) bool { return s != Set{} })
}

// Used returns how many loops are tied to processors, and to how many all together.
func (p *Plan) Used() (loops, cpus int) {
	var all Set
	for i := range p.Loops {
		if p.Loops[i] != (Set{}) {
			loops++
			all.merge(p.Loops[i])
		}
	}
	return loops, all.Count()
}
