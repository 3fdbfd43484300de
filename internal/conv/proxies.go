package conv

import (
	"strconv"

	"sluice/internal/proxy"
	"sluice/internal/sample"
	"sluice/internal/secure"
	"sluice/internal/value"
)

// proxyRows are the converters of names of frontends, backends and servers, and of the numbers of certificate errors.
func proxyRows() []sample.Conv {
	return []sample.Conv{
		{Name: "fe_exists", Doc: "Whether there is a frontend of that name.", In: value.Str, Out: value.Bool, Eval: frontExists},
		{Name: "nbsrv", Doc: "Number of usable servers of the backend of that name.", In: value.Str, Out: value.Sint, Eval: usableServers},
		{Name: "srv_is_up", Doc: "Whether the server of that name is up.", In: value.Str, Out: value.Bool, Eval: serverIsUp},
		{Name: "srv_queue", Doc: "Number of streams queued on the server of that name.", In: value.Str, Out: value.Sint, Eval: serverQueue},
		{Name: "x509_v_err_str", Doc: "Name of an error of the verification of a certificate.", In: value.Sint, Out: value.Str, Eval: certError},
	}
}

func frontExists(s *proxy.Stream, _ sample.Args, v *value.Value) bool {
	v.SetBool(s.Snap != nil && s.Snap.Front(string(v.Bytes)) != nil)
	return true
}

func usableServers(s *proxy.Stream, _ sample.Args, v *value.Value) bool {
	if s.Snap == nil {
		return false
	}
	p := s.Snap.Back(string(v.Bytes))
	if p == nil {
		return false
	}
	active, spare := int64(0), int64(0)
	for _, srv := range p.All() {
		switch {
		case srv.State == nil || !srv.State.Usable():
		case srv.Backup:
			spare++
		default:
			active++
		}
	}
	if active == 0 {
		active = spare
	}
	v.SetInt(active)
	return true
}

// server returns the state of the server that v names, alone for one of the stream's backend, else as backend/server.
func server(s *proxy.Stream, v *value.Value) *proxy.ServerState {
	if s.Snap == nil {
		return nil
	}
	back, name := s.Back, v.Bytes
	for i, c := range name {
		if c == '/' {
			back, name = s.Snap.Back(string(name[:i])), name[i+1:]
			break
		}
	}
	if back == nil {
		return nil
	}
	for _, srv := range back.All() {
		if srv.NameNow() == string(name) {
			return srv.State
		}
	}
	return nil
}

func serverIsUp(s *proxy.Stream, _ sample.Args, v *value.Value) bool {
	st := server(s, v)
	if st != nil {
		v.SetBool(st.Up())
	}
	return st != nil
}

func serverQueue(s *proxy.Stream, _ sample.Args, v *value.Value) bool {
	st := server(s, v)
	if st != nil {
		v.SetInt(int64(st.Queue.Len()))
	}
	return st != nil
}

// certError gives a number without a name in decimal digits.
func certError(s *proxy.Stream, _ sample.Args, v *value.Value) bool {
	out := s.Arena.Tail(64)
	if name := secure.ErrorName(v.Int); name != "" {
		out = append(out, name...)
	} else {
		out = strconv.AppendUint(out, uint64(v.Int), 10)
	}
	setOwn(v, value.Str, s.Arena.Keep(out))
	return true
}
