package cpu

import (
	"fmt"
	"io/fs"
	"slices"
	"strconv"
	"strings"
)

// CPU is a processor of the machine: its own number and those of what it is part of. Cores, clusters and core complexes are
// numbered through the whole machine, from 0; a cluster is made of the processors of a complex that are equally fast.
type CPU struct {
	Number, Node, Cluster, CCX, Core, Thread int
	Speed                                    int // relative, 0 where the system does not tell
}

// Read asks a system's /sys for its processors. Without it there are none.
func Read(sys fs.FS) []CPU {
	var online Set
	if online.Parse(text(sys, "devices/system/cpu/online")) != Good {
		return nil
	}
	node := map[int]int{}
	for n := range 64 {
		var set Set
		set.Parse(text(sys, fmt.Sprintf("devices/system/node/node%d/cpulist", n)))
		for _, c := range set.List() {
			node[c] = n
		}
	}
	cores, complexes, clusters := numbers{}, numbers{}, numbers{}
	var all []CPU
	for _, n := range online.List() {
		dir := fmt.Sprintf("devices/system/cpu/cpu%d/", n)
		c := CPU{Number: n, Node: node[n], Speed: speed(sys, dir)}
		siblings := text(sys, dir+"topology/thread_siblings_list")
		var together Set
		together.Parse(siblings)
		c.Thread = max(slices.Index(together.List(), n), 0)
		if siblings == "" {
			siblings = strconv.Itoa(n)
		}
		c.Core = cores.of(siblings)
		shared := lastCache(sys, dir)
		if shared == "" {
			shared = "package " + text(sys, dir+"topology/physical_package_id")
		}
		c.CCX = complexes.of(shared)
		all = append(all, c)
	}
	for i := range all {
		c := &all[i]
		c.Cluster = clusters.of(fmt.Sprint(c.CCX, " ", class(all, c.Speed)))
	}
	return all
}

// class is the lowest speed that differs from a speed by 5% at most: the same one for what is made alike.
func class(all []CPU, speed int) int {
	low := speed
	for i := range all {
		if s := all[i].Speed; s < low && s*100 >= speed*95 {
			low = s
		}
	}
	return low
}

// numbers gives out numbers by names.
type numbers map[string]int

func (n numbers) of(name string) int {
	if _, known := n[name]; !known {
		n[name] = len(n)
	}
	return n[name]
}

// lastCache lists the processors that share the last cache of one, "" where that is none of the third level or above.
func lastCache(sys fs.FS, dir string) string {
	best, shared := 2, ""
	for i := range 8 {
		index := fmt.Sprintf("%scache/index%d/", dir, i)
		if level, err := strconv.Atoi(text(sys, index+"level")); err == nil && level > best {
			best, shared = level, text(sys, index+"shared_cpu_list")
		}
	}
	return shared
}

func speed(sys fs.FS, dir string) int {
	for _, name := range [...]string{"cpu_capacity", "cpufreq/cpuinfo_max_freq"} {
		if n, err := strconv.Atoi(text(sys, dir+name)); err == nil {
			return n
		}
	}
	return 0
}

func text(sys fs.FS, name string) string {
	b, err := fs.ReadFile(sys, name)
	if err != nil {
		return ""
	}
	return strings.TrimSpace(string(b))
}
