package directive

import (
	"strings"

	"sluice/internal/config"
	"sluice/internal/proxy"
)

// capabilities are those that may be kept, with the numbers of capabilities(7).
var capabilities = []struct {
	name string
	bit  uint
}{{"cap_net_raw", 13}, {"cap_net_admin", 12}, {"cap_net_bind_service", 10}, {"cap_sys_admin", 21}}

// parseSetCap reads a list of capabilities (configuration.txt 3.1, setcap).
func parseSetCap(b *Builder, l *config.Line) {
	const supported = "Supported ones are: cap_net_raw, cap_net_admin, cap_net_bind_service and cap_sys_admin."
	w := l.Arg(0)
	if w.Value == "" {
		l.Errorf(l.End(), "'setcap' : missing capability name(s).  %s", supported)
		return
	}
	for name := range strings.SplitSeq(w.Value, ",") {
		known := false
		for _, c := range capabilities {
			if c.name == name {
				b.global.Capabilities |= 1 << c.bit
				known = true
			}
		}
		if !known {
			l.Errorf(w, "'setcap' : unsupported capability '%s'.  %s", name, supported)
			return
		}
	}
}

// parseDumpable says whether a crash may leave an image. The program has no libraries to keep with it: "libs" is "on".
func parseDumpable(b *Builder, l *config.Line) {
	set := setFlag(func(g *proxy.Global) *bool { return &g.Dumpable })
	switch w := l.Arg(0); w.Value {
	case "", "on", "libs":
		set(b, l)
	case "off":
		b.global.Dumpable = false
	default:
		l.Errorf(w, "'set-dumpable' only supports 'on' and 'off' as an argument, found '%s'.", w.Value)
	}
}
