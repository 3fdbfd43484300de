package cli

import (
	"strconv"

	"sluice/internal/loop"
	"sluice/internal/proxy"
)

// serverCommands show and change servers.
func serverCommands() []Command {
	return []Command{
		{Name: "get weight", Args: "<bk>/<srv>", Doc: "Shows the weight of a server.", Run: getWeight},
		{Name: "show backend", Doc: "Lists the backends.", Run: showBackend},
		{Name: "show servers conn", Args: "[<backend>]", Doc: "Shows the connections to servers.", Run: showServersConn},
		{Name: "show servers state", Args: "[<backend>]", Doc: "Shows the state of servers, in the form of state files.", Run: showServersState},
	}
}

func showBackend(s *Session, _ []string) {
	s.Printf("# name\n")
	list, _ := s.backends(nil)
	for _, p := range list {
		s.Printf("%s\n", p.Name)
	}
}

func getWeight(s *Session, args []string) {
	if srv := s.server(args); srv != nil {
		s.Say(strconv.Itoa(int(srv.State.UserWeight.Load())) + " (initial " + strconv.Itoa(srv.Weight) + ")")
	}
}

// address returns host and port of a server's address in force.
func address(a *proxy.Addr) (host, port string) {
	port = strconv.Itoa(a.Port)
	if a.PortRel {
		port = "+" + port
		if a.Port < 0 {
			port = port[1:]
		}
	}
	switch {
	case a.IsUnix():
		return a.Path, "0"
	case !a.IP.IsValid():
		return "-", port
	}
	return a.IP.String(), port
}

// addrPort is the same as one word.
func addrPort(a *proxy.Addr) string {
	host, port := address(a)
	switch {
	case a.IsUnix():
		return host
	case a.IP.Is6():
		return "[" + host + "]:" + port
	}
	return host + ":" + port
}

// showServersConn prints the connections of each server, with the idle ones of each loop at the end.
func showServersConn(s *Session, args []string) {
	list, ok := s.backends(args)
	if !ok {
		return
	}
	loops := len(s.srv.Engine.Group.Loops())
	idle := make(map[*proxy.Server][]int)
	s.srv.Engine.Group.Each(func(l *loop.Loop) {
		for _, p := range list {
			for _, srv := range p.All() {
				idle[srv] = append(idle[srv], srv.State.Loops[l.ID()].Pool.Len())
			}
		}
	})
	s.Printf("# bkname/svname bkid/svid addr port - purge_delay served used_cur used_max need_est idle_sess unsafe_nb "+
		"safe_nb idle_lim idle_cur idle_per_thr[%d]\n", loops)
	for _, p := range list {
		for _, srv := range p.All() {
			st := srv.State
			host, port := address(st.Addr.Load())
			all, safe, private := st.Idle.Load(), st.IdleSafe.Load(), st.IdlePrivate.Load()
			s.Printf("%s/%s %d/%d %s %s - %d %d %d %d %d %d %d %d %d %d", s.anon.Hash(p.Name), s.anon.Hash(srv.NameNow()), p.ID, srv.ID,
				s.host(host), port, srv.PoolPurgeDelay/1e6, st.Cur.Load(), st.Used.Load(), st.MaxUsed.Load(), st.MaxUsed.Load(),
				private, all-safe-private, safe, srv.PoolMaxConn, all-private)
			for _, n := range idle[srv] {
				s.Printf(" %d", n)
			}
			s.Printf("\n")
		}
	}
}

// host hides an address in the anonymized mode.
func (s *Session) host(host string) string { return s.anon.Addr(host) }
