package stream

import (
	"bytes"

	"sluice/internal/msg"
	"sluice/internal/proxy"
	"sluice/internal/value"
)

// storable says what a cache may keep of a response.
type storable struct {
	object  bool // the response
	cookies bool // the cookies that it sets
}

// cacheable judges whether caches may keep the response: by method and status, by Cache-Control and Pragma, and by
// whether there is something that tells how long (configuration.txt 4.2, option checkcache; RFC 9111 3).
func (w *worker) cacheable() storable {
	s := w.s
	may := cacheableMethod(s.Req.MethodID) && cacheableStatus(s.Res.Status)
	k := storable{may, may}
	limited, never := false, false
	for i := range s.Res.Fields {
		f := &s.Res.Fields[i]
		switch {
		case f.Dead:
		case f.Known == msg.CacheControl:
			l, n := k.control(f.Value)
			limited, never = limited || l, never || n
		case f.Known == msg.ETag, namedOneOf(f.Name, "expires", "last-modified"):
			limited = true
		case namedOneOf(f.Name, "pragma") && bytes.EqualFold(f.Value, noCache):
			never = true
		}
	}
	if never || !limited {
		return storable{}
	}
	return k
}

var noCache = []byte("no-cache")

func namedOneOf(name []byte, names ...string) bool {
	for _, n := range names {
		if string(name) == n {
			return true
		}
	}
	return false
}

func cacheableMethod(m value.Method) bool {
	switch m {
	case value.GET, value.HEAD, value.OPTIONS, value.TRACE:
		return true
	}
	return false
}

func cacheableStatus(status int) bool {
	switch status {
	case 200, 203, 204, 206, 300, 301, 404, 405, 410, 414, 501:
		return true
	}
	return false
}

// control applies a Cache-Control field. limited says that it gives an age; never that nothing may be kept whatever
// follows.
func (k *storable) control(v []byte) (limited, never bool) {
	for len(v) > 0 {
		end := endOfDirective(v)
		d := bytes.TrimSpace(v[:end])
		v = v[min(end+1, len(v)):]
		name, arg, hasArg := bytes.Cut(d, []byte("="))
		switch {
		case value.Folds(name, "private"), value.Folds(name, "no-store"):
			*k = storable{}
		case value.Folds(name, "no-cache"):
			if hasArg && value.Folds(arg, `"set-cookie"`) {
				k.cookies = false
			} else {
				*k = storable{}
			}
		case value.Folds(name, "max-age"):
			limited = true
			never = never || string(arg) == "0"
		case value.Folds(name, "s-maxage"):
			limited = true
			if string(arg) == "0" {
				*k = storable{}
			}
		case value.Folds(d, "public"):
			*k = storable{true, true}
		}
	}
	return limited, never
}

// endOfDirective finds the comma outside of quotes, or the end.
func endOfDirective(v []byte) int {
	quoted := false
	for i := 0; i < len(v); i++ {
		switch c := v[i]; {
		case c == '\\' && quoted:
			i++
		case c == '"':
			quoted = !quoted
		case c == ',' && !quoted:
			return i
		}
	}
	return len(v)
}

// leaksCookie blocks a response that lets caches keep a cookie, where the backend has option checkcache; true when it
// was blocked.
func (w *worker) leaksCookie(sets bool) bool {
	s := w.s
	if !sets || !s.Back.Options.Has(proxy.OptCheckCache) {
		return false
	}
	if k := w.cacheable(); !k.object || !k.cookies {
		return false
	}
	s.Term.Set(proxy.CauseProxy, proxy.PhaseHeaders)
	w.b().DeniedResp++
	w.c(s.Server).DeniedResp++
	w.alert("Blocking cacheable cookie in response from instance " + s.Back.Name + ", server " + s.Server.NameNow() + ".")
	return true
}

// alert sends a line to the loggers of the stream's backend.
func (w *worker) alert(text string) {
	s, h := w.s, w.home
	for _, l := range s.Back.Loggers {
		if l.Sink != nil {
			l.Sink.Write(h.id, l, proxy.LogAlert, h.loop.Wall(), s.Back.LogTag, nil, []byte(text))
		}
	}
}
