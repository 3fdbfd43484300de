package directive

import (
	"slices"
	"strconv"
	"strings"
	"time"

	"sluice/internal/config"
	"sluice/internal/proxy"
	"sluice/internal/sample"
	"sluice/internal/sticktable"
	"sluice/internal/value"
)

// proxyStick are the keywords of stick tables (configuration.txt 4.2, 11.1).
var proxyStick = []Keyword{
	{Name: "stick", Doc: "How the server of a key is remembered and found again.", In: config.InProxy, Max: -1,
		Parse: func(_ *Builder, l *config.Line) { l.Errorf(l.End(), "'stick' expects 'on', 'match', or 'store'.") }, Sub: []Keyword{
			{Name: "match", Doc: "Streams go to the server that is remembered for a key.", In: config.InProxy, Max: -1, Parse: parseStick},
			{Name: "on", Doc: "Streams go to the server that is remembered for a key, and it is remembered.", In: config.InProxy, Max: -1, Parse: parseStick},
			{Name: "store-request", Doc: "The server is remembered for a key of the request.", In: config.InProxy, Max: -1, Parse: parseStick},
			{Name: "store-response", Doc: "The server is remembered for a key of the response.", In: config.InProxy, Max: -1, Parse: parseStick},
		}},
	{Name: "stick-table", Doc: "The stick table of the section.", In: config.InProxy, Max: -1, Parse: parseStickTable},
}

// tableLine is a stick-table line while it is read.
type tableLine struct {
	b     *Builder
	l     *config.Line
	what  string // begins messages: stick-table, or table
	at    int
	c     sticktable.Config
	typed bool
	bad   bool
}

// next returns the next word and steps over it, an empty one behind the last.
func (t *tableLine) next() config.Word {
	w := t.l.Arg(t.at)
	t.at = min(t.at+1, len(t.l.Args))
	return w
}

func (t *tableLine) fail(w config.Word, format string, args ...any) {
	t.l.Errorf(w, strings.Replace(format, "stick-table", t.what, 1), args...)
	t.bad = true
}

func parseStickTable(b *Builder, l *config.Line) {
	if l.Place == config.InDefaults {
		l.Errorf(l.Name(), "'stick-table' is not supported in 'defaults' section.")
		return
	}
	for _, d := range b.drafts {
		if d.table != nil && d.Name == b.at.Name {
			l.Errorf(l.Name(), "stick-table name '%s' conflicts with table declared in %s '%s' at %v.", d.Name, noun(d.Caps), d.Name, d.tablePos)
			return
		}
	}
	t := &tableLine{b: b, l: l, what: "stick-table"}
	t.c.Name = b.at.Name
	if t.read() {
		c := t.c
		b.at.table, b.at.tablePos = &c, place(l)
	}
}

// read reads all settings; false when something is wrong with them.
func (t *tableLine) read() bool {
	for t.at < len(t.l.Args) && !t.bad {
		t.word(t.next())
	}
	switch {
	case t.bad:
	case t.c.Size == 0:
		t.fail(t.l.Name(), "stick-table: missing size.")
	case !t.typed:
		t.fail(t.l.Name(), "stick-table: missing type.")
	default:
		return !t.mixed()
	}
	return false
}

// word reads one setting.
func (t *tableLine) word(w config.Word) {
	switch w.Value {
	case "type":
		t.kind()
	case "size":
		if n, ok := t.number(w.Value, false); ok {
			t.c.Size = int(n)
		}
	case "expire":
		t.expire()
	case "nopurge":
		t.c.NoPurge = true
	case "recv-only":
		t.c.RecvOnly = true
	case "peers":
		if t.what == "table" {
			t.fail(w, "stick-table: unknown argument '%s'.", w.Value)
		} else if p := t.argument("peers"); !t.bad {
			t.b.at.tablePeers = p.Value
		}
	case "write-to":
		if t.c.WriteTo = t.next().Value; t.c.WriteTo == "" {
			t.fail(w, "stick-table : write-to requires table name.")
		}
	case "srvkey":
		t.serverKey()
	case "brates-factor":
		n, ok := t.number(w.Value, true)
		if ok && (n == 0 || n > 1024) {
			t.fail(w, "stick-table: argument 'brates-factor' must be greater than 0 and lower or equal than 1024.")
		}
		t.c.ByteScale = int(n)
	case "store":
		t.stores(t.next())
	default:
		t.fail(w, "stick-table: unknown argument '%s'.", w.Value)
	}
}

