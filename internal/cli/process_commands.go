package cli

import (
	"slices"
	"strconv"
	"strings"

	"sluice/internal/loop"
	"sluice/internal/proxy"
)

// processCommands are about the process and its loops.
func processCommands() []Command {
	return []Command{
		{Name: "_getsocks", Doc: "Hands the listening sockets over to another process.", Access: Admin, Hidden: true, Run: getSockets},
		{Name: "show activity", Args: "[-1|0|thread_num]", Doc: "Shows what the loops do.", Access: Operator, Run: showActivity},
		{Name: "show env", Args: "[var]", Doc: "Shows the environment variables.", Access: Operator, Run: showEnv},
		{Name: "show events", Args: "[<sink>] [-w] [-n] [-0]", Doc: "Lists the rings, or shows what one holds.", Run: showEvents},
		{Name: "show pools", Args: "[by*] [match <pfx>] [nb]", Doc: "Shows the memory of the pools.", Run: showPools},
		{Name: "show startup-logs", Doc: "Shows what was printed during the start.", Access: Operator, Run: showStartupLogs},
		{Name: "show version", Doc: "Shows the version of the process.", Run: showVersion},
	}
}

func showVersion(s *Session, _ []string) { s.Say(s.srv.Proc.Version) }

func showStartupLogs(s *Session, _ []string) {
	if s.srv.StartupLogs != nil {
		s.out.Write(s.srv.StartupLogs())
	}
}

// metric is one line of show activity.
type metric struct {
	name string
	get  func(*loop.Counters) uint64
	most bool // the total is the highest, not the sum
}

// activity are the lines, under HAProxy's names where they mean the same.
func activity() []metric {
	return []metric{
		{name: "ctxsw", get: func(n *loop.Counters) uint64 { return n.Switches }},
		{name: "tasksw", get: func(n *loop.Counters) uint64 { return n.TasksStarted }},
		{name: "tasks_cur", get: func(n *loop.Counters) uint64 { return uint64(n.TasksLive) }},
		{name: "tasks_free", get: func(n *loop.Counters) uint64 { return uint64(n.TasksFree) }},
		{name: "rq_max", get: func(n *loop.Counters) uint64 { return uint64(n.QueueLongest) }, most: true},
		{name: "loops", get: func(n *loop.Counters) uint64 { return n.Turns }},
		{name: "sleeps", get: func(n *loop.Counters) uint64 { return n.Sleeps }},
		{name: "longest_us", get: func(n *loop.Counters) uint64 { return uint64(n.LongestTurnNs / 1000) }, most: true},
		{name: "poll_io", get: func(n *loop.Counters) uint64 { return n.Events }},
		{name: "poll_exp", get: func(n *loop.Counters) uint64 { return n.TimersFired }},
		{name: "timers", get: func(n *loop.Counters) uint64 { return uint64(n.TimersHung) }},
		{name: "posts", get: func(n *loop.Counters) uint64 { return n.Posts }},
		{name: "panics", get: func(n *loop.Counters) uint64 { return n.Panics }},
		{name: "conns", get: func(n *loop.Counters) uint64 { return n.ConnsOpened }},
		{name: "conns_cur", get: func(n *loop.Counters) uint64 { return uint64(n.ConnsOpen) }},
		{name: "accepted", get: func(n *loop.Counters) uint64 { return n.Accepted }},
		{name: "accept_err", get: func(n *loop.Counters) uint64 { return n.AcceptErrors }},
	}
}

// showActivity prints one line for each metric: the total, and the loops' values in brackets. An argument chooses one
// column: a loop by its number from 1, or 0 for the total.
func showActivity(s *Session, args []string) {
	var loops []loop.Counters
	var wall, up int64
	s.srv.Engine.Group.Each(func(l *loop.Loop) {
		loops = append(loops, l.Counters())
		wall, up = l.Wall(), l.Wall()-s.srv.Proc.Started
	})
	column := -1
	if len(args) > 0 {
		n, err := strconv.Atoi(args[0])
		if err != nil || n < -1 || n > len(loops) {
			s.Fail("Expects -1, 0 or the number of a thread from 1 to " + strconv.Itoa(len(loops)) + ".")
			return
		}
		column = n
	}
	if column > 0 {
		s.Printf("thread_id: %d (%d..%d)\n", column, column, column)
	} else {
		s.Printf("thread_id: 1 (1..%d)\n", len(loops))
	}
	s.Printf("date_now: %d.%06d\nuptime_now: %d.%06d\n", wall/1e9, wall/1e3%1e6, up/1e9, up/1e3%1e6)
	for _, m := range activity() {
		total, each := uint64(0), make([]string, len(loops))
		for i := range loops {
			v := m.get(&loops[i])
			if each[i] = strconv.FormatUint(v, 10); m.most {
				total = max(total, v)
			} else {
				total += v
			}
		}
		switch {
		case column > 0:
			s.Printf("%s: %s\n", m.name, each[column-1])
		case column == 0 || len(loops) == 1:
			s.Printf("%s: %d\n", m.name, total)
		default:
			s.Printf("%s: %d [ %s ]\n", m.name, total, strings.Join(each, " "))
		}
	}
}

// showPools prints the loops' buffers in the lines of HAProxy's report.
func showPools(s *Session, args []string) {
	prefix := ""
	if i := slices.Index(args, "match"); i >= 0 && i+1 < len(args) {
		prefix = args[i+1]
	}
	size, used, free := 0, 0, 0
	s.srv.Engine.Group.Each(func(l *loop.Loop) {
		p := s.srv.Engine.Home(l.ID()).Pools()
		size = p.Size()
		used += p.InUse
		free += p.Free()
	})
	s.Printf("Dumping pools usage.\n")
	pools, alloc, busy := 0, 0, 0
	if strings.HasPrefix("buffer", prefix) {
		pools, alloc, busy = 1, (used+free)*size, used*size
		s.Printf("  - Pool buffer (%d bytes) : %d allocated (%d bytes), %d used (~%d by thread caches), 0 failures, %d users\n",
			size, used+free, alloc, used, free, len(s.srv.Engine.Group.Loops()))
	}
	s.Printf("Total: %d pools, %d bytes allocated, %d used.\n", pools, alloc, busy)
}

// showEvents lists the rings or prints the lines of one.
func showEvents(s *Session, args []string) {
	if len(args) == 0 {
		s.Printf("Supported events sinks are listed below. Add -0(zero), -w(wait), -n(new). Any key to stop.\n" +
			"    stdout     : type=fd, 0 dropped, standard output (fd#1)\n    stderr     : type=fd, 0 dropped, standard output (fd#2)\n" +
			"    buf0       : type=buffer, 0 dropped, in-memory ring buffer\n")
		for _, r := range s.srv.snapshot().Rings {
			s.Printf("    %-10s : type=buffer, 0 dropped, %s\n", r.Name, description(r))
		}
		return
	}
	wait, fresh, end := false, false, byte('\n')
	for _, a := range args[1:] {
		flags, ok := strings.CutPrefix(a, "-")
		for _, f := range flags {
			switch f {
			case 'w':
				wait = true
			case 'n':
				fresh = true
			case '0':
				end = 0
			default:
				ok = false
			}
		}
		if !ok {
			s.Fail("unknown option")
			return
		}
	}
	if s.srv.Logs == nil || s.srv.Logs.Ring(args[0]) == nil {
		s.Fail("No such event sink")
		return
	}
	s.follow(args[0], wait, fresh, end)
}

func description(r *proxy.Ring) string {
	if r.Desc != "" {
		return r.Desc
	}
	return r.Name
}
