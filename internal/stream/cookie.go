package stream

import (
	"bytes"

	"sluice/internal/msg"
	"sluice/internal/proxy"
	"sluice/internal/wire/cookie"
)

// dates are those that came with the persistence cookie of a request.
type dates = cookie.Dates

// day is how far in the future a date may lie, in seconds: clocks and time zones differ.
const day = 24 * 3600

// cookieFlags starts the letters that logs show of a persistence cookie of p (configuration.txt 8.5).
func (w *worker) cookieFlags(p *proxy.Proxy) {
	t := &w.s.Term
	t.CookieIn, t.CookieOut = 0, 0
	if w.s.Mode == proxy.ModeHTTP && p.Cookie.Reported() {
		t.CookieIn, t.CookieOut = 'N', 'N'
	}
}

// clientCookies looks for the cookie that names a server of p and for the one to capture, and takes out of the request
// what is not for servers (configuration.txt 4.2, cookie, capture cookie).
func (w *worker) clientCookies(p *proxy.Proxy) {
	s := w.s
	if s.Mode != proxy.ModeHTTP || p.Cookie == nil && len(s.Front.Capture.Cookie) == 0 || w.cookiesRead {
		return
	}
	w.cookiesRead = true
	q := &s.Req
	for i := range q.Fields {
		if f := &q.Fields[i]; f.Known != msg.Cookie || f.Dead {
			continue
		}
		h := w.home
		e := cookie.Editor{Out: h.line[:0]}
		w.clientField(p, q.Fields[i].Value, &e)
		h.line = e.Out
		switch out, left := e.Done(); {
		case !left && e.Changed:
			q.Delete(i)
		case e.Changed:
			q.SetValue(i, out, &s.Arena)
		}
	}
}

// clientField reads one Cookie field, whose new value goes to e.
func (w *worker) clientField(p *proxy.Proxy, v []byte, e *cookie.Editor) {
	c := p.Cookie
	for i := 0; ; {
		cell := cookie.Scan(v, i)
		from, to, drop := 0, 0, false
		if cell.Equal >= 0 && !cell.Attribute(v) {
			w.captureCookie(&cell, v, &w.s.Log.ReqCookie)
			if c != nil && cell.Named(v, c.Name) {
				value := v[cell.Value:cell.ValueEnd]
				w.serverCookie(p, value)
				drop = c.Insert && c.Indirect
				if at := bytes.IndexByte(value, cookie.PrefixSeparator); c.Prefix && at >= 0 {
					from, to = cell.Value, cell.Value+at+1
				}
			}
		}
		if drop {
			e.Drop(&cell)
		} else {
			e.Keep(v, &cell, from, to)
		}
		if cell.End == len(v) {
			return
		}
		i = cell.End + 1
	}
}

// captureCookie keeps the first cookie that begins as the frontend's `capture cookie` says.
func (w *worker) captureCookie(cell *cookie.Cell, v []byte, into *[]byte) {
	s := w.s
	want := s.Front.Capture.Cookie
	if len(want) == 0 || s.Front.Capture.CookieLen == 0 || *into != nil || v[cell.Begin] != want[0] {
		return
	}
	text := cell.AppendTight(s.Arena.Tail(cell.End-cell.Begin), v)
	if bytes.HasPrefix(text, want) {
		*into = s.Arena.Keep(text[:min(len(text), s.Front.Capture.CookieLen)])
	}
}

// serverCookie takes the server that a cookie's value names, if it may be used.
func (w *worker) serverCookie(p *proxy.Proxy, v []byte) {
	s, c, t := w.s, p.Cookie, &w.s.Term
	name := v
	if c.Prefix {
		if at := bytes.IndexByte(v, cookie.PrefixSeparator); at >= 0 {
			name = v[:at]
		}
	} else {
		var d dates
		name, d = cookie.Split(v)
		if d.Last != 0 {
			w.dates.Last = d.Last
		}
		if d.First != 0 {
			w.dates.First = d.First
		}
		if flag := outdated(c, w.dates, w.home.loop.Wall()/1e9); flag != 0 {
			w.dates = dates{}
			w.cookieIn(flag)
			return
		}
	}
	if s.LB.Assigned || s.LB.Persist&proxy.PersistIgnore != 0 {
		if t.CookieIn == 'N' {
			t.CookieIn = 'U'
		}
		return
	}
	for _, srv := range p.All() {
		if own := srv.State.CookieValue(); own == nil || !bytes.Equal(own, name) {
			continue
		}
		up := srv.State.Up()
		if up {
			w.cookieIn('V')
		} else {
			w.cookieIn('D')
		}
		if up || s.LB.Persist&proxy.PersistForce != 0 || p.Options.Has(proxy.OptPersist) {
			s.Server, s.LB.Assigned, s.LB.Direct = srv, true, true
			w.tracePersist(srv, "the cookie names it")
			return
		}
	}
	if t.CookieIn == 'N' {
		t.CookieIn = 'I'
	}
}

// cookieIn sets the third letter of the termination state where it is shown.
func (w *worker) cookieIn(flag byte) {
	if w.s.Term.CookieIn != 0 {
		w.s.Term.CookieIn = flag
	}
}