// argument returns the word behind another.
func (t *tableLine) argument(of string) config.Word {
	w := t.next()
	if w.Value == "" {
		t.fail(w, "stick-table: missing argument after '%s'.", of)
	}
	return w
}

// number reads a size, or a plain number.
func (t *tableLine) number(of string, plain bool) (uint32, bool) {
	w := t.argument(of)
	if t.bad {
		return 0, false
	}
	text := w.Value
	if plain {
		n, err := strconv.ParseUint(text, 10, 32)
		if err == nil {
			return uint32(n), true
		}
	} else if n, err := config.ParseSize(text); err == nil {
		return n, true
	}
	i := 0
	for i < len(text)-1 && text[i] >= '0' && text[i] <= '9' {
		i++
	}
	t.fail(w, "stick-table: unexpected character '%c' in argument of '%s'.", text[i], of)
	return 0, false
}

func (t *tableLine) expire() {
	w := t.argument("expire")
	if t.bad {
		return
	}
	d, rest, err := config.ParseTime(w.Value, time.Millisecond)
	switch {
	case err != nil && err.Overflow:
		t.l.Tightf(w, "stick-table: timer overflow in argument <%s> to <expire>, maximum value is 2147483647 ms (~24.8 days).", w.Value)
		t.bad = true
	case err != nil:
		t.fail(w, "stick-table: unexpected character '%s' in argument of 'expire'.", err.Char())
	case rest != "":
		t.fail(w, "stick-table: unexpected character '%c' in argument of 'expire'.", rest[0])
	default:
		t.c.Expire = d.Milliseconds()
	}
}

// maxKey bounds the length of keys: whoever wants longer ones wants a hash.
const maxKey = 16 << 10

func (t *tableLine) kind() {
	w := t.next()
	switch w.Value {
	case "ip", "ipv4":
		t.c.Kind = sticktable.IPv4
	case "ipv6":
		t.c.Kind = sticktable.IPv6
	case "integer":
		t.c.Kind = sticktable.Integer
	case "string":
		t.c.Kind = sticktable.String
	case "binary":
		t.c.Kind = sticktable.Binary
	default:
		t.fail(w, "stick-table: unknown type '%s'.", w.Value)
		return
	}
	t.typed = true
	if t.c.Kind < sticktable.String {
		return
	}
	t.c.KeyLen = 32
	if t.l.Arg(t.at).Value != "len" {
		return
	}
	t.next()
	n, err := strconv.Atoi(t.next().Value)
	switch {
	case err != nil || n <= 0:
		t.fail(w, "'len' expects a positive integer argument.")
	case n > maxKey:
		t.fail(w, "'len' expects at most %d bytes: a hash of longer keys, such as 'xxh64', takes less memory.", maxKey)
	}
	t.c.KeyLen = n
}

func (t *tableLine) serverKey() {
	switch w := t.next(); w.Value {
	case "name":
	case "addr":
		t.c.ByAddr = true
	default:
		t.fail(w, "stick-table : unknown server key type '%s'.", w.Value)
	}
}

// stores reads the types behind a `store`.
func (t *tableLine) stores(w config.Word) {
	rest := w.Value
	for rest != "" && !t.bad {
		end := strings.IndexAny(rest, ",(")
		name, arg, open := rest, "", false
		if end >= 0 {
			name = rest[:end]
			open = rest[end] == '('
			rest = rest[end+1:]
		} else {
			rest = ""
		}
		if open {
			in, after, closed := strings.Cut(rest, ")")
			if !closed {
				t.fail(w, "stick-table: missing closing parenthesis after store option '%s'.", name)
				return
			}
			arg, rest = in, strings.TrimPrefix(after, ",")
		}
		t.store(w, name, arg)
	}
}

