package directive

import (
	"slices"

	"sluice/internal/config"
	"sluice/internal/proxy"
)

// ringKeywords are those of a ring section (configuration.txt 12.5).
var ringKeywords = []Keyword{
	{Name: "description", Doc: "A text for people who look at the ring.", In: config.InRing, Max: -1, Parse: parseRingDescription},
	{Name: "format", Doc: "How lines are written into the ring.", In: config.InRing, Min: 1, Max: 1, Expects: "a log format", Parse: parseRingFormat},
	{Name: "maxlen", Doc: "The longest line of the ring.", In: config.InRing, Min: 1, Max: 1, Expects: "a length", Parse: parseRingMaxLen},
	{Name: "server", Doc: "A server that gets all lines of the ring.", In: config.InRing, Max: -1, Parse: parseServer},
	{Name: "size", Doc: "The size of the ring in bytes.", In: config.InRing, Min: 1, Max: 1, Expects: "a size", Parse: parseRingSize},
	{Name: "timeout", Doc: "How long something may take.", In: config.InRing, Max: -1, Sub: []Keyword{
		{Name: "connect", Doc: "How long a connection to a server may take.", Max: 1, Min: 1, Expects: "<time> as argument",
			Parse: setRingTime(func(r *proxy.Ring) *int64 { return &r.ConnectTimeout })},
		{Name: "server", Doc: "How long lines may wait to be sent.", Max: 1, Min: 1, Expects: "<time> as argument",
			Parse: setRingTime(func(r *proxy.Ring) *int64 { return &r.ServerTimeout })},
	}},
}

func openRing(b *Builder, l *config.Line) {
	r := &proxy.Ring{Pos: place(l), MaxLen: defaultLogLen, Size: DefaultBufSize, Format: proxy.LogRaw}
	b.ring = r
	// Server lines of a ring are read as those of a proxy that nobody sees.
	b.at = &draft{Proxy: &proxy.Proxy{Pos: r.Pos, Caps: proxy.CapBackend | proxy.CapInternal, Settings: newSettings()}}
	if len(l.Args) == 0 {
		l.Abortf(l.End(), "missing ring name.")
		return
	}
	r.Name, r.Desc = l.Arg(0).Value, l.Arg(0).Value
	b.at.Name = r.Name
	switch c := permitted(r.Name); {
	case c != 0:
		l.Errorf(l.Arg(0), "invalid ring name '%s' (character '%c' is not permitted).", r.Name, c)
		return
	case len(l.Args) > 1:
		l.Errorf(l.Arg(1), "'ring' cannot handle unexpected argument '%s'.", l.Arg(1).Value)
		return
	}
	switch r.Name {
	case "stdout", "stderr", "buf0":
		l.Errorf(l.Arg(0), "sink named '%s' already exists.", r.Name)
		return
	}
	for _, old := range b.snap.Rings {
		if old.Name == r.Name {
			l.Errorf(l.Arg(0), "sink named '%s' already exists.", r.Name)
			return
		}
	}
	b.snap.Rings = append(b.snap.Rings, r)
}

func closeRing(b *Builder, _ *config.Line) {
	b.ring.Servers = b.at.Servers
	b.rings = append(b.rings, b.at)
	if b.ring.MaxLen > b.ring.Size {
		b.ring.MaxLen = b.ring.Size
	}
	b.at = nil
	b.ring = nil
}

func parseRingDescription(b *Builder, l *config.Line) {
	if len(l.Args) == 0 {
		l.Errorf(l.End(), "missing ring description text.")
		return
	}
	b.ring.Desc = join(l.Args)
}

func parseRingFormat(b *Builder, l *config.Line) {
	n := slices.Index(logHeaders[1:], l.Arg(0).Value)
	if n < 0 {
		l.Errorf(l.Arg(0), "unknown format '%s'.", l.Arg(0).Value)
		return
	}
	b.ring.Format = proxy.LogHeader(n + 1)
}

func parseRingMaxLen(b *Builder, l *config.Line) {
	if n, ok := atLeast(l, l.Arg(0), 1); ok {
		b.ring.MaxLen = n
	}
}

func parseRingSize(b *Builder, l *config.Line) {
	n, ok := size(l, l.Arg(0))
	switch {
	case ok && n == 0:
		l.Errorf(l.Arg(0), "invalid size '%s' for new sink buffer.", l.Arg(0).Value)
	case ok:
		b.ring.Size = n
	}
}

func setRingTime(field func(*proxy.Ring) *int64) func(*Builder, *config.Line) {
	return func(b *Builder, l *config.Line) {
		if d, ok := duration(l, l.Arg(0), l.Keyword()); ok {
			*field(b.ring) = d
		}
	}
}
