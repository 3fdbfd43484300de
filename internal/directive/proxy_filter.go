package directive

import (
	"slices"
	"strings"

	"sluice/internal/config"
	"sluice/internal/filter/compression"
	"sluice/internal/proxy"
)

// proxyFilter are the keywords that name filters (configuration.txt 4.2, 9).
var proxyFilter = []Keyword{
	{Name: "filter", Doc: "A filter of the proxy's messages.", In: config.InProxy, Max: -1, Parse: parseFilter},
	{Name: "filter-sequence", Doc: "The order of the filters.", In: config.InProxy, Max: -1, Parse: parseFilterSequence},
}

// A FilterRow is the name of a kind of filter.
type FilterRow struct {
	Name string
	Code string // what -dK shows beside it
	Doc  string // one sentence
	// make reads the line; nil means that it said what is wrong.
	make func(b *Builder, l *config.Line) proxy.Filter
}

var filterTable = []FilterRow{
	{Name: "comp-req", Code: "COMP", Doc: "Compresses requests.",
		make: compressor("comp-req", true, false)},
	{Name: "comp-res", Code: "COMP", Doc: "Compresses responses.",
		make: compressor("comp-res", false, true)},
	{Name: "compression", Code: "COMP", Doc: "Compresses as `compression` lines say.",
		make: compressor("compression", false, true)},
	{Name: "spoe", Code: "SPOE", Doc: "Offers streams to agents.", make: parseSPOE},
	{Name: "trace", Code: "TRACE", Doc: "Tells what passes.", make: parseTraceFilter},
}

// compressor makes the function of a filter that compresses.
func compressor(name string, requests, responses bool) func(*Builder, *config.Line) proxy.Filter {
	return func(b *Builder, l *config.Line) proxy.Filter {
		if len(l.Args) > 1 {
			l.Errorf(l.Arg(1), "'filter %s' : unknown keyword '%s'.", name, l.Arg(1).Value)
			return nil
		}
		for _, f := range b.at.Rules.Filters.Declared {
			if f.Name() == name || f.Name() == "compression" {
				l.Errorf(l.Arg(0), "'filter' : %s: Proxy supports only one %s filter\n", b.at.Name, name)
				return nil
			}
		}
		return compression.New(name, requests, responses, b.shops)
	}
}

// Filters returns the kinds of filters, sorted by name.
func Filters() []FilterRow { return slices.Clone(filterTable) }

// asFilter is how messages quote a line that is checked late.
func asFilter(l *config.Line, format string, words ...any) {
	l.Errorf(l.Name(), "parsing [%v] : "+format, append([]any{place(l)}, words...)...)
}

func parseFilter(b *Builder, l *config.Line) {
	if b.at.Caps&proxy.CapDefaults != 0 {
		asFilter(l, "filter is not allowed in a 'default' section.")
		return
	}
	w := l.Arg(0)
	if w.Value == "" {
		asFilter(l, "missing argument for 'filter' in %s '%s'.", noun(b.at.Caps), b.at.Name)
		return
	}
	i := slices.IndexFunc(filterTable, func(r FilterRow) bool { return r.Name == w.Value })
	if i < 0 {
		text := "'filter' : unknown keyword '" + w.Value + "'. Registered keywords :"
		for _, r := range filterTable {
			text += "\n    [" + r.Code + "] " + r.Name
		}
		l.Errorf(w, "%s", text)
		return
	}
	if f := filterTable[i].make(b, l); f != nil {
		set := &b.at.Rules.Filters
		set.Declared = append(set.Declared, f)
	}
}

func parseFilterSequence(b *Builder, l *config.Line) {
	if b.at.Caps&proxy.CapDefaults != 0 {
		asFilter(l, "filter-sequence is not allowed in a 'default' section.")
		return
	}
	way := l.Arg(0).Value
	where := noun(b.at.Caps) + " '" + b.at.Name + "'."
	switch {
	case way == "":
		asFilter(l, "missing argument for 'filter-sequence' in %s", where)
	case l.Arg(1).Value == "":
		asFilter(l, "missing filter list for 'filter-sequence' in %s", where)
	case way == "request":
		b.at.sequences[proxy.SideRequest] = &phrase{l.Arg(1).Value, place(l)}
	case way == "response":
		b.at.sequences[proxy.SideResponse] = &phrase{l.Arg(1).Value, place(l)}
	default:
		asFilter(l, "expected either 'request' or 'response' for 'filter-sequence' in %s", where)
	}
}

// filters adds the filter that `compression` lines imply, gives the declared ones their directions, and puts them into
// order.
func (r *resolver) filters(d *draft) {
	set := &d.Rules.Filters
	c := d.Compression
	if d.Mode != proxy.ModeHTTP || c != nil && len(c.Req.Algos)+len(c.Res.Algos) == 0 && !c.Offload {
		c = nil
	}
	if c != nil {
		set.Declared = slices.Clip(set.Declared)
		if len(set.Declared) == 0 {
			set.Declared = append(set.Declared, compression.New("compression", c.Requests, c.Responses, r.b.shops))
		}
		for _, f := range set.Declared {
			if f, ok := f.(*compression.Filter); ok && f.Keyword == "compression" {
				f.Requests, f.Responses = c.Requests, c.Responses
			}
		}
	}
	set.Request, set.Response = set.Declared, set.Declared
	set.Steps = nil
	for _, f := range set.Declared {
		if f, ok := f.(proxy.Stepper); ok {
			set.Steps = append(set.Steps, f)
		}
	}
	for side, list := range [2]*[]proxy.Filter{&set.Request, &set.Response} {
		if p := d.sequences[side]; p != nil {
			*list = r.sequence(d, [2]string{"request", "response"}[side], p)
		}
	}
}

// sequence returns the filters of a proxy that a list names.
func (r *resolver) sequence(d *draft, way string, list *phrase) (out []proxy.Filter) {
	declared := d.Rules.Filters.Declared
	for _, name := range strings.Split(list.text, ",") {
		i := slices.IndexFunc(declared, func(f proxy.Filter) bool { return f.Name() == name })
		if i < 0 {
			r.report.Errorf(list.pos, "%s: error while postparsing %s filter-sequence '%s' : invalid filter name: '%s' is not defined on the proxy", d.Name, way, list.text, name)
			return nil
		}
		out = append(out, declared[i])
	}
	return out
}
