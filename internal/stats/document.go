package stats

import (
	_ "embed"
	"slices"
	"strconv"
	"strings"

	"sluice/internal/proxy"
)

//go:embed page.css
var pageStyle string

// document is the statistics page, made a part at a time (management.txt 9). It needs no script and nothing from
// elsewhere.
type document struct {
	pages  *Pages
	walk   cursor
	filter Filter
	owner  *proxy.Proxy
	query  query
	admin  bool
	snap   *proxy.Snapshot

	began bool
	at    *proxy.Proxy // whose section is open
	form  bool         // within a form
}

// Next implements proxy.Pieces.
func (d *document) Next(b []byte) ([]byte, bool) {
	m := markup(b)
	if !d.began {
		d.began = true
		d.head(&m)
	}
	for full := len(m) + pieceSize; len(m) < full; {
		list := d.walk.next()
		if list == nil {
			d.closeSection(&m)
			m.raw("</main>\n</body>\n</html>\n")
			return m, false
		}
		if p := list[0].Proxy; p != d.at {
			d.closeSection(&m)
			d.openSection(&m, p)
		}
		for _, o := range list {
			if d.filter.picks(o) {
				o.Legends, o.Count = d.filter.Legends, d.query.up || d.query.noMaint
				d.row(&m, o)
			}
		}
	}
	return m, true
}

// head is everything before the first proxy.
func (d *document) head(m *markup) {
	page := d.owner.Stats
	node := ""
	if page.ShowNode {
		node = page.Node
		if node == "" {
			node = d.pages.Collector.Proc.Node
		}
	}
	m.raw("<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n",
		"<meta name=\"color-scheme\" content=\"light dark\">\n<title>Statistics")
	if node != "" {
		m.raw(" of ")
		m.text(node)
	}
	m.raw("</title>\n<link rel=\"icon\" href=\"data:,\">\n<style>\n", pageStyle, "</style>\n</head>\n<body>\n<a class=\"skip\" href=\"#proxies\">To the proxies</a>\n<header>\n<h1>Statistics")
	if node != "" {
		m.raw(" <span>of ")
		m.text(node)
		m.raw("</span>")
	}
	m.raw("</h1>\n")
	if page.ShowDesc != "" {
		m.raw("<p class=\"desc\">")
		m.text(page.ShowDesc)
		m.raw("</p>\n")
	}
	d.notice(m)
	d.process(m)
	d.tools(m)
	d.contents(m)
	m.raw("</header>\n<main id=\"proxies\">\n")
}

// notices say what became of a change, by its code.
var notices = map[string][2]string{
	resultDone:    {"good", "Done."},
	resultNone:    {"note", "Nothing has changed: no server was chosen."},
	resultPart:    {"note", "Done in part: some of the servers are not known here, or follow another one."},
	resultBad:     {"bad", "Nothing was done: the action or the names of backend and servers are not known."},
	resultTooLong: {"bad", "Nothing was done: these are more servers than one request may name. Choose fewer."},
	resultDenied:  {"bad", "Denied: this page may not change that, or the request did not come from it."},
}

func (d *document) notice(m *markup) {
	if d.query.result == "" {
		return
	}
	n, known := notices[d.query.result]
	if !known {
		n = [2]string{"note", "What became of the change is not known."}
	}
	q := d.query
	q.result = ""
	m.raw(`<p class="notice `, n[0], `" role="status">`, n[1], ` <a href="`)
	m.text(q.link(d.owner.Stats.URI))
	m.raw("\">Dismiss</a></p>\n")
}

