package directive

import (
	"fmt"
	"strconv"
	"strings"

	"sluice/internal/config"
	"sluice/internal/cpu"
	"sluice/internal/proxy"
)

// globalCPU are the keywords about the processors that the loops run on (configuration.txt 3.1).
var globalCPU = []Keyword{
	{Name: "cpu-affinity", Doc: "How close the loops are tied to the processors of a policy.", In: config.InGlobal, Max: -1, Parse: parseCPUAffinity},
	{Name: "cpu-map", Doc: "The processors of some loops.", In: config.InGlobal, Max: -1, Parse: parseCPUMap},
	{Name: "cpu-policy", Doc: "Which processors are used, and in which groups.", In: config.InGlobal, Max: -1, Parse: parseCPUPolicy},
	{Name: "cpu-set", Doc: "Processors that are not used.", In: config.InGlobal, Max: -1, Parse: parseCPUSet},
	{Name: "max-threads-per-group", Doc: "The most loops of a group that a policy makes.", In: config.InGlobal, Max: -1, Parse: parsePerGroup},
}

// most is the highest number of a group, and of a thread in a group.
const mostNumbered = 64

func parseCPUMap(b *Builder, l *config.Line) {
	if len(l.Args) < 2 {
		l.Errorf(l.End(), "%s expects a thread group number  ('all', 'odd', 'even', a number from 1 to %d or a range),  followed by a list of CPU ranges with numbers from 0 to %d.",
			l.Keyword(), mostNumbered, mostNumbered-1)
		return
	}
	m := cpu.Map{Threads: 1<<mostNumbered - 1}
	text, auto := strings.CutPrefix(l.Arg(0).Value, "auto:")
	m.Auto = auto
	groups, threads, named := strings.Cut(text, "/")
	m.Whole = !named
	var err error
	if m.Groups, err = numbered(groups); err == nil && named {
		m.Threads, err = numbered(threads)
	}
	if err != nil {
		l.Errorf(l.Arg(0), "%s : %v", l.Keyword(), err)
		return
	}
	if !b.cpuRanges(l, l.Args[1:], &m.CPUs, l.Keyword()+" :") {
		return
	}
	if n := m.CPUs.Count(); m.Auto && n != ones(m.Groups) && n != ones(m.Threads) {
		l.Errorf(l.Arg(0), "%s : TGROUP/THREAD range and CPU sets must have the same size to be automatically bound", l.Keyword())
		return
	}
	b.cpu.Maps = append(b.cpu.Maps, m)
}

// numbered reads "all", "odd", "even", a number or a range of numbers from 1 on; the higher bound may be missing.
func numbered(text string) (uint64, error) {
	switch text {
	case "all":
		return 1<<mostNumbered - 1, nil
	case "odd":
		return 0x5555555555555555, nil
	case "even":
		return 0xaaaaaaaaaaaaaaaa, nil
	}
	first, last, ranged := strings.Cut(text, "-")
	low, err := strconv.Atoi(first)
	high := low
	if ranged && err == nil {
		if high = mostNumbered; last != "" {
			high, err = strconv.Atoi(last)
		}
	}
	if low > high {
		low, high = high, low
	}
	switch {
	case err != nil && text != "":
		return 0, fmt.Errorf("'%s' is not a valid number/range.", text)
	case low < 1 || high > mostNumbered:
		return 0, fmt.Errorf("'%s' is not a valid number/range. It supports numbers from 1 to %d.", text, mostNumbered)
	}
	var out uint64
	for n := low; n <= high; n++ {
		out |= 1 << (n - 1)
	}
	return out, nil
}

func ones(n uint64) (count int) {
	for ; n != 0; n &= n - 1 {
		count++
	}
	return count
}

// cpuRanges reads lists of processors; what begins the message.
func (b *Builder) cpuRanges(l *config.Line, words []config.Word, into *cpu.Set, what string) bool {
	for _, w := range words {
		switch into.Parse(w.Value) {
		case cpu.NoRange:
			l.Errorf(w, "%s '%s' is not a CPU range.", what, w.Value)
			return false
		case cpu.TooHigh:
			l.Errorf(w, "%s supports CPU numbers from 0 to %d.", what, cpu.Max-1)
			return false
		}
	}
	return true
}

// cpuFilters are the words behind cpu-set.
var cpuFilters = []struct {
	name string
	drop bool
	by   cpu.Attribute
}{
	{"only-cpu", false, cpu.ByCPU}, {"drop-cpu", true, cpu.ByCPU}, {"only-node", false, cpu.ByNode}, {"drop-node", true, cpu.ByNode},
	{"only-cluster", false, cpu.ByCluster}, {"drop-cluster", true, cpu.ByCluster}, {"only-core", false, cpu.ByCore},
	{"drop-core", true, cpu.ByCore}, {"only-thread", false, cpu.ByThread}, {"drop-thread", true, cpu.ByThread},
}

func parseCPUSet(b *Builder, l *config.Line) {
	names := "'reset'"
	for _, f := range cpuFilters {
		names += ", '" + f.name + "'"
	}
	c := &b.cpu
	if len(l.Args) == 0 {
		l.Errorf(l.End(), "'cpu-set' requires a directive and an optional value (only %s supported).", names)
		return
	}
	for words := l.Args; len(words) > 0; {
		w := words[0]
		words = words[1:]
		if w.Value == "reset" {
			c.Reset, c.Given = true, true
			continue
		}
		var filter *cpu.Filter
		for _, f := range cpuFilters {
			if f.name == w.Value {
				filter = &cpu.Filter{Drop: f.drop, By: f.by}
			}
		}
		switch {
		case filter == nil:
			l.Errorf(w, "'cpu-set' passed an unknown directive '%s' (only %s supported).", w.Value, names)
			return
		case len(words) == 0:
			l.Errorf(l.End(), "'cpu-set %s': missing CPU set", w.Value)
			return
		case !b.cpuRanges(l, words[:1], &filter.Set, "'cpu-set "+w.Value+"':"):
			return
		}
		c.Filters, c.Given = append(c.Filters, *filter), true
		words = words[1:]
	}
}

