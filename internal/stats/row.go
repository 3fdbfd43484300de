package stats

import (
	"strconv"
	"strings"

	"sluice/internal/freq"
)

// colour is the class of a state's colour.
func colour(status string, o *Object) string {
	word, more, _ := strings.Cut(status, " ")
	moving := strings.Contains(more, "/") && o.Role == Server
	switch {
	case word == "MAINT":
		return "maint"
	case word == "DRAIN" || word == "NOLB" || word == "PAUSED" || word == "FULL":
		return "drain"
	case word == "no":
		return "idle"
	case moving:
		return "moving"
	case word == "DOWN" || word == "STOP":
		return "down"
	}
	return "up"
}

// row is one object: what people look for first, and behind it, on demand, the rest.
func (d *document) row(m *markup, o *Object) {
	status := o.status()
	kind := strings.ToLower(roleNames[o.Role])
	backup := ""
	if o.Role == Server && o.Server.Backup {
		backup = " backup"
	}
	m.raw(`<tr class="`, kind, backup, ` `, colour(status, o), `">`)
	d.nameCell(m, o)
	stateCell(m, o, status)
	queueCell(m, o)
	rateCell(m, o)
	sessionCells(m, o)
	cell(m, "Bytes")
	m.raw(`<span class="kv"><i>in</i> `)
	m.size(o.C.BytesIn)
	m.raw(`</span><span class="kv"><i>out</i> `)
	m.size(o.C.BytesOut)
	m.raw("</span></td>")
	errorCells(m, o)
	serverCell(m, o)
	cell(m, "Time")
	what, h := "Total time", &o.Lat.Total
	if o.is("SB") {
		what, h = "Time to the first byte", &o.Lat.FirstByte
	}
	timeCell(m, what, h)
	m.raw("</td></tr>\n<tr class=\"more\"><td colspan=\"", strconv.Itoa(len(columnsOf)), "\">")
	d.details(m, o)
	m.raw("</td></tr>\n")
}

// cell opens a cell; narrow screens show the label before it.
func cell(m *markup, label string) { m.raw(`<td data-l="`, label, `">`) }

// main is the number of a cell that matters most.
func (m *markup) main(n uint64, title string) {
	class := ""
	if n == 0 {
		class = ` class="z"`
	}
	m.raw("<b", class, ` title="`, title, `">`)
	m.count(n)
	m.raw("</b>")
}

// pair is a number with its name; zeros stay in the background.
func (m *markup) pair(name string, n uint64, class, title string) {
	if n == 0 {
		class = "z"
	}
	m.raw(`<span class="kv `, class, `" title="`, title, `"><i>`, name, "</i> ")
	m.count(n)
	m.raw("</span>")
}

// limit is a limit where there is one.
func (m *markup) limit(f Field, title string) {
	if f.Valid() && f.n > 0 {
		m.raw(`<span class="kv z" title="`, title, `"><i>limit</i> `)
		m.count(uint64(f.n))
		m.raw("</span>")
	}
}

func (d *document) nameCell(m *markup, o *Object) {
	name := o.Name()
	m.raw(`<th scope="row" id="`)
	m.text(o.Proxy.Name)
	m.raw("/")
	m.text(name)
	m.raw(`">`)
	if o.Role == Server && d.form {
		m.raw(`<input type="checkbox" name="s" value="`)
		m.text(name)
		m.raw(`" aria-label="Choose `)
		m.text(name)
		m.raw(`">`)
	}
	m.raw(`<label><input type="checkbox" class="open" aria-label="More about `)
	m.text(name)
	m.raw(`">`)
	switch o.Role {
	case Front:
		m.raw("Frontend")
	case Back:
		m.raw("Backend")
	default:
		m.text(name)
	}
	m.raw("</label>")
	if o.Role == Server && o.Server.Backup {
		m.raw("<small>backup</small>")
	}
	if o.Role == Listener {
		m.raw("<small>listener</small>")
	}
	m.raw("</th>")
}

func stateCell(m *markup, o *Object, status string) {
	cell(m, "State")
	m.raw(`<span class="state">`)
	m.text(status)
	if o.Role == Server && strings.Contains(status, "/") {
		arrow := "↓"
		if strings.HasPrefix(status, "DOWN") {
			arrow = "↑"
		}
		m.raw(" ", arrow)
	}
	m.raw("</span>")
	if f := o.lastChange(); f.Valid() {
		m.raw(`<span class="kv z" title="Time since the last change"><i>for</i> `, secondsText(f.n), "</span>")
	}
	if c := o.value("check_status"); c.Valid() {
		m.raw(`<span class="kv z" title="The last check: `)
		m.text(checkText(o))
		m.raw(`"><i>check</i> `)
		m.text(c.s)
		if code := o.value("check_code"); code.Valid() {
			m.raw(" ", strconv.FormatInt(code.n, 10))
		}
		m.raw("</span>")
	}
	m.raw("</td>")
}

// checkText is what the last check found, in words.
func checkText(o *Object) string {
	text := o.value("check_desc").s
	if out := o.value("last_chk").s; out != "" {
		text += ": " + out
	}
	took := o.value("check_duration")
	if took.Valid() {
		text += " in " + strconv.FormatInt(took.n, 10) + " ms"
	}
	return text
}

