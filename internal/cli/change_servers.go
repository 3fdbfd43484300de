package cli

import (
	"errors"
	"net/netip"
	"strconv"
	"strings"

	"sluice/internal/balance"
	"sluice/internal/loop"
	"sluice/internal/proxy"
)

// serverChanges are the commands that change servers.
func serverChanges() []Command {
	return []Command{
		{Name: "disable server", Args: "(DEPRECATED)", Doc: "Puts a server in maintenance, as set server state maint does.", Access: Admin, Run: disableServer},
		{Name: "enable server", Args: "(DEPRECATED)", Doc: "Ends the maintenance of a server, as set server state ready does.", Access: Admin, Run: enableServer},
		{Name: "set maxconn server", Args: "<bk>/<srv>", Doc: "Changes how many connections a server gets.", Access: Admin, Run: setMaxConnServer},
		{Name: "set server", Args: "<bk>/<srv> [opts]", Doc: "Changes the state, the weight, the address or the name of a server.", Access: Admin, Run: setServer},
		{Name: "set weight", Args: "<bk>/<srv>  (DEPRECATED)", Doc: "Changes the weight of a server, as set server weight does.", Access: Admin, Run: setWeight},
	}
}

// moment is now, on both clocks.
func (s *Session) moment() balance.Moment {
	return balance.Moment{Mono: s.srv.Engine.Group.Now(), Wall: now() / 1e9}
}

func disableServer(s *Session, args []string) {
	if srv := s.server(args); srv != nil {
		balance.SetAdmin(srv, proxy.AdminForcedMaint, true, s.moment())
		s.dropIdle(srv)
	}
}

// dropIdle closes the idle connections to a server that gets no streams any more: those in use are closed by whoever has
// them.
func (s *Session) dropIdle(srv *proxy.Server) {
	s.srv.Engine.Group.Each(func(l *loop.Loop) { s.srv.Engine.Home(l.ID()).DropIdle(srv) })
}

// enableServer ends maintenance and leaves a drain alone.
func enableServer(s *Session, args []string) {
	if srv := s.server(args); srv != nil {
		balance.SetAdmin(srv, proxy.AdminForcedMaint|proxy.AdminConfigMaint, false, s.moment())
	}
}

func setWeight(s *Session, args []string) {
	if srv := s.server(args); srv != nil {
		serverWeight(s, srv, args[1:])
	}
}

func setMaxConnServer(s *Session, args []string) {
	srv := s.server(args)
	if srv == nil {
		return
	}
	if len(args) < 2 {
		s.Fail("Require <maxconn>.")
		return
	}
	n, err := leadingNumber(args[1])
	switch {
	case err != nil:
		s.Fail("maxconn string empty or preceded by garbage")
	case strings.Trim(args[1], "0123456789") != "":
		s.Fail("Trailing garbage in maxconn string")
	default:
		balance.SetMaxConn(srv, n)
	}
}

// leadingNumber reads the digits that s begins with.
func leadingNumber(s string) (int, error) {
	digits := s[:len(s)-len(strings.TrimLeft(s, "0123456789"))]
	n, err := strconv.ParseInt(digits, 10, 32)
	return int(n), err
}

// serverOption is one of the things that set server can change.
type serverOption struct {
	Name string
	Doc  string
	Run  func(s *Session, srv *proxy.Server, args []string)
}

func serverOptions() []serverOption {
	return []serverOption{
		{Name: "addr", Doc: "Where the server is: an address, and port <port>.", Run: serverAddr},
		{Name: "agent", Doc: "What its agent is to have said: up or down.", Run: serverAgent},
		{Name: "agent-addr", Doc: "Where its agent is: an address or a name, and port <port>.", Run: serverAgentAddr},
		{Name: "agent-port", Doc: "The port of its agent.", Run: serverAgentPort},
		{Name: "agent-send", Doc: "The text that its agent is sent first.", Run: serverAgentSend},
		{Name: "check-addr", Doc: "Where health checks go: an address, and port <port>.", Run: serverCheckAddr},
		{Name: "check-port", Doc: "The port that health checks go to.", Run: serverCheckPort},
		{Name: "fqdn", Doc: "The name whose address it has.", Run: serverFQDN},
		{Name: "health", Doc: "What checks are to have found: up, stopping or down.", Run: serverHealth},
		{Name: "name", Doc: "Its name, while it is in maintenance.", Run: serverRename},
		{Name: "ssl", Doc: "Whether connections to it have TLS: on or off.", Run: serverTLS},
		{Name: "state", Doc: "Whether it is used: ready, drain or maint.", Run: serverState},
		{Name: "weight", Doc: "Its share of the load: a number, or a percentage of the configured one.", Run: serverWeight},
	}
}

