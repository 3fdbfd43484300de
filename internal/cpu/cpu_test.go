package cpu

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"testing/fstest"
)

func set(text string) (s Set) {
	s.Parse(text)
	return s
}

func TestParse(t *testing.T) {
	for _, c := range []struct {
		text    string
		problem Problem
		list    []int
	}{
		{"0", Good, []int{0}}, {"2-0,5", Good, []int{0, 1, 2, 5}}, {"0,,1,", Good, []int{0, 1}}, {"1022-", Good, []int{1022, 1023}},
		{"x", NoRange, nil}, {"-1", NoRange, nil}, {"1-x", NoRange, nil}, {"1024", TooHigh, nil},
	} {
		var s Set
		if p := s.Parse(c.text); p != c.problem || !slices.Equal(s.List(), c.list) {
			t.Errorf("%s: %d %v, want %d %v", c.text, p, s.List(), c.problem, c.list)
		}
	}
}

// machine is a machine of two nodes with a complex of four processors in two cores each; the second is half as fast.
func machine() fstest.MapFS {
	m := fstest.MapFS{}
	put := func(name, text string) { m[name] = &fstest.MapFile{Data: []byte(text + "\n")} }
	put("devices/system/cpu/online", "0-7")
	put("devices/system/node/node0/cpulist", "0-3")
	put("devices/system/node/node1/cpulist", "4-7")
	for n := range 8 {
		dir := fmt.Sprintf("devices/system/cpu/cpu%d/", n)
		put(dir+"topology/thread_siblings_list", fmt.Sprintf("%d-%d", n/2*2, n/2*2+1))
		put(dir+"topology/physical_package_id", fmt.Sprint(n/4))
		put(dir+"cache/index3/level", "3")
		put(dir+"cache/index3/shared_cpu_list", fmt.Sprintf("%d-%d", n/4*4, n/4*4+3))
		put(dir+"cpu_capacity", fmt.Sprint(1024>>(n/4)))
	}
	return m
}

func TestPlan(t *testing.T) {
	all := Read(machine())
	if len(all) != 8 || all[5] != (CPU{Number: 5, Node: 1, Cluster: 1, CCX: 1, Core: 2, Thread: 1, Speed: 512}) {
		t.Fatalf("%+v", all)
	}
	const one, ranges = 1, 1<<64 - 1
	for _, c := range []struct {
		what string
		conf Config
		want string
	}{
		{"nothing", Config{}, "- - - - - - - -"},
		{"a limit", Config{Limit: 3}, "- - -"},
		{"performance", Config{Given: true}, "0-1-2-3 0-1-2-3 0-1-2-3 0-1-2-3"},
		{"efficiency", Config{Given: true, Policy: "efficiency"}, "4-5-6-7 4-5-6-7 4-5-6-7 4-5-6-7"},
		{"resource", Config{Given: true, Policy: "resource"}, "4-5-6-7 4-5-6-7 4-5-6-7 4-5-6-7"},
		{"first node", Config{Given: true, Policy: "first-usable-node", Affinity: "per-thread"}, "0 1 2 3"},
		{"none", Config{Given: true, Policy: "none", Threads: 1}, "0-1-2-3-4-5-6-7"},
		{"a thread a core", Config{Given: true, Policy: "none", OneACore: true}, "0-1 2-3 4-5 6-7"},
		{"per-thread of cores", Config{Given: true, Policy: "none", OneACore: true, Affinity: "per-thread"}, "0 2 4 6"},
		{"complexes", Config{Given: true, Policy: "group-by-ccx"}, "0-1-2-3 0-1-2-3 0-1-2-3 0-1-2-3 4-5-6-7 4-5-6-7 4-5-6-7 4-5-6-7"},
		{"two clusters", Config{Given: true, Policy: "group-by-2-clusters", Affinity: "per-ccx"}, "0-1-2-3 0-1-2-3 0-1-2-3 0-1-2-3 4-5-6-7 4-5-6-7 4-5-6-7 4-5-6-7"},
		{"small groups", Config{Given: true, PerGroup: 2}, "0-1 0-1 2-3 2-3"},
		{"small groups, loose", Config{Given: true, PerGroup: 2, Loose: true}, "0-1-2-3 0-1-2-3 0-1-2-3 0-1-2-3"},
		{"drop a node", Config{Given: true, Policy: "none", Filters: []Filter{{true, ByNode, set("0")}, {true, ByThread, set("1")}}}, "4-6 4-6"},
		{"only a core", Config{Given: true, Policy: "none", Filters: []Filter{{false, ByCore, set("1")}}}, "2-3 2-3"},
		{"map", Config{Threads: 2, Maps: []Map{{Groups: one, Threads: ranges, Whole: true, CPUs: set("3")}}}, "3 3"},
		{"auto", Config{Threads: 3, Maps: []Map{{Auto: true, Groups: one, Threads: 7, CPUs: set("5,1,2")}}}, "1 2 5"},
		{"later maps win", Config{Threads: 2, Maps: []Map{{Groups: one, Threads: ranges, CPUs: set("0-1")}, {Groups: one, Threads: 2, CPUs: set("7")}}}, "0-1 7"},
		{"groups", Config{Threads: 5, Groups: 2, Maps: []Map{{Groups: 2, Threads: ranges, Whole: true, CPUs: set("4")}}}, "- - - 4 4"},
		{"processes", Config{Threads: 2, Processes: 2, Maps: []Map{{Groups: 1, Threads: ranges, Whole: true, CPUs: set("0")}, {Groups: 2, Threads: ranges, Whole: true, CPUs: set("1")}}}, "0 1"},
	} {
		p := c.conf.Plan(all, set("0-7"))
		var got []string
		for _, s := range p.Loops {
			text := strings.Trim(strings.ReplaceAll(fmt.Sprint(s.List()), " ", "-"), "[]")
			if text == "" {
				text = "-"
			}
			got = append(got, text)
		}
		if strings.Join(got, " ") != c.want {
			t.Errorf("%s: %s, want %s", c.what, strings.Join(got, " "), c.want)
		}
	}
}
