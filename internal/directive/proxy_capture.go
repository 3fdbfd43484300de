package directive

import (
	"strconv"

	"sluice/internal/config"
	"sluice/internal/proxy"
)

// proxyCapture are the keywords that keep parts of messages for logs (configuration.txt 4.2, 8.7, 8.8).
var proxyCapture = []Keyword{
	{Name: "capture", Doc: "A header or cookie that logs show.", In: config.InFrontend | config.InListen, Max: -1, Parse: parseCapture},
	{Name: "declare", Doc: "A place for what rules capture.", In: config.InFrontend | config.InListen, Max: -1, Misplaced: config.Own, Parse: parseDeclare},
}

// captureLen reads the length of a capture.
func captureLen(l *config.Line, w config.Word) (int, bool) {
	n, err := strconv.Atoi(w.Value)
	if err != nil || n < 0 {
		l.Errorf(w, "'capture' expects a length in bytes after 'len', not '%s'.", w.Value)
		return 0, false
	}
	return n, true
}

func parseCapture(b *Builder, l *config.Line) {
	switch first := l.Arg(0).Value; {
	case first == "cookie":
		b.captureCookie(l)
	case (first == "request" || first == "response") && l.Arg(1).Value == "header":
		if len(l.Args) < 5 || l.Arg(3).Value != "len" {
			l.Errorf(l.End(), "'capture %s' expects 'header' <header_name> 'len' <len>.", first)
			return
		}
		if len(l.Args) > 5 {
			l.Errorf(l.Arg(5), "'capture %s' cannot handle unexpected argument '%s'.", first, l.Arg(5).Value)
			return
		}
		n, ok := captureLen(l, l.Arg(4))
		if !ok {
			return
		}
		h := proxy.CaptureHeader{Name: lower(l.Arg(2).Value), Len: n}
		if first == "request" {
			b.at.Capture.Request = append(b.at.Capture.Request, h)
		} else {
			b.at.Capture.Response = append(b.at.Capture.Response, h)
		}
	default:
		l.Errorf(l.Arg(0), "'capture' expects 'cookie' or 'request header' or 'response header'.")
	}
}

// captureCookie reads the beginning of a cookie's name, or with "=" behind it the whole name, and the length to keep.
func (b *Builder) captureCookie(l *config.Line) {
	if len(l.Args) < 4 || l.Arg(2).Value != "len" {
		l.Errorf(l.End(), "'capture' expects 'cookie' <cookie_name> 'len' <len>.")
		return
	}
	n, ok := captureLen(l, l.Arg(3))
	if !ok {
		return
	}
	if b.at.Caps&proxy.CapDefaults != 0 {
		l.Errorf(l.Name(), "'capture cookie' not allowed in 'defaults' section.")
		return
	}
	b.at.Capture.Cookie, b.at.Capture.CookieLen = []byte(l.Arg(1).Value), n
}

func parseDeclare(b *Builder, l *config.Line) {
	switch {
	case !b.at.IsFront():
		l.Errorf(l.Name(), "'declare' only available in frontend or listen section")
		return
	case len(l.Args) == 0:
		l.Errorf(l.End(), "'declare' needs a second keyword that specify the type of declaration ('capture')")
		return
	case l.Arg(0).Value != "capture":
		l.Errorf(l.Arg(0), "unknown declaration type '%s' (supports 'capture')", l.Arg(0).Value)
		return
	}
	way := l.Arg(1)
	if way.Value != "request" && way.Value != "response" {
		l.Errorf(way, "'declare capture' requires a direction ('request' or 'response')")
		return
	}
	if l.Arg(2).Value != "len" || l.Arg(3).Value == "" {
		l.Errorf(l.Arg(2), "'declare capture' requires a capture length ('len')")
		return
	}
	n, err := strconv.Atoi(l.Arg(3).Value)
	switch {
	case err != nil:
		l.Errorf(l.Arg(3), "'declare capture': cannot parse the length '%s'.", l.Arg(3).Value)
	case n <= 0:
		l.Errorf(l.Arg(3), "length must be > 0")
	case way.Value == "request":
		b.at.Capture.Request = append(b.at.Capture.Request, proxy.CaptureHeader{Len: n})
	default:
		b.at.Capture.Response = append(b.at.Capture.Response, proxy.CaptureHeader{Len: n})
	}
}
