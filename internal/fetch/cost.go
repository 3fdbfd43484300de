package fetch

import (
	"sluice/internal/loop"
	"sluice/internal/proxy"
	"sluice/internal/sample"
	"sluice/internal/value"
)

// costRows are the fetches of what a stream's task has cost so far (configuration.txt 7.3.2, cpu_calls). They are zero
// while nothing is measured: profiling.tasks, or set profiling tasks of the runtime API, turns that on.
func costRows() []sample.Fetch {
	row := func(name, doc string, get func(loop.Cost) int64) sample.Fetch {
		return sample.Fetch{Name: name, Doc: doc, Out: value.Sint, Uses: sample.Internal, Eval: cost(get)}
	}
	return []sample.Fetch{
		row("cpu_calls", "How often the task of the stream was resumed.", func(c loop.Cost) int64 { return int64(c.Calls) }),
		row("cpu_ns_avg", "For how long it ran each time, in nanoseconds.", func(c loop.Cost) int64 { return c.CPU / max(int64(c.Calls), 1) }),
		row("cpu_ns_tot", "For how long it ran, in nanoseconds.", func(c loop.Cost) int64 { return c.CPU }),
		row("lat_ns_avg", "How long it had to wait each time until it ran, in nanoseconds.", func(c loop.Cost) int64 { return c.Latency / max(int64(c.Calls), 1) }),
		row("lat_ns_tot", "How long it had to wait until it ran, in nanoseconds.", func(c loop.Cost) int64 { return c.Latency }),
	}
}

func cost(get func(loop.Cost) int64) sample.Func {
	return func(s *proxy.Stream, _ sample.Args, v *value.Value) bool {
		if s.Task == nil {
			return false
		}
		v.SetInt(get(s.Task.Cost()))
		return true
	}
}