// policyMeanings are what HAProxy's message says of the policies.
var policyMeanings = map[string]string{
	"none": "use all available CPUs", "performance": "make one thread group per perf. core cluster", "efficiency": "make one thread group per eff. core cluster",
	"resource": "make one thread group from the smallest cluster", "first-usable-node": "use only first usable node if nbthreads not set",
	"group-by-ccx": "make one thread group per CCX", "group-by-2-ccx": "make one thread group per 2 CCX", "group-by-3-ccx": "make one thread group per 3 CCX",
	"group-by-4-ccx": "make one thread group per 4 CCX", "group-by-cluster": "make one thread group per core cluster",
	"group-by-2-clusters": "make one thread group per 2 core clusters", "group-by-3-clusters": "make one thread group per 3 core clusters",
	"group-by-4-clusters": "make one thread group per 4 core clusters",
}

func parseCPUPolicy(b *Builder, l *config.Line) {
	w := l.Arg(0)
	if policyMeanings[w.Value] == "" {
		var list strings.Builder
		names := cpu.Policies()
		for i, name := range names {
			switch i {
			case 0:
			case len(names) - 1:
				list.WriteString(", and ")
			default:
				list.WriteString(", ")
			}
			fmt.Fprintf(&list, "'%s' (%s)", name, policyMeanings[name])
		}
		l.Errorf(w, "'cpu-policy' passed an unknown CPU policy '%s'. Supported values are: %s.", w.Value, list.String())
		return
	}
	c := &b.cpu
	c.Policy, c.OneACore, c.Given = w.Value, false, true
	if len(l.Args) == 1 {
		return
	}
	switch key, v := l.Arg(1), l.Arg(2); {
	case key.Value != "threads-per-core":
		l.Errorf(key, "'cpu-policy' passed an unknown keyword '%s', the only known values are threads-per-core", key.Value)
	case v.Value != "1" && v.Value != "auto":
		l.Errorf(v, "'cpu-policy' passed an unknown value '%s' to keyword 'threads-per-core', known values are 1 or auto", v.Value)
	case len(l.Args) > 3:
		l.Errorf(l.Arg(3), "'cpu-policy' cannot handle unexpected argument '%s'.", l.Arg(3).Value)
	default:
		c.OneACore = v.Value == "1"
	}
}

func parseCPUAffinity(b *Builder, l *config.Line) {
	w, more := l.Arg(0), l.Arg(1)
	switch w.Value {
	case "per-core", "per-group", "per-thread", "per-ccx", "auto":
	default:
		l.Errorf(w, "'cpu-affinity' parsed an unknown directive '%s'. Known values are : per-core per-group per-thread per-ccx auto", w.Value)
		return
	}
	known := ""
	if w.Value == "per-group" {
		known = " Known values are : loose auto"
	}
	switch {
	case len(l.Args) > 2:
		l.Errorf(l.Arg(2), "'cpu-affinity' cannot handle unexpected argument '%s'.", l.Arg(2).Value)
		return
	case more.Value != "" && (w.Value != "per-group" || more.Value != "loose" && more.Value != "auto"):
		l.Errorf(more, "'%s' provided with unknown optional argument '%s'. %s", w.Value, more.Value, known)
		return
	}
	c := &b.cpu
	c.Affinity, c.Loose, c.Given = w.Value, more.Value == "loose", true
}

func parsePerGroup(b *Builder, l *config.Line) {
	n, err := strconv.Atoi(l.Arg(0).Value)
	if err != nil || n < 1 || n > mostNumbered {
		l.Errorf(l.Arg(0), "'max-threads-per-group' value must be an integer between 1 and %d,  got '%s'", mostNumbered, l.Arg(0).Value)
		return
	}
	b.cpu.PerGroup = n
}

// layOut settles how many loops there are and where they run, when the section says anything of it.
func (b *Builder) layOut(report *config.Report) {
	g := b.global
	c := &b.cpu
	if !c.Given && len(c.Maps) == 0 {
		return
	}
	c.Threads, c.Limit = g.NbThread, g.ThreadHardLimit
	g.Layout = c.Plan(cpu.Machine(), cpu.Allowed())
	if len(c.Maps) == 0 {
		return
	}
	total := len(g.Layout.Loops)
	bound, cpus := g.Layout.Used()
	switch {
	case bound > 0 && bound < total:
		report.Warnf(proxy.Pos{}, "Found %d thread(s) mapped to a CPU and %d thread(s) not mapped to any CPU. This will result in some threads being randomly assigned to the same CPU, which will occasionally cause severe performance degradation. Please either bind all threads or none (maybe some cpu-map directives are missing?).", bound, total-bound)
	case bound > cpus:
		report.Warnf(proxy.Pos{}, "This configuration binds %d threads to a total of %d CPUs via cpu-map directives. This means that some threads will compete for the same CPU, which will cause severe performance degradation. Please fix either the 'cpu-map' directives or set the global 'nbthread' value accordingly.", bound, cpus)
	}
}
