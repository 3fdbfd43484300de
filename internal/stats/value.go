package stats

import (
	"strconv"
	"strings"

	"sluice/internal/balance"
	"sluice/internal/proxy"
)

// Name is the second column: the server's or listener's name, or the role.
func (o *Object) Name() string {
	switch o.Role {
	case Front:
		return "FRONTEND"
	case Back:
		return "BACKEND"
	case Server:
		return o.Server.NameNow()
	}
	if o.Bind.Name != "" {
		return o.Bind.Name
	}
	return "sock-" + strconv.Itoa(o.Bind.ID)
}

// is reports whether the object's role is among the letters of roles.
func (o *Object) is(roles string) bool { return strings.IndexByte(roles, roleLetters[o.Role]) >= 0 }

func (o *Object) only(roles string, n uint64) Field {
	if !o.is(roles) {
		return Field{}
	}
	return num64(n)
}

func (o *Object) only32(n uint64) Field {
	if !o.is("SB") {
		return Field{}
	}
	return num(int64(n))
}

// http is only for proxies in mode http.
func (o *Object) http(roles string, n uint64) Field {
	if o.Proxy.Mode != proxy.ModeHTTP {
		return Field{}
	}
	return o.only(roles, n)
}

func (o *Object) front(n int64) Field {
	if o.Role != Front {
		return Field{}
	}
	return num(n)
}

func (o *Object) rate(n uint32) Field {
	if !o.is("FSB") {
		return Field{}
	}
	return num(int64(n))
}

func (o *Object) status1(i int) Field { return o.http("FSB", o.C.Status[i]) }

func (o *Object) otherSess() Field {
	switch {
	case o.Role != Front:
		return Field{}
	case o.Proxy.Mode == proxy.ModeHTTP:
		return num64(0)
	}
	return num64(o.C.SessTotal)
}

func (o *Object) queued() Field {
	switch o.Role {
	case Server:
		return num(int64(o.Server.State.Queue.Len()))
	case Back:
		return num(int64(o.Proxy.State.Queue.Len()))
	}
	return Field{}
}

func (o *Object) queuedMax() Field {
	switch o.Role {
	case Server:
		return num(int64(o.Server.State.QMax.Load()))
	case Back:
		return num(int64(o.Proxy.State.QMax.Load()))
	}
	return Field{}
}

func (o *Object) cur() int32 {
	switch o.Role {
	case Front:
		return o.Proxy.State.Front.Cur.Load()
	case Back:
		return o.Proxy.State.Back.Cur.Load()
	case Server:
		return o.Server.State.Cur.Load()
	}
	return o.Bind.State.Front.Cur.Load()
}

func (o *Object) curMax() int32 {
	switch o.Role {
	case Front:
		return o.Proxy.State.Front.CurMax.Load()
	case Back:
		return o.Proxy.State.Back.CurMax.Load()
	case Server:
		return o.Server.State.CurMax.Load()
	}
	return o.Bind.State.Front.CurMax.Load()
}

// sessLimit is the limit of sessions: maxconn of frontend, listener or server, fullconn of a backend.
func (o *Object) sessLimit() Field {
	switch o.Role {
	case Front:
		return num(int64(max(o.Proxy.State.MaxConn.Load(), 0)))
	case Listener:
		return num(int64(o.Bind.MaxConn))
	case Back:
		return num(int64(o.Proxy.FullConn))
	}
	if n := o.Server.State.MaxConn.Load(); n > 0 {
		return num(int64(n))
	}
	return Field{}
}

func (o *Object) queueLimit() Field {
	if o.Role != Server || o.Server.MaxQueue == 0 {
		return Field{}
	}
	return num(int64(o.Server.MaxQueue))
}

// status is the word of the status column (management.txt 9.1).
func (o *Object) status() string {
	switch o.Role {
	case Server:
		return balance.Status(o.Server)
	case Back:
		word := "DOWN"
		if n, _ := o.usable(); n > 0 || len(o.Proxy.All()) == 0 {
			word = "UP"
		}
		if o.Proxy.State.Unpublished.Load() {
			word += " (UNPUB)"
		}
		if o.Count {
			word += " (" + strconv.Itoa(o.up()) + "/" + strconv.Itoa(len(o.Proxy.All())) + ")"
		}
		return word
	}
	st := o.Proxy.State
	switch {
	case st.Stopped.Load():
		return "STOP"
	case o.Role == Listener && full(o.Bind.State.Front.Cur.Load(), int32(o.Bind.MaxConn)):
		return "FULL"
	case st.Paused.Load():
		return "PAUSED"
	}
	return "OPEN"
}

func full(n, limit int32) bool { return limit > 0 && n >= limit }

// usable returns how many servers of a backend take load, and their weight: active ones, or backups when there are none.
func (o *Object) usable() (n, weight int64) {
	for pass := range 2 {
		for _, s := range o.Proxy.All() {
			if s.Backup == (pass == 1) && s.State.Usable() {
				n++
				weight += int64((s.State.Effective.Load() + proxy.WeightScale - 1) / proxy.WeightScale)
				if pass == 1 && !o.Proxy.Options.Has(proxy.OptAllBackups) {
					break
				}
			}
		}
		if n > 0 {
			break
		}
	}
	return n, weight
}

