package stream

import (
	"sluice/internal/msg"
	"sluice/internal/proxy"
	"sluice/internal/value"
	"sluice/internal/wire/cookie"
)

// outdated says why the dates of a cookie make it void: 'O' when it is too old, 'E' when it was not used for too long, 0
// when it is good (configuration.txt 4.2, cookie, maxidle, maxlife).
func outdated(c *proxy.Cookie, d dates, now int64) byte {
	void := func(date, limit int64) bool { return limit > 0 && date != 0 && (now-date > limit || date-now > day) }
	switch {
	case void(d.First, c.MaxLife):
		return 'O'
	case void(d.Last, c.MaxIdle):
		return 'E'
	}
	return 0
}

// serverCookies looks at the cookies that a server sets: it captures, rewrites or removes them, and adds the one that
// keeps the client on the server. It reports whether the response sets any by itself.
func (w *worker) serverCookies() (sets bool) {
	s, c := w.s, w.s.Back.Cookie
	check := s.Back.Options.Has(proxy.OptCheckCache)
	if c == nil && len(s.Front.Capture.Cookie) == 0 && !check {
		return false
	}
	found := false
	for i := range s.Res.Fields {
		if f := &s.Res.Fields[i]; f.Known != msg.SetCookie || f.Dead {
			continue
		}
		sets = true
		found = w.setCookie(i) || found
	}
	if c != nil && c.Insert && !(c.Preserve && found) {
		w.insertCookie(c)
	}
	return sets
}

// setCookie deals with one Set-Cookie field and reports whether it is the persistence cookie.
func (w *worker) setCookie(i int) bool {
	s, c := w.s, w.s.Back.Cookie
	v := s.Res.Fields[i].Value
	cell := cookie.Scan(v, 0)
	if cell.Equal < 0 {
		return false
	}
	w.captureCookie(&cell, v, &s.Log.ResCookie)
	ours := c != nil && cell.Named(v, c.Name) && s.LB.Persist&proxy.PersistIgnore == 0
	if !ours {
		if cell.Loose() {
			w.rewriteCookie(i, v, &cell, nil, v[cell.Value:])
		}
		return false
	}
	own := s.Server.State.CookieValue()
	flag := byte('P')
	switch {
	case c.Preserve:
	case c.Insert || c.Indirect && s.LB.Direct:
		flag = 'D'
		s.Res.Delete(i)
	case own != nil && c.Rewrite:
		flag = 'R'
		w.rewriteCookie(i, v, &cell, own, v[cell.ValueEnd:])
	case own != nil && c.Prefix:
		flag = 'R'
		prefix := append(append(s.Arena.Tail(len(own)+1), own...), cookie.PrefixSeparator)
		w.rewriteCookie(i, v, &cell, s.Arena.Keep(prefix), v[cell.Value:])
	}
	if flag == 'P' && cell.Loose() {
		w.rewriteCookie(i, v, &cell, nil, v[cell.Value:])
	}
	w.cookieOut(flag)
	return true
}

// rewriteCookie makes the i-th field the cookie's name, begin and rest.
func (w *worker) rewriteCookie(i int, v []byte, cell *cookie.Cell, begin, rest []byte) {
	s := w.s
	b := append(append(s.Arena.Tail(len(v)+len(begin)+1), v[:cell.NameEnd]...), '=')
	s.Res.SetValue(i, s.Arena.Keep(append(append(b, begin...), rest...)), &s.Arena)
}

// insertCookie adds the cookie that keeps the client on its server, unless the client has it already and its dates are
// what they should be.
func (w *worker) insertCookie(c *proxy.Cookie) {
	s := w.s
	now := cookie.RoundUp(w.home.loop.Wall() / 1e9)
	flag := byte('I')
	if s.LB.Direct {
		flag = 'U'
	}
	if s.LB.Persist&proxy.PersistIgnore != 0 || c.PostOnly && s.Req.MethodID != value.POST || s.LB.Direct && !stale(c, w.dates, now) {
		return
	}
	b := append(append(s.Arena.Tail(128), c.Name...), '=')
	if own := s.Server.State.CookieValue(); own != nil {
		b = append(b, own...)
		if c.MaxIdle > 0 || c.MaxLife > 0 {
			b = cookie.AppendDate(b, now)
		}
		if c.MaxLife > 0 {
			first := w.dates.First
			if first == 0 {
				first = now
			}
			b = cookie.AppendDate(b, first)
		}
		b = append(b, "; path=/"...)
	} else { // the server has none: the client is to forget its own
		b = append(b, "; Expires=Thu, 01-Jan-1970 00:00:01 GMT; path=/"...)
	}
	s.Res.AddField(msg.SetCookie.Name(), s.Arena.Keep(append(b, c.Attrs...)), &s.Arena)
	w.cookieOut(flag)
	if c.NoCache && w.cacheable().object {
		s.Res.AddField(msg.CacheControl.Name(), private, &s.Arena)
	}
}

var private = []byte("private")

// stale reports whether the dates of a client's cookie have to be written anew.
func stale(c *proxy.Cookie, d dates, now int64) bool {
	last := d.Last != now
	if c.MaxIdle == 0 {
		last = d.Last != 0 && d.Last < now
	}
	return last || (c.MaxLife > 0) != (d.First != 0)
}

// cookieOut sets the fourth letter of the termination state where it is shown.
func (w *worker) cookieOut(flag byte) {
	if w.s.Term.CookieOut != 0 {
		w.s.Term.CookieOut = flag
	}
}
