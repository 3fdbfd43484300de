package directive

import (
	"strings"
	"time"

	"sluice/internal/config"
	"sluice/internal/proxy"
)

// proxyCookie are the keywords of persistence by what clients carry (configuration.txt 4.2).
var proxyCookie = []Keyword{
	{Name: "cookie", Doc: "Clients stay on a server by a cookie.", In: config.InBack, Max: -1, Parse: parseCookie},
	{Name: "dynamic-cookie-key", Doc: "The secret that cookies of servers are made with.", In: config.InBack, Max: -1, Parse: parseDynamicKey},
	{Name: "persist", Doc: "Clients stay on the server that their RDP cookie names.", In: config.InProxy, Max: 1, Parse: parsePersistBy},
}

func parseDynamicKey(b *Builder, l *config.Line) {
	if len(l.Args) == 0 {
		l.Errorf(l.End(), "'dynamic-cookie-key' expects <secret_key> as argument.")
		return
	}
	b.at.DynKey = l.Arg(0).Value
}

// defaultRDPCookie is the cookie in which terminal servers say where a session belongs ([MS-RDPBCGR] 3.2.5.3.1).
const defaultRDPCookie = "msts"

func parsePersistBy(b *Builder, l *config.Line) {
	w := l.Arg(0)
	rest, ok := strings.CutPrefix(w.Value, "rdp-cookie")
	switch {
	case w.Value == "":
		l.Errorf(l.End(), "missing persist method.")
		return
	case !ok:
		l.Errorf(w, "unknown persist method.")
		return
	case rest == "":
		b.at.RDPCookie = []byte(defaultRDPCookie)
		return
	}
	name, closed := strings.CutPrefix(rest, "(")
	name, _, end := strings.Cut(name, ")")
	if !closed || !end || name == "" {
		l.Errorf(w, "persist rdp-cookie(name)' requires an rdp cookie name.")
		return
	}
	b.at.RDPCookie = []byte(name)
}

func parseCookie(b *Builder, l *config.Line) {
	if len(l.Args) == 0 {
		l.Errorf(l.End(), "'cookie' expects <cookie_name> as argument.")
		return
	}
	c := &cookieLine{Cookie: proxy.Cookie{Name: []byte(l.Arg(0).Value), Pos: place(l)}}
	for i := 1; i < len(l.Args); {
		n := c.option(l, i)
		if n == 0 {
			return
		}
		i += n
	}
	modes := 0
	for _, on := range []bool{c.Rewrite, c.Insert, c.Prefix} {
		if on {
			modes++
		}
	}
	switch {
	case c.Rewrite && c.Indirect:
		l.Errorf(l.Name(), "cookie 'rewrite' and 'indirect' modes are incompatible.")
		return
	case modes > 1:
		l.Errorf(l.Name(), "cookie 'rewrite', 'insert' and 'prefix' modes are incompatible.")
		return
	case c.Preserve && !c.Insert && !c.Indirect:
		l.Errorf(l.Name(), "cookie 'preserve' requires at least 'insert' or 'indirect'.")
		return
	}
	c.Attrs = c.domains
	if c.httpOnly {
		c.Attrs += "; HttpOnly"
	}
	if c.secure {
		c.Attrs += "; Secure"
	}
	c.Attrs += c.extra
	b.at.Cookie = &c.Cookie
}

// cookieLine is a cookie line while its options are read.
type cookieLine struct {
	proxy.Cookie
	domains, extra   string
	httpOnly, secure bool
}

// option reads the option that begins with the i-th argument and returns how many words it has, 0 for a mistake.
func (c *cookieLine) option(l *config.Line, i int) int {
	w := l.Arg(i)
	for _, f := range [...]struct {
		name string
		bit  *bool
	}{
		{"rewrite", &c.Rewrite}, {"indirect", &c.Indirect}, {"insert", &c.Insert}, {"nocache", &c.NoCache}, {"postonly", &c.PostOnly},
		{"preserve", &c.Preserve}, {"prefix", &c.Prefix}, {"httponly", &c.httpOnly}, {"secure", &c.secure}, {"dynamic", &c.Dynamic},
	} {
		if w.Value == f.name {
			*f.bit = true
			return 1
		}
	}
	read, expects := c.valued(w.Value)
	if read == nil {
		l.Errorf(w, "'cookie' supports 'rewrite', 'insert', 'prefix', 'indirect', 'nocache', 'postonly', 'domain', 'maxidle', "+
			"'dynamic', 'maxlife' and 'attr' options.")
		return 0
	}
	if i+1 >= len(l.Args) {
		l.Tightf(l.End(), "'%s' expects %s as argument.", w.Value, expects)
		return 0
	}
	if !read(l, w, l.Arg(i+1)) {
		return 0
	}
	return 2
}

// valued returns how an option with a value is read, and what it expects.
func (c *cookieLine) valued(option string) (read func(l *config.Line, w, value config.Word) bool, expects string) {
	switch option {
	case "domain":
		return c.domain, "<domain>"
	case "attr":
		return c.attribute, "<value>"
	case "maxidle":
		return c.seconds(&c.MaxIdle), "<idletime> in seconds"
	case "maxlife":
		return c.seconds(&c.MaxLife), "<lifetime> in seconds"
	}
	return nil, ""
}

func (c *cookieLine) domain(l *config.Line, _, value config.Word) bool {
	name := value.Value
	if !strings.Contains(name, ".") {
		l.TightWarnf(value, "domain '%s' contains no embedded dot, this configuration may not work properly (see RFC6265#5.2.3).", name)
	}
	bad := permitted(name)
	if i := strings.IndexByte(name, ':'); i >= 0 && (bad == 0 || strings.IndexByte(name, bad) > i) {
		bad = ':'
	}
	if bad != 0 {
		l.Tightf(value, "character '%c' is not permitted in domain name '%s'.", bad, name)
		return false
	}
	c.domains += "; domain=" + name
	return true
}

func (c *cookieLine) attribute(l *config.Line, _, value config.Word) bool {
	for i := range len(value.Value) {
		if b := value.Value[i]; b < ' ' || b == 0x7f || b == ';' {
			l.Tightf(value, "character '%%x%02X' is not permitted in attribute value.", b)
			return false
		}
	}
	c.extra += "; " + value.Value
	return true
}

// seconds makes the function that reads a time of whole seconds.
func (c *cookieLine) seconds(into *int64) func(l *config.Line, w, value config.Word) bool {
	return func(l *config.Line, w, value config.Word) bool {
		d, rest, err := config.ParseTime(value.Value, time.Second)
		switch {
		case err != nil && err.Overflow:
			l.Tightf(value, "timer overflow in argument <%s> to <%s>, maximum value is 2147483647 s (~68 years).", value.Value, w.Value)
			return false
		case err != nil:
			l.Tightf(value, "unexpected character '%s' in argument to <%s>.", err.Char(), w.Value)
			return false
		case rest != "":
			l.Warnf(value, "'%s' after the unit in argument '%s' to '%s' is ignored; write '%s'.", rest, value.Value, w.Value,
				value.Value[:len(value.Value)-len(rest)])
		}
		*into = int64(d / time.Second)
		return true
	}
}