// up returns how many of a backend's servers may be used.
func (o *Object) up() (n int) {
	for _, s := range o.Proxy.All() {
		if s.State.Usable() {
			n++
		}
	}
	return n
}

func (o *Object) weight() Field {
	switch o.Role {
	case Server:
		return num(int64(balance.ShownWeight(o.Server)))
	case Back:
		_, w := o.usable()
		return num(w)
	}
	return Field{}
}

func (o *Object) userWeight() Field {
	switch o.Role {
	case Server:
		return num(int64(o.Server.State.UserWeight.Load()))
	case Back:
		_, w := o.usable()
		return num(w)
	}
	return Field{}
}

// active is the act and bck columns: for a backend how many of its usable servers are active or backups, for a server
// whether it is one.
func (o *Object) active(backup bool) Field {
	switch o.Role {
	case Server:
		if o.Server.Backup == backup {
			return num(1)
		}
		return num(0)
	case Back:
		n := int64(0)
		for _, s := range o.Proxy.All() {
			if s.Backup == backup && s.State.Usable() {
				n++
			}
		}
		return num(n)
	}
	return Field{}
}

func (o *Object) lastChange() Field {
	switch o.Role {
	case Server:
		return num(o.Wall - o.Server.State.LastChange.Load())
	case Back:
		return num(o.Wall - o.Proxy.State.LastChange.Load())
	}
	return Field{}
}

func (o *Object) downtime() Field {
	switch {
	case o.checked():
		return num(o.downFor(o.Server.State.DownTotal.Load(), o.Server.State.DownSince.Load()))
	case o.Role == Back && len(o.Proxy.All()) > 0:
		return num(o.downFor(o.Proxy.State.DownTotal.Load(), o.Proxy.State.DownSince.Load()))
	}
	return Field{}
}

// downFor is the time that something was down, the last part of it included.
func (o *Object) downFor(total, since int64) int64 {
	if since > 0 {
		total += max(o.Wall-since, 0)
	}
	return total
}

func (o *Object) throttle() Field {
	if o.Role != Server || o.Server.State.SlowSince.Load() == 0 {
		return Field{}
	}
	s := o.Server.State
	if w := s.UserWeight.Load(); w > 0 {
		return num(int64(s.Effective.Load()) * 100 / int64(w*proxy.WeightScale))
	}
	return Field{}
}

func (o *Object) tracked() Field {
	if o.Role != Server {
		return Field{}
	}
	return maybe(o.Server.Track)
}

func (o *Object) rateLimit() Field { return o.front(int64(o.Proxy.RateLimit)) }

func (o *Object) lastSess() Field {
	var at int64
	switch o.Role {
	case Server:
		at = o.Server.State.LastUse.Load()
	case Back:
		at = o.Proxy.State.LastUse.Load()
	default:
		return Field{}
	}
	if at < 0 {
		return signed(-1)
	}
	return signed(max(o.Wall-at, 0))
}

// avg prints an average in whole milliseconds.
func (o *Object) avg(a *proxy.MovingAvg) Field {
	if !o.is("SB") {
		return Field{}
	}
	v, _ := a.Value()
	return num(int64(v))
}

func (o *Object) addr() Field {
	if !o.Legends {
		return Field{}
	}
	switch o.Role {
	case Server:
		return str(AddrText(o.Server.State.Addr.Load()))
	case Listener:
		return str(AddrText(&o.Bind.Addr))
	}
	return Field{}
}

// AddrText prints an address as the addr column does.
func AddrText(a *proxy.Addr) string {
	switch a.Family {
	case proxy.FamUnix:
		return "unix"
	case proxy.FamAbns, proxy.FamAbnsz:
		return "unix"
	}
	if a.IP.Is6() {
		return "[" + a.IP.String() + "]:" + strconv.Itoa(a.Port)
	}
	if !a.IP.IsValid() { // a name without an address
		return ""
	}
	return a.IP.String() + ":" + strconv.Itoa(a.Port)
}

func (o *Object) algo() Field {
	if o.Role != Back || !o.Legends {
		return Field{}
	}
	return str(o.Proxy.Balance.Algo.String())
}

func (o *Object) cookie() Field {
	switch {
	case !o.Legends:
		return Field{}
	case o.Role == Server:
		return maybe(string(o.Server.State.CookieValue()))
	case o.Role == Back && o.Proxy.Cookie != nil:
		return maybe(string(o.Proxy.Cookie.Name))
	}
	return Field{}
}

func (o *Object) server(get func(*proxy.ServerState) int64) Field {
	if o.Role != Server {
		return Field{}
	}
	return num(get(o.Server.State))
}

func (o *Object) idleLimit() Field {
	if o.Role != Server || o.Server.PoolMaxConn < 0 {
		return Field{}
	}
	return num(int64(o.Server.PoolMaxConn))
}

func (o *Object) proto() Field {
	if o.Role != Listener {
		return Field{}
	}
	switch o.Bind.Addr.Family {
	case proxy.FamIPv4:
		return str("tcpv4")
	case proxy.FamIPv6:
		return str("tcpv6")
	case proxy.FamAbns, proxy.FamAbnsz:
		return str("abns_stream")
	}
	return str("unix_stream")
}
