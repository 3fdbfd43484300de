package directive

import (
	"os"
	"strconv"

	"sluice/internal/config"
	"sluice/internal/filter/trace"
	"sluice/internal/proxy"
)

// parseTraceFilter reads a `filter trace` line (configuration.txt 9.1).
func parseTraceFilter(b *Builder, l *config.Line) proxy.Filter {
	f := &trace.Filter{Proxy: b.at.Proxy, Out: os.Stderr}
	name := ""
	for i := 1; i < len(l.Args); i++ {
		w := l.Arg(i)
		switch w.Value {
		case "name", "max-fwd":
			i++
			value := l.Arg(i)
			switch n, err := strconv.ParseUint(value.Value, 10, 32); {
			case w.Value == "name" && name != "":
				l.Errorf(w, "'filter' : 'trace' : 'name' option already defined")
				return nil
			case value.Value == "":
				l.Errorf(w, "'filter' : 'trace' : '%s' option without value", w.Value)
				return nil
			case w.Value == "name":
				name = value.Value
			case err != nil:
				l.Errorf(value, "'filter' : 'trace' : 'max-fwd' expect unsigned integer (0 to 4294967295 expected)")
				return nil
			default:
				f.MaxFwd = uint32(n)
			}
		case "random-parsing": // HAProxy knows it and does nothing
			l.Diagf(w, "'random-parsing' has no effect: remove it.")
		case "random-forwarding":
			f.Random = true
		case "hexdump":
			f.Hexdump = true
		case "quiet":
			f.Quiet = true
		default:
			l.Errorf(w, "'filter trace' : unknown keyword '%s'.", w.Value)
			return nil
		}
	}
	if name == "" {
		name = "TRACE"
	}
	f.Label = name + "/" + b.at.Name
	return f
}
