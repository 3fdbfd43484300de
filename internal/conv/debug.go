package conv

import (
	"fmt"

	"sluice/internal/proxy"
	"sluice/internal/sample"
	"sluice/internal/value"
)

// debugRows are the converter that shows samples on their way.
func debugRows() []sample.Conv {
	return []sample.Conv{
		{Name: "debug", Doc: "Writes the sample to a ring, stdout or stderr and passes it on.", Args: "[string,string]", In: value.Any, Out: value.Same, Bind: bindDebug},
	}
}

// bindDebug looks for the ring once all sections were read.
func bindDebug(a sample.Args, e *sample.Env) (sample.Func, error) {
	sink := "buf0"
	if a.Has(1) {
		sink = string(a[1].Str)
	}
	if e.Pending != nil {
		e.Pending.Add(sample.Reference{Pos: e.Pos, Resolve: func(s *proxy.Snapshot) error {
			switch sink {
			case "buf0", "stdout", "stderr":
				return nil
			}
			for _, r := range s.Rings {
				if r.Name == sink {
					return nil
				}
			}
			return fmt.Errorf("debug converter: sink '%s' doesn't exist.", sink)
		}})
	}
	head := fmt.Sprintf("[debug] %s: type=", a.Str(0))
	return func(s *proxy.Stream, _ sample.Args, v *value.Value) bool {
		if s.Snap != nil && s.Snap.Proc != nil && s.Snap.Proc.Sinks != nil {
			show(s, head, sink, v)
		}
		return true
	}, nil
}

// show writes one line about a sample; what cannot be printed is a dot.
func show(s *proxy.Stream, head, sink string, v *value.Value) {
	line := append(s.Scratch[:0], head...)
	s.Scratch = nil
	line = append(append(line, v.Type.String()...), " <"...)
	copied := s.Borrow()
	*copied = *v
	m := s.Arena.Mark()
	if copied.Cast(value.Str, &s.Arena) {
		for _, c := range copied.Bytes {
			if c < ' ' || c > '~' {
				c = '.'
			}
			line = append(line, c)
		}
	}
	s.Arena.Release(m)
	s.Return()
	line = append(line, '>', '\n')
	s.Snap.Proc.Sinks.Emit(sink, s.Wall(), line)
	s.Scratch = line
}
