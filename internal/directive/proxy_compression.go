package directive

import (
	"strconv"
	"strings"

	"sluice/internal/config"
	"sluice/internal/proxy"
)

// compLevels are the levels of compression.
const lowCompLevel, highCompLevel = 1, 9

func parseMaxCompCPU(b *Builder, l *config.Line) {
	n, err := strconv.Atoi(l.Arg(0).Value)
	if err != nil || n < 0 || n > 100 {
		l.Errorf(l.Arg(0), "'maxcompcpuusage' expects an integer argument between 0 and 100.")
		return
	}
	b.global.MaxCompCPU = n
}

func parseMaxCompRate(b *Builder, l *config.Line) {
	n, err := strconv.ParseUint(l.Arg(0).Value, 10, 32)
	if err != nil {
		l.Errorf(l.Arg(0), "'maxcomprate' expects an integer argument in kb/s.")
		return
	}
	b.global.MaxCompRate = int64(n) * 1024
}

func parseCompMaxLevel(b *Builder, l *config.Line) {
	n, err := strconv.Atoi(l.Arg(0).Value)
	if err != nil || n < lowCompLevel || n > highCompLevel {
		l.Errorf(l.Arg(0), "'tune.comp.maxlevel' expects a numeric value between %d and %d", lowCompLevel, highCompLevel)
		return
	}
	b.global.Tune.CompMaxLevel = n
}

// proxyCompression is the keyword that configures compression (configuration.txt 4.2).
var proxyCompression = []Keyword{
	{Name: "compression", Doc: "How messages are compressed.", In: config.InProxy, Max: -1, Parse: unknownCompression, Sub: []Keyword{
		{Name: "algo", Doc: "The algorithms for responses.", Max: -1, Parse: parseCompAlgos},
		{Name: "algo-req", Doc: "The algorithm for requests.", Max: -1, Parse: parseCompAlgoReq},
		{Name: "algo-res", Doc: "The algorithms for responses.", Max: -1, Parse: parseCompAlgos},
		{Name: "direction", Doc: "Which messages the implied filter compresses.", Max: -1, Parse: parseCompDirection},
		{Name: "minsize-req", Doc: "The size of a request's body that is worth it.", Max: -1,
			Parse: parseCompMinSize("minsize-req", func(c *proxy.Compression) *int64 { return &c.Req.MinSize })},
		{Name: "minsize-res", Doc: "The size of a response's body that is worth it.", Max: -1,
			Parse: parseCompMinSize("minsize-res", func(c *proxy.Compression) *int64 { return &c.Res.MinSize })},
		{Name: "offload", Doc: "Servers are not told what clients accept.", Max: -1, Parse: parseCompOffload},
		{Name: "type", Doc: "The media types of responses.", Max: -1, Parse: parseCompTypes(resSide)},
		{Name: "type-req", Doc: "The media types of requests.", Max: -1, Parse: parseCompTypes(reqSide)},
		{Name: "type-res", Doc: "The media types of responses.", Max: -1, Parse: parseCompTypes(resSide)},
	}},
}

func reqSide(c *proxy.Compression) *proxy.CompSide { return &c.Req }
func resSide(c *proxy.Compression) *proxy.CompSide { return &c.Res }

// compression returns the settings of the section being read.
func (b *Builder) compression() *proxy.Compression {
	if b.at.Compression == nil {
		b.at.Compression = &proxy.Compression{Responses: true}
	}
	return b.at.Compression
}

func unknownCompression(_ *Builder, l *config.Line) {
	l.Errorf(l.Name(), "'compression' expects 'algo', 'type', 'direction', 'offload', 'minsize-req' or 'minsize-res'.")
}

// compAlgo returns the algorithm that a word names.
func compAlgo(l *config.Line, w config.Word) proxy.CompAlgo {
	for _, a := range proxy.CompAlgos() {
		if a.String() == w.Value {
			return a
		}
	}
	l.Errorf(w, "'compression' : '%s' is not a supported algorithm.", w.Value)
	return proxy.CompNone
}

func parseCompAlgos(b *Builder, l *config.Line) {
	c := b.compression()
	if len(l.Args) == 0 {
		l.Errorf(l.End(), "parsing [%v] : 'compression' expects <algorithm>.", place(l))
		return
	}
	for _, w := range l.Args {
		a := compAlgo(l, w)
		if a == proxy.CompNone {
			return
		}
		c.Res.Algos = append(c.Res.Algos, a)
	}
}

func parseCompAlgoReq(b *Builder, l *config.Line) {
	c := b.compression()
	if a := compAlgo(l, l.Arg(0)); a != proxy.CompNone {
		c.Req.Algos = append(c.Req.Algos, a)
	}
	if len(l.Args) > 1 {
		l.Warnf(l.Arg(1), "'compression algo-req' takes one algorithm: '%s' is ignored.", l.Arg(1).Value)
	}
}

func parseCompTypes(side func(*proxy.Compression) *proxy.CompSide) func(*Builder, *config.Line) {
	return func(b *Builder, l *config.Line) {
		if len(l.Args) == 0 {
			l.Errorf(l.End(), "'compression' expects <type>.")
			return
		}
		s := side(b.compression())
		for _, w := range l.Args {
			s.Types = append(s.Types, strings.ToLower(w.Value))
		}
	}
}

func parseCompOffload(b *Builder, l *config.Line) {
	if b.at.Caps&proxy.CapDefaults != 0 {
		l.Warnf(l.Name(), "'compression' : 'offload' ignored in 'defaults' section.")
		return
	}
	b.compression().Offload = true
}

func parseCompDirection(b *Builder, l *config.Line) {
	c := b.compression()
	switch w := l.Arg(0); w.Value {
	case "request":
		c.Requests, c.Responses = true, false
	case "response":
		c.Requests, c.Responses = false, true
	case "both":
		c.Requests, c.Responses = true, true
	default:
		l.Errorf(w, "'compression' expects 'request', 'response', or 'both'.")
	}
}

func parseCompMinSize(name string, field func(*proxy.Compression) *int64) func(*Builder, *config.Line) {
	return func(b *Builder, l *config.Line) {
		if len(l.Args) == 0 {
			l.Errorf(l.End(), "'%s' expects an integer argument.", name)
			return
		}
		if n, ok := l.Size(l.Arg(0), name); ok {
			*field(b.compression()) = int64(n)
		}
	}
}
