package cli

import (
	"strconv"
	"time"

	"sluice/internal/freq"
	"sluice/internal/proxy"
	"sluice/internal/stats"
)

// statsCommands show and reset what is counted.
func statsCommands() []Command {
	return []Command{
		{Name: "clear counters", Args: "[all|server <bk>/<srv> [force]]", Doc: "Resets the highest values, all counters, or those of one server.", Access: Operator, Run: clearCounters},
		{Name: "dump stats-file", Doc: "Prints the counters in the form that the next process can begin with.", Run: dumpStatsFile},
		{Name: "show info", Args: "[desc|json|typed|float]*", Doc: "Shows facts and totals of the process.", Run: showInfo},
		{Name: "show latency", Args: "[<proxy>[/<server>]]", Doc: "Shows how long requests waited, connected and took.", Run: showLatency},
		{Name: "show schema json", Doc: "Shows the schema of the JSON forms.", Run: showSchema},
		{Name: "show stat", Args: "[desc|json|no-maint|typed|up]*", Doc: "Shows the counters of proxies, listeners and servers.", Run: showStat},
	}
}

// clearCounters resets the maxima, everything, or one server's counters.
func clearCounters(s *Session, args []string) {
	word := ""
	if len(args) > 0 {
		word = args[0]
	}
	switch word {
	case "all", "server":
		if s.access < Admin {
			s.Fail("Permission denied")
			return
		}
		if word == "server" {
			if srv := s.server(args[1:]); srv != nil {
				s.srv.Stats.ClearServer(srv)
				s.Say("Server counters cleared.")
			}
			return
		}
		s.srv.Stats.Clear(s.srv.snapshot(), true)
	default:
		s.srv.Stats.Clear(s.srv.snapshot(), false)
	}
}

func dumpStatsFile(s *Session, _ []string) {
	s.out.Write(s.srv.Stats.AppendFile(nil, s.srv.snapshot()))
}

// forms reads the words that choose how statistics are printed.
func forms(args []string) (form stats.Form, desc, float bool) {
	for _, a := range args {
		switch a {
		case "typed":
			form = stats.Typed
		case "json":
			form = stats.JSON
		case "desc":
			desc = true
		case "float":
			float = true
		}
	}
	return form, desc, float
}

func showInfo(s *Session, args []string) {
	form, desc, float := forms(args)
	p := s.srv.Stats.Facts(s.srv.snapshot(), s.srv.Listeners.Listening()+s.srv.sockets())
	b := p.Append(nil, stats.Print{Form: form, Desc: desc, Float: float})
	if form == stats.JSON {
		b = append(b, '\n')
	}
	s.out.Write(b)
}

// sockets is the number of sockets of the runtime API.
func (s *Server) sockets() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return len(s.socks)
}

func showSchema(s *Session, _ []string) { s.Printf("%s\n", stats.Schema) }

// showStat prints the objects that an optional filter of three words, proxy, kinds and server, leaves over.
func showStat(s *Session, args []string) {
	if len(args) >= 2 && args[0] == "domain" {
		if args[1] != "proxy" {
			s.Fail("Invalid statistics domain.")
			return
		}
		args = args[2:]
	}
	snap := s.srv.snapshot()
	f := stats.Filter{Proxy: -1, Kinds: -1, ID: -1, Legends: s.access >= Operator}
	if len(args) >= 3 && !statWord(args[1]) {
		id, err := strconv.Atoi(args[0])
		if err != nil {
			p := s.named(args[0])
			if p == nil {
				s.Fail("No such proxy.")
				return
			}
			id = p.ID
		}
		f.Proxy = id
		f.Kinds, _ = strconv.Atoi(args[1])
		f.ID, _ = strconv.Atoi(args[2])
		args = args[3:]
	}
	for _, a := range args {
		f.Up = f.Up || a == "up"
		f.NoMaint = f.NoMaint || a == "no-maint"
	}
	form, desc, _ := forms(args)
	s.out.Write(s.srv.Stats.AppendStat(nil, snap, f, stats.Print{Form: form, Desc: desc}))
}

// statWord reports whether a is one of the options of show stat, not part of its filter.
func statWord(a string) bool {
	switch a {
	case "typed", "json", "desc", "up", "no-maint":
		return true
	}
	return false
}

// showLatency prints count and quantiles of the four times of each proxy and server: in the queue, until the connection
// stood, until the first byte of the answer, and altogether.
func showLatency(s *Session, args []string) {
	want, server := "", ""
	if len(args) > 0 {
		want, server = cutServer(args[0])
		if s.named(want) == nil {
			s.Fail("No such proxy.")
			return
		}
	}
	s.Printf("# object phase count avg p50 p90 p99 max\n")
	found := false
	for _, o := range s.srv.Stats.Objects(s.srv.snapshot()) {
		if o.Role == stats.Listener || want != "" && o.Proxy.Name != want || server != "" && (o.Server == nil || o.Server.NameNow() != server) {
			continue
		}
		found = true
		name := s.anon.Hash(o.Proxy.Name) + "/"
		if o.Server != nil {
			name += s.anon.Hash(o.Server.NameNow())
		} else {
			name += o.Name()
		}
		s.latency(name, "queue", &o.Lat.Queue)
		s.latency(name, "connect", &o.Lat.Connect)
		s.latency(name, "first-byte", &o.Lat.FirstByte)
		s.latency(name, "total", &o.Lat.Total)
	}
	if !found {
		s.Fail("No such server.")
	}
}

// latency prints one line; durations are upper bounds of their buckets, exact to a quarter.
func (s *Session) latency(name, phase string, h *freq.Histogram) {
	n := h.Total()
	avg := uint64(0)
	if n > 0 {
		avg = h.Sum / n
	}
	s.Printf("%s %s %d %s %s %s %s %s\n", name, phase, n, micros(avg), micros(h.Quantile(0.5)), micros(h.Quantile(0.9)),
		micros(h.Quantile(0.99)), micros(h.Quantile(1)))
}

// micros prints a number of microseconds with a unit.
func micros(us uint64) string { return (time.Duration(us) * time.Microsecond).String() }

// named returns the proxy of that name, a frontend if two share it.
func (s *Session) named(name string) *proxy.Proxy {
	snap := s.srv.snapshot()
	if p := snap.Front(name); p != nil {
		return p
	}
	return snap.Back(name)
}