func queueCell(m *markup, o *Object) {
	cell(m, "Queue")
	if q := o.queued(); q.Valid() {
		m.main(uint64(q.n), "Requests that wait now")
		m.pair("most", uint64(o.queuedMax().n), "", "Most requests that waited at once")
		m.limit(o.queueLimit(), "How many may wait (maxqueue)")
	}
	m.raw("</td>")
}

func rateCell(m *markup, o *Object) {
	cell(m, "Rate")
	if o.is("FSB") {
		m.main(uint64(o.Rates.Sess), "Sessions begun during the last second")
		m.pair("most", uint64(o.Rates.SessMax), "", "Most sessions in a second")
		m.limit(o.rateLimit(), "How many may begin in a second (rate-limit sessions)")
	}
	m.raw("</td>")
}

func sessionCells(m *markup, o *Object) {
	cell(m, "Sessions")
	m.main(uint64(max(o.cur(), 0)), "Sessions now")
	m.pair("most", uint64(max(o.curMax(), 0)), "", "Most sessions at once")
	m.limit(o.sessLimit(), "How many there may be at once")
	m.raw("</td>")
	cell(m, "Total")
	m.main(o.C.SessTotal, "Sessions so far")
	if o.is("SB") {
		m.pair("chosen", o.C.LBTotal, "z", "How often balancing chose it")
	}
	if f := o.lastSess(); f.Valid() && f.n >= 0 && o.C.SessTotal > 0 {
		m.raw(`<span class="kv z" title="Time since the last session"><i>last</i> `, secondsText(f.n), "</span>")
	}
	m.raw("</td>")
}

// errorCells are the columns of what did not go well.
func errorCells(m *markup, o *Object) {
	cell(m, "Denied")
	if o.is("FLB") {
		m.pair("req", o.C.DeniedReq, "warn", "Requests that rules denied")
	}
	m.pair("resp", o.C.DeniedResp, "warn", "Responses that rules denied")
	m.raw("</td>")
	cell(m, "Errors")
	if o.is("FL") {
		m.pair("req", o.C.ErrReq, "bad", "Invalid requests, and clients that left or were too slow before theirs was complete")
	}
	if o.is("SB") {
		m.pair("conn", o.C.ErrConn, "bad", "Connections to servers that failed")
		m.pair("resp", o.C.ErrResp, "bad", "Invalid responses and transfers that broke off ("+
			grouped(o.C.CliAborts)+" by clients, "+grouped(o.C.SrvAborts)+" by servers)")
	}
	m.raw("</td>")
	cell(m, "Retries")
	if o.is("SB") {
		m.pair("again", o.C.Retries, "warn", "Connections tried again")
		m.pair("moved", o.C.Redispatches, "warn", "Requests sent to another server than chosen first")
	}
	m.raw("</td>")
}

func serverCell(m *markup, o *Object) {
	cell(m, "Server")
	switch o.Role {
	case Server:
		m.raw(`<span class="kv" title="Weight in force, and as configured or set"><i>weight</i> `, strconv.FormatInt(o.weight().n, 10), "/", strconv.FormatInt(o.userWeight().n, 10), "</span>")
		if f := o.checkFails(); f.Valid() {
			m.pair("failed", uint64(f.n), "warn", "Failed health checks")
			m.pair("downs", uint64(o.downs().n), "warn", "Changes to DOWN")
		}
		if f := o.downtime(); f.Valid() && f.n > 0 {
			m.raw(`<span class="kv warn" title="Time spent DOWN"><i>down for</i> `, secondsText(f.n), "</span>")
		}
		if f := o.throttle(); f.Valid() {
			m.raw(`<span class="kv warn" title="Share of the weight while it starts slowly"><i>throttle</i> `, strconv.FormatInt(f.n, 10), "\u202f%</span>")
		}
		if o.Server.Track != "" {
			m.raw(`<span class="kv z"><i>follows</i> `)
			m.text(o.Server.Track)
			m.raw("</span>")
		}
	case Back:
		if len(o.Proxy.All()) == 0 {
			break
		}
		m.raw(`<span class="kv" title="Weight of the usable servers"><i>weight</i> `, strconv.FormatInt(o.weight().n, 10), "</span>")
		m.pair("active", uint64(o.active(false).n), "", "Usable servers that are not backups")
		m.pair("backup", uint64(o.active(true).n), "", "Usable backup servers")
		m.pair("downs", uint64(o.downs().n), "warn", "Times that the backend had no server left")
		if f := o.downtime(); f.Valid() && f.n > 0 {
			m.raw(`<span class="kv warn" title="Time without a server"><i>down for</i> `, secondsText(f.n), "</span>")
		}
	}
	m.raw("</td>")
}

func timeCell(m *markup, what string, h *freq.Histogram) {
	if h.Total() == 0 {
		return
	}
	m.curve(h, what)
	m.raw(`<span class="kv" title="Half of them, and 99 of 100, took no longer"><i>p50</i> `, microText(h.Quantile(0.5)), " <i>p99</i> ", microText(h.Quantile(0.99)), "</span>")
}