func setServer(s *Session, args []string) {
	srv := s.server(args)
	if srv == nil {
		return
	}
	var names []string
	for _, o := range serverOptions() {
		if len(args) > 1 && o.Name == args[1] {
			o.Run(s, srv, args[2:])
			return
		}
		names = append(names, o.Name)
	}
	s.Fail("usage: set server <backend>/<server> " + strings.Join(names, " | "))
}

// first is the first argument, "" without any.
func first(args []string) string {
	if len(args) == 0 {
		return ""
	}
	return args[0]
}

func serverState(s *Session, srv *proxy.Server, args []string) {
	switch first(args) {
	case "ready":
		balance.SetReady(srv, s.moment())
	case "drain":
		balance.SetDrain(srv, s.moment())
	case "maint":
		balance.SetMaint(srv, s.moment())
		s.dropIdle(srv)
	default:
		s.Fail("'set server <srv> state' expects 'ready', 'drain' and 'maint'.")
	}
}

func serverHealth(s *Session, srv *proxy.Server, args []string) {
	if srv.Track != "" {
		s.Fail("cannot change health on a tracking server.")
		return
	}
	switch first(args) {
	case "up":
		srv.State.Check.Health.Store(int32(max(srv.Check.Rise+srv.Check.Fall-1, 0)))
		balance.MarkUp(srv, s.moment())
	case "stopping":
		srv.State.Check.Health.Store(int32(max(srv.Check.Rise+srv.Check.Fall-1, 0)))
		balance.MarkStopping(srv, s.moment())
	case "down":
		srv.State.Check.Health.Store(0)
		balance.MarkDown(srv, s.moment())
	default:
		s.Fail("'set server <srv> health' expects 'up', 'stopping', or 'down'.")
	}
}

func serverWeight(s *Session, srv *proxy.Server, args []string) {
	if len(args) == 0 {
		s.Fail("Require <weight> or <weight%>.")
		return
	}
	n, err := balance.ParseWeight(srv, args[0])
	if err != nil {
		s.Fail(err.Error())
		return
	}
	balance.SetWeight(srv, n, s.moment())
}

// serverAddr changes address and port. Connections that exist stay where they are, idle ones are closed.
func serverAddr(s *Session, srv *proxy.Server, args []string) {
	if len(args) == 0 {
		s.Fail("set server <b>/<s> addr requires an address and optionally a port.")
		return
	}
	if srv.State.Addr.Load().IsUnix() {
		s.Fail("Update for the current server address family is only supported through configuration file.")
		return
	}
	ip, err := netip.ParseAddr(args[0])
	if err != nil {
		s.Fail("Invalid addr '" + printable(args[0]) + "'")
		return
	}
	old := srv.State.Addr.Load()
	a := proxy.Addr{Family: proxy.FamIPv4, IP: ip.Unmap(), Port: old.Port, PortHi: old.PortHi, PortRel: old.PortRel}
	if a.IP.Is6() {
		a.Family = proxy.FamIPv6
	}
	if len(args) > 1 {
		if args[1] != "port" {
			s.Fail("set server <b>/<s> addr requires an address and optionally a port.")
			return
		}
		if err := setPort(&a, first(args[2:])); err != nil {
			s.Fail(err.Error())
			return
		}
	}
	said := moved(old, &a)
	if said == "" {
		s.Say("nothing changed")
		return
	}
	a.Text = addrPort(&a)
	balance.SetAddr(srv, &a)
	s.dropIdle(srv)
	s.Say(said + " by 'stats socket command'")
}

// setPort reads a port: a number, or with a sign an offset to the client's.
func setPort(a *proxy.Addr, text string) error {
	n, err := strconv.Atoi(text)
	if err != nil {
		return errors.New("problem converting port '" + printable(text) + "' to an int")
	}
	if n < -65535 || n > 65535 {
		return errors.New("the port '" + printable(text) + "' is out of range: use 0 to 65535")
	}
	a.PortRel = strings.HasPrefix(text, "+") || strings.HasPrefix(text, "-")
	a.Port, a.PortHi = n, n
	return nil
}

// moved says what differs between two addresses, "" for nothing.
func moved(from, to *proxy.Addr) string {
	var parts []string
	host, port := address(from)
	newHost, newPort := address(to)
	if host != newHost {
		parts = append(parts, "IP changed from '"+host+"' to '"+newHost+"'")
	}
	if port != newPort {
		parts = append(parts, "port changed from '"+port+"' to '"+newPort+"'")
	}
	return strings.Join(parts, ", ")
}