// process is the state of the whole process.
func (d *document) process(m *markup) {
	g := d.pages
	f := g.Collector.Facts(d.snap, g.Listeners())
	proc := g.Collector.Proc
	tile := func(name, value, more, title string) {
		m.raw(`<div title="`)
		m.text(title)
		m.raw(`"><dt>`, name, "</dt><dd>", value)
		if more != "" {
			m.raw(" <small>", more, "</small>")
		}
		m.raw("</dd></div>\n")
	}
	n := func(v int64) string { return grouped(uint64(max(v, 0))) }
	m.raw("<dl class=\"tiles\">\n")
	tile("Up for", secondsText(f.up/1e9), "", "Time since the process was started")
	tile("Connections", n(int64(proc.Conns.Load())), "of "+n(int64(proc.MaxConn.Load())), "Client connections now, and how many there may be (maxconn); the limit was reached "+n(int64(proc.MaxConnReached.Load()))+" times")
	tile("New a second", n(f.connRate), "most "+n(f.connMax), "Client connections accepted during the last second, and the most in any second")
	tile("Sessions a second", n(f.sessRate), "most "+n(f.sessMax), "Sessions begun during the last second, and the most in any second")
	tile("Requests", n(int64(proc.ReqTotal.Load())), "", "HTTP requests since the start")
	tile("Sent", byteText(f.bytesOut), "", "Bytes sent to clients since the start")
	tile("Idle", n(f.idle)+"\u202f%", "of "+n(int64(proc.Loops))+" threads", "Share of the last second in which the threads had nothing to do")
	m.raw("</dl>\n<details class=\"process\"><summary>Process and limits</summary>\n<dl class=\"facts\">\n")
	fact := func(name, value string) { m.raw("<div><dt>", name, "</dt><dd>", value, "</dd></div>\n") }
	if d.owner.Stats.ShowVersion {
		fact("Version", escaped(proc.Version)+", "+escaped(proc.Release))
	}
	fact("Process", strconv.Itoa(proc.PID))
	fact("Warnings", n(int64(proc.Warnings.Load())))
	fact("File descriptors (ulimit-n)", n(proc.MaxFD))
	fact("maxconn reached", n(int64(proc.MaxConnReached.Load()))+" times")
	fact("Pipes in use, spare, limit", n(f.pipesUsed)+", "+n(f.pipesFree)+", "+n(int64(d.snap.Global.MaxPipes)))
	fact("Tasks, waiting to run", n(f.tasks)+", "+n(f.queue))
	fact("Streams now", n(f.streams))
	fact("Listening sockets", n(f.listeners))
	fact("Log lines lost", n(int64(proc.DroppedLogs.Load())))
	fact("Regular expressions given up", n(int64(proc.GivenUp.Load())))
	m.raw("</dl>\n</details>\n")
}

func escaped(s string) string {
	var m markup
	m.text(s)
	return string(m)
}

// tools are the links and the search of the page.
func (d *document) tools(m *markup) {
	page, uri := d.owner.Stats, d.owner.Stats.URI
	link := func(change func(*query), label, title string) {
		q := d.query
		q.result = ""
		change(&q)
		m.raw(`<a href="`)
		m.text(q.link(uri))
		m.raw(`" title="`, title, `">`, label, "</a>\n")
	}
	m.raw("<nav class=\"tools\" aria-label=\"The page\">\n")
	link(func(*query) {}, "Refresh", "Load the page again")
	if page.Refresh > 0 {
		if d.query.still {
			link(func(q *query) { q.still = false }, "Refresh every "+secondsText(int64(page.Refresh)), "Let the browser load the page again and again")
		} else {
			link(func(q *query) { q.still = true }, "Stop refreshing", "The page is loaded again every "+secondsText(int64(page.Refresh)))
		}
	}
	if d.query.up {
		link(func(q *query) { q.up = false }, "Show all servers", "With those that are DOWN")
	} else {
		link(func(q *query) { q.up = true }, "Hide servers that are down", "Only servers that can take traffic")
	}
	link(func(q *query) { q.form = formCSV }, "CSV", "All numbers as comma-separated values")
	link(func(q *query) { q.form = formJSON }, "JSON", "All numbers as JSON")
	link(func(q *query) { q.form = formSchema }, "schema", "What the JSON looks like")
	path, search, hasSearch := strings.Cut(uri, "?")
	if d.query.up {
		search += ";up"
	}
	m.raw(`<form method="get" action="`)
	m.text(path)
	m.raw(`" role="search">`)
	if hasSearch { // a form replaces the query of its action: what the prefix needs of it goes in front
		name, v, _ := strings.Cut(search, "=")
		m.raw(`<input type="hidden" name="`)
		m.text(name)
		m.raw(`" value="`)
		m.text(v)
		m.raw(`">`)
	}
	m.raw(`<input name="scope" value="`)
	m.text(d.query.scope)
	m.raw("\" maxlength=\"20\" placeholder=\"proxy\" aria-label=\"Show proxies with this in their name\"><button>Find</button></form>\n</nav>\n")
}