// store reads one type with its arguments.
func (t *tableLine) store(w config.Word, name, arg string) {
	d, ok := sticktable.Lookup(name)
	if !ok {
		t.fail(w, "stick-table: unknown store option '%s'.", name)
		return
	}
	s := sticktable.Store{Field: d}
	period := arg
	if d.IsArray() {
		size, rest, _ := strings.Cut(arg, ",")
		period = rest
		n, err := strconv.Atoi(strings.TrimSpace(size))
		switch {
		case size == "" || d.IsRate() && !strings.Contains(arg, ","):
			t.fail(w, "stick-table: missing argument to store option '%s'.", name)
			return
		case err != nil || n < 1 || n > sticktable.MaxElements:
			t.fail(w, "stick-table: array size is out of allowed range (1-%d) for store option '%s'.", sticktable.MaxElements, name)
			return
		case rest != "" && !d.IsRate():
			t.fail(w, "stick-table: unexpected argument to store option '%s'.", name)
			return
		}
		s.Count = n
	} else if arg != "" && !d.IsRate() {
		t.fail(w, "stick-table: unexpected argument to store option '%s'.", name)
		return
	}
	if d.IsRate() {
		if period == "" && !d.IsArray() {
			t.fail(w, "stick-table: missing argument to store option '%s'.", name)
			return
		}
		p, rest, err := config.ParseTime(strings.TrimSpace(period), time.Millisecond)
		if err != nil || rest != "" || p <= 0 {
			t.fail(w, "stick-table: error when processing store option '%s'.", name)
			return
		}
		s.Period = p.Milliseconds()
	}
	if t.c.Stored(d) {
		t.l.TightWarnf(w, "stick-table: store option '%s' already enabled, ignored.", name)
		return
	}
	t.c.Stores = append(t.c.Stores, s)
}

// mixed refuses arrays beside the types that stand for their first elements.
func (t *tableLine) mixed() bool {
	has := t.c.Stored
	for _, x := range [...]struct {
		array, one, two sticktable.Field
		text            string
	}{{sticktable.GPC, sticktable.GPC0, sticktable.GPC1, "gpc[0/1]"}, {sticktable.GPCRate, sticktable.GPC0Rate, sticktable.GPC1Rate, "gpc[0/1]_rate"},
		{sticktable.GPT, sticktable.GPT0, sticktable.GPT0, "gpt0"}} {
		if has(x.array) && (has(x.one) || has(x.two)) {
			t.fail(t.l.Name(), "stick-table: simultaneous usage of '%s' and '%s' in a same table is not permitted as '%s' overrides '%s'.", x.array, x.text, x.array, x.text)
			return true
		}
	}
	return false
}

func parseStick(b *Builder, l *config.Line) {
	_, what, _ := strings.Cut(l.Keyword(), " ")
	switch {
	case l.Place == config.InDefaults:
		l.Errorf(l.Name(), "'stick' not allowed in 'defaults' section.")
		return
	case !b.at.IsBack():
		l.Warnf(l.Name(), "'stick' ignored because %s '%s' has no backend capability.", noun(b.at.Caps), b.at.Name)
		return
	case len(l.Args) == 0:
		l.Errorf(l.End(), "'stick' expects a fetch method.")
		return
	}
	name := b.at.Name
	r := &proxy.StickRule{Pos: place(l), Text: written(l),
		Match: what == "match" || what == "on", Request: what == "store-request" || what == "on", Response: what == "store-response"}
	where, when := sample.BackServer, "during request"
	if r.Response {
		where, when = sample.BackStore, "for 'store-response'"
	}
	env := b.sampleEnv(b.at, l.Report(), place(l), where, "stick rule")
	e, used, err := sample.ParseExpr(config.Values(l.Args), env)
	if err != nil {
		l.Errorf(at(l, l.Args, err), "'stick': %v", err)
		return
	}
	if e.Uses().Places()&where == 0 {
		l.Errorf(l.Arg(0), "'stick': fetch method '%s' extracts information from '%s', none of which is available %s.", e.Row().Name, e.Lacks(), when)
		return
	}
	r.Expr = e
	rest := l.Args[used:]
	if len(rest) > 0 && rest[0].Value == "table" {
		if name = ""; len(rest) > 1 {
			name = rest[1].Value
			rest = rest[1:]
		}
		rest = rest[1:]
	}
	if len(rest) > 0 {
		if rest[0].Value != "if" && rest[0].Value != "unless" {
			l.Errorf(rest[0], "'stick': unknown keyword '%s'.", rest[0].Value)
			return
		}
		cond, err := b.at.scope(b).ParseCond(config.Values(rest[1:]), rest[0].Value == "unless", env)
		if err != nil {
			l.Errorf(at(l, rest[1:], err), "'stick': error detected while parsing sticking condition : %v.", err)
			return
		}
		r.Cond = cond
	}
	r.ID = b.ruleID()
	b.at.Rules.Stick = append(b.at.Rules.Stick, r)
	b.at.sticks = append(b.at.sticks, name)
}

