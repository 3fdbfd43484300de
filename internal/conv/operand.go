package conv

import (
	"sluice/internal/proxy"
	"sluice/internal/sample"
	"sluice/internal/value"
)

// defaultRoom is what a result may take where no configuration says it: the default of tune.bufsize.
const defaultRoom = 16384

// room returns the size of the buffer that HAProxy would make a result in (tune.bufsize). A result never grows beyond.
func room(s *proxy.Stream) int {
	if s.Snap != nil && s.Snap.Global != nil && s.Snap.Global.Tune.BufSize > 0 {
		return s.Snap.Global.Tune.BufSize
	}
	return defaultRoom
}

// setOwn makes v a value of bytes that were made for it in the stream's arena.
func setOwn(v *value.Value, t value.Type, b []byte) {
	v.Type, v.Bytes = t, b
	v.Flags &^= value.Const
}

// asVar makes a the name of a variable when its text is one.
func asVar(a *sample.Arg, e *sample.Env) bool {
	ref, err := e.Var(string(a.Str))
	if err != nil {
		return false
	}
	a.Var, a.IsVar = ref, true
	return true
}

// number returns an argument that is a number or a variable that holds one.
func number(s *proxy.Stream, a *sample.Arg) (n int64, ok bool) {
	if !a.IsVar {
		return a.Int, true
	}
	v := s.Borrow()
	if ok = s.GetVar(a.Var, v) && v.Cast(value.Sint, &s.Arena); ok {
		n = v.Int
	}
	s.Return()
	return n, ok
}

// text returns an argument that is a string or a variable that can be one.
func text(s *proxy.Stream, a *sample.Arg, as value.Type) (b []byte, ok bool) {
	if !a.IsVar {
		return a.Str, true
	}
	v := s.Borrow()
	if ok = s.GetVar(a.Var, v) && v.Cast(as, &s.Arena); ok {
		b = v.Bytes
	}
	s.Return()
	return b, ok
}