// lacks reports whether a server of a backend is down that should not be, or whether all are out.
func lacks(p *proxy.Proxy) bool {
	for _, s := range p.All() {
		if st := s.State; proxy.Oper(st.Oper.Load()) == proxy.OperStopped && proxy.Admin(st.Admin.Load())&proxy.AdminMaint == 0 {
			return true
		}
	}
	o := &Object{Role: Back, Proxy: p}
	return len(p.All()) > 0 && o.up() == 0
}

// mostLinks is how many proxies the list of contents takes.
const mostLinks = 100

// contents are links to the proxies, each with what its backend is; where there are too many, to those that lack servers.
func (d *document) contents(m *markup) {
	var list []*proxy.Proxy
	for _, p := range d.walk.proxies {
		if d.walk.listed(p) {
			list = append(list, p)
		}
	}
	title := ""
	if len(list) > mostLinks {
		title = "<small>Servers are down in:</small>\n"
		list = slices.DeleteFunc(list, func(p *proxy.Proxy) bool { return !p.IsBack() || !lacks(p) })
		list = list[:min(len(list), mostLinks)]
	} else if len(list) < 2 {
		return
	}
	if len(list) == 0 {
		return
	}
	m.raw("<nav class=\"contents\" aria-label=\"Proxies\">\n", title)
	for _, p := range list {
		o := &Object{Role: Front, Proxy: p}
		if p.IsBack() && len(p.All()) > 0 {
			o.Role = Back
		}
		m.raw(`<a href="#`)
		m.text(p.Name)
		m.raw(`" class="`, colour(o.status(), o), `">`)
		m.text(p.Name)
		if o.Role == Back {
			m.raw(" <small>", strconv.Itoa(o.up()), "/", strconv.Itoa(len(p.All())), "</small>")
		}
		m.raw("</a>\n")
	}
	m.raw("</nav>\n")
}

// columnsOf are the headings of a proxy's table.
var columnsOf = [...][2]string{
	{"Name", "Open one for all that is known of it"}, {"State", "State, since when, and what the last check found"}, {"Queue", "Requests that wait for a server"},
	{"Rate", "New sessions a second"}, {"Sessions", "Sessions at once"}, {"Total", "Sessions so far"}, {"Bytes", "From clients, and to them"},
	{"Denied", "Refused by rules"}, {"Errors", "What went wrong"}, {"Retries", "Attempts at servers that were made again"},
	{"Server", "Weight and checks"}, {"Time", "Time to the first byte of the response, for frontends of whole requests"},
}

func (d *document) openSection(m *markup, p *proxy.Proxy) {
	d.at = p
	m.raw(`<section id="`)
	m.text(p.Name)
	m.raw("\">\n<h2><a href=\"#")
	m.text(p.Name)
	m.raw(`">`)
	m.text(p.Name)
	m.raw("</a> <small>", p.TypeWord(), ", ", p.Mode.String())
	if d.filter.Legends {
		m.raw(", id ", strconv.Itoa(p.ID))
	}
	m.raw("</small></h2>\n")
	if p.Desc != "" {
		m.raw(`<p class="desc">`)
		m.text(p.Desc)
		m.raw("</p>\n")
	}
	d.form = d.admin && p.IsBack() && len(p.All()) > 0
	if d.form {
		q := d.query
		q.result = ""
		m.raw(`<form method="post" action="`)
		m.text(q.link(d.owner.Stats.URI))
		m.raw("\">\n")
	}
	m.raw("<div class=\"wide\" tabindex=\"0\" role=\"region\" aria-label=\"")
	m.text(p.Name)
	m.raw("\"><table>\n<thead><tr>")
	for _, c := range columnsOf {
		m.raw(`<th scope="col" title="`, c[1], `">`, c[0], "</th>")
	}
	m.raw("</tr></thead>\n<tbody>\n")
}

func (d *document) closeSection(m *markup) {
	if d.at == nil {
		return
	}
	m.raw("</tbody></table></div>\n")
	if d.form {
		m.raw(`<p class="act"><input type="hidden" name="b" value="#`, strconv.Itoa(d.at.ID), "\"><label><input type=\"checkbox\" name=\"all\" value=\"1\"> all servers</label>\n",
			"<select name=\"action\" aria-label=\"What to do\"><option value=\"\">with the chosen servers …</option>")
		for _, a := range actions() {
			m.raw(`<option value="`, a.Name, `">`, a.Label, "</option>")
		}
		m.raw("</select> <button>Apply</button></p>\n</form>\n")
	}
	m.raw("</section>\n")
}