func castable(e *sample.Expr, t *sticktable.Table) bool { return value.Castable(e.Out, t.Type()) }

// tables opens the stick tables and finds those that stick rules name.
func (r *resolver) tables() {
	byName := map[string]*draft{}
	peers := r.b.peerTables()
	for _, d := range slices.Concat(r.b.drafts, peers) {
		if d.table != nil {
			byName[d.Name] = d
		}
	}
	for _, d := range r.b.drafts {
		for _, name := range d.sticks {
			if of := byName[name]; of != nil {
				of.table.Require(sticktable.ServerID)
				of.table.Require(sticktable.ServerKey)
			}
		}
	}
	newTables(r.b.drafts)
	newTables(peers)
	for _, d := range slices.Concat(r.b.drafts, peers) {
		r.stick(d, byName)
	}
}

// stick gives the rules of one proxy their tables, and its table the one that it writes to.
func (r *resolver) stick(d *draft, byName map[string]*draft) {
	for i, rule := range d.Rules.Stick {
		name := d.sticks[i]
		of := byName[name]
		if of == nil {
			r.report.Errorf(rule.Pos, "Proxy '%s': unable to find stick-table '%s'.", d.Name, name)
			continue
		}
		rule.Table = of.Table
		if e, ok := rule.Expr.(*sample.Expr); ok && !castable(e, of.Table) {
			r.report.Errorf(rule.Pos, "Proxy '%s': type of pattern not usable with type of stick-table '%s'.", d.Name, name)
		}
	}
	if d.table == nil || d.table.WriteTo == "" {
		return
	}
	to, what := byName[d.table.WriteTo], "Proxy '%s': failed to initialize stick-table: write-to: "
	switch {
	case to == nil:
		r.report.Errorf(d.tablePos, what+"table '%s' doesn't exist.", d.Name, d.table.WriteTo)
	case to == d:
		r.report.Errorf(d.tablePos, what+"source and destination table are the same.", d.Name)
	case to.Table.Kind != d.Table.Kind || to.Table.KeyLen != d.Table.KeyLen:
		r.report.Errorf(d.tablePos, what+"cannot mix table types ('%s' vs '%s') or key lengths.", d.Name, to.Table.Kind, d.Table.Kind)
	default:
		d.Table.Twin = to.Table
	}
}

// parseStickCounters reads the number of stick counters (configuration.txt 3.2, tune.stick-counters).
func parseStickCounters(b *Builder, l *config.Line) {
	w := l.Arg(0)
	n, err := strconv.Atoi(w.Value)
	switch {
	case w.Value != "" && err != nil:
		l.Errorf(w, "tune.stick-counters: '%s' is an invalid number", w.Value)
	case n < 0 || n > 100:
		l.Errorf(w, "tune.stick-counters: the number of stick-counters must be between 1 and 100 (was %d)", n)
	default:
		b.global.Tune.StickCounters = n
	}
}
