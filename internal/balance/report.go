package balance

import (
	"fmt"
	"strconv"

	"sluice/internal/proxy"
)

// Why is what brought a change of a server's state about, for the log.
type Why struct {
	Check *proxy.CheckStatus // a check found it
	Via   *proxy.Server      // the tracked server has changed
	CLI   bool               // the operator said so
	Text  string             // another reason
	// Resolution says why the server's name has no address.
	Resolution string
}

// byHand is the reason of what the operator does.
var byHand = Why{CLI: true}

// AppendResult appends what a check found, as log lines show it: ", reason: ..., info: ..., check duration: ...".
func AppendResult(b []byte, c *proxy.CheckStatus) []byte {
	b = append(append(b, ", reason: "...), c.Outcome.Text()...)
	if c.Outcome.HasCode() {
		b = strconv.AppendInt(append(b, ", code: "...), int64(c.Code), 10)
	}
	if c.Text != "" {
		b = append(append(append(b, `, info: "`...), c.Text...), '"')
	}
	if c.Duration >= 0 {
		b = append(strconv.AppendInt(append(b, ", check duration: "...), c.Duration, 10), "ms"...)
	}
	return b
}

// append appends the reason of a change.
func (w *Why) append(b []byte, p *proxy.Proxy) []byte {
	switch {
	case w.Via != nil:
		b = append(append(append(append(b, " via "...), w.Via.Proxy.Name...), '/'), w.Via.Name...)
	case w.CLI:
		b = append(b, ", changed from CLI"...)
	case w.Check != nil && !p.Options.Has(proxy.OptLogHealthChecks): // with the option a line of its own says it
		b = AppendResult(b, w.Check)
	case w.Text != "":
		b = append(append(b, ", "...), w.Text...)
	}
	return b
}

// report is a change of a server on its way to the log.
type report struct {
	srv           *proxy.Server
	before, after standing
	why           Why
	now           Moment
	requeued      int
}

// write logs the change, if it is one that people are told of.
func (r *report) write() {
	was, is := r.before, r.after
	const maint, drain = proxy.AdminMaint, proxy.AdminDrain
	down := is.oper == proxy.OperStopped
	level := proxy.LogNotice
	var b []byte
	switch {
	case is.admin&maint != 0 && was.admin&maint == 0 && was.oper == proxy.OperStopped:
		b = r.unresolved(r.via(r.is("was DOWN and now enters maintenance")))
	case is.admin&maint != 0 && was.admin&maint == 0:
		level = proxy.LogAlert
		b = r.counts(r.unresolved(r.via(r.is("is going DOWN for maintenance"))), true)
	case is.admin&maint == 0 && was.admin&maint != 0:
		b = r.leaving()
	case is.admin&maint != 0:
		return
	case is.admin&drain != 0 && was.admin&drain == 0:
		b = r.counts(r.via(r.is("enters drain state")), down)
	case is.admin&drain == 0 && was.admin&drain != 0:
		b = r.via(r.is("is " + upDown(is.oper) + " (leaving " + forced(was.admin, proxy.AdminForcedDrain) + "drain)"))
	case working(is.oper) == working(was.oper):
		return
	case down:
		level = proxy.LogAlert
		b = r.counts(r.why.append(r.is("is DOWN"), r.srv.Proxy), true)
	case is.oper == proxy.OperStopping:
		b = r.counts(r.why.append(r.is("is stopping"), r.srv.Proxy), false)
	default:
		b = r.counts(r.why.append(r.is("is UP"), r.srv.Proxy), false)
	}
	Tell(r.srv.Proxy, level, r.now, append(b, '.'))
}

// working is the state without the difference between a server that starts slowly and one that has started.
func working(o proxy.Oper) proxy.Oper {
	if o == proxy.OperStarting {
		return proxy.OperRunning
	}
	return o
}

func upDown(o proxy.Oper) string {
	if o == proxy.OperStopped {
		return "DOWN"
	}
	return "UP"
}

// forced tells that it was the operator's doing.
func forced(admin, bit proxy.Admin) string {
	if admin&bit != 0 {
		return "forced "
	}
	return ""
}

// leaving is the line of a server whose maintenance has ended.
func (r *report) leaving() []byte {
	ready := "READY"
	if r.after.admin&proxy.AdminDrain != 0 {
		ready = "DRAIN"
	}
	if r.before.admin&proxy.AdminMaint == proxy.AdminRMaint {
		return r.is("('" + r.srv.State.Addr.Load().Host + "') is " + upDown(r.after.oper) + "/" + ready + " (resolves again)")
	}
	return r.is("is " + upDown(r.after.oper) + "/" + ready + " (leaving " + forced(r.before.admin, proxy.AdminForcedMaint) + "maintenance)")
}

// is begins a line about the server.
func (r *report) is(what string) []byte {
	backup := ""
	if r.srv.Backup {
		backup = "Backup "
	}
	return fmt.Appendf(nil, "%sServer %s/%s %s", backup, r.srv.Proxy.Name, r.srv.NameNow(), what)
}

// via names the tracked server, if that is the reason.
func (r *report) via(b []byte) []byte {
	if r.why.Via == nil {
		return b
	}
	return r.why.append(b, r.srv.Proxy)
}

// unresolved appends why the name of the server has no address, if that is the reason.
func (r *report) unresolved(b []byte) []byte {
	if r.why.Resolution == "" {
		return b
	}
	return append(append(append(b, " ("...), r.why.Resolution...), ')')
}

// counts appends what is left of the backend, or what it has again.
func (r *report) counts(b []byte, down bool) []byte {
	p := r.srv.Proxy
	var active, backup int
	for _, s := range p.All() {
		switch {
		case !s.State.Usable():
		case s.Backup:
			backup++
		default:
			active++
		}
	}
	on := ""
	if active == 0 && backup > 0 {
		on = " Running on backup."
	}
	if down {
		return fmt.Appendf(b, ". %d active and %d backup servers left.%s %d sessions active, %d requeued, %d remaining in queue",
			active, backup, on, r.srv.State.Cur.Load(), r.requeued, r.srv.State.Queue.Len())
	}
	return fmt.Appendf(b, ". %d active and %d backup servers online.%s %d sessions requeued, %d total in queue",
		active, backup, on, r.requeued, r.srv.State.Queue.Len())
}

// writeNoServer tells that a backend is out of order.
func writeNoServer(p *proxy.Proxy, now Moment) {
	Log(p, proxy.LogEmerg, now, []byte(p.TypeWord()+" "+p.Name+" has no server available!"))
	if proc := processOf(p); proc != nil && proc.Tell != nil {
		proc.Tell(p.TypeWord() + " '" + p.Name + "' has no server available!")
	}
}

// Tell logs a line, and prints it on the console.
func Tell(p *proxy.Proxy, level proxy.LogLevel, now Moment, line []byte) {
	Log(p, level, now, line)
	if proc := processOf(p); proc != nil && proc.Tell != nil {
		proc.Tell(string(line))
	}
}

func processOf(p *proxy.Proxy) *proxy.Process {
	if p.Snapshot == nil {
		return nil
	}
	return p.Snapshot.Proc
}

// Log sends a line to the loggers of a backend.
func Log(p *proxy.Proxy, level proxy.LogLevel, now Moment, line []byte) {
	for _, l := range p.Loggers {
		if l.Sink != nil {
			l.Sink.Write(-1, l, level, now.Wall*1e9, p.LogTag, nil, line)
		}
	}
}
