package fetch

import (
	"crypto/rand"
	"encoding/binary"
	"errors"
	"fmt"
	mathrand "math/rand/v2"
	"os"

	"sluice/internal/proxy"
	"sluice/internal/sample"
	"sluice/internal/value"
)

// internalRows are the fetches of the process's and the stream's own state (configuration.txt 7.3.2).
func internalRows() []sample.Fetch {
	return []sample.Fetch{
		{Name: "acl", Doc: "Whether all the named ACLs match.", Args: "string[,string,string,string,string,string,string,string,string,string,string,string]", Out: value.Bool, Uses: sample.Constant, Bind: bindACL},
		{Name: "act_conn", Doc: "Connections of the process.", Out: value.Sint, Uses: sample.Constant, Eval: actConn},
		{Name: "date", Doc: "Date of now, with an offset.", Args: "[integer,string]", Out: value.Sint, Uses: sample.Constant, Eval: date, Check: checkUnit(1)},
		{Name: "date_us", Doc: "Microseconds of the date of now.", Out: value.Sint, Uses: sample.Constant, Eval: dateUs},
		{Name: "env", Doc: "Environment variable as it was when the configuration was read.", Args: "string", Out: value.Str, Uses: sample.Constant, Bind: bindEnv},
		{Name: "hostname", Doc: "Name of the host that the process runs on.", Out: value.Str, Uses: sample.Constant, Bind: bindHostname},
		{Name: "internal.strm.is_htx", Doc: "Whether the stream is one of HTTP messages.", Out: value.Bool, Uses: sample.Internal, Eval: isHTTP},
		{Name: "last_rule_file", Doc: "File of the last rule that ended a rule set.", Out: value.Str, Uses: sample.Internal, Eval: lastRuleFile},
		{Name: "last_rule_line", Doc: "Line of the last rule that ended a rule set.", Out: value.Sint, Uses: sample.Internal, Eval: lastRuleLine},
		{Name: "nbproc", Doc: "Number of worker processes, always 1.", Out: value.Sint, Uses: sample.Constant, Eval: one},
		{Name: "pid", Doc: "Number of the process.", Out: value.Sint, Uses: sample.Constant, Eval: pid},
		{Name: "prio_class", Doc: "Priority class of the stream.", Out: value.Sint, Uses: sample.Internal, Eval: prioClass},
		{Name: "prio_offset", Doc: "Priority offset of the stream.", Out: value.Sint, Uses: sample.Internal, Eval: prioOffset},
		{Name: "proc", Doc: "Number of the worker process, always 1.", Out: value.Sint, Uses: sample.Constant, Eval: one},
		{Name: "quic_enabled", Doc: "Whether QUIC is built in and listened for: no.", Out: value.Bool, Uses: sample.Constant, Eval: quicEnabled},
		{Name: "rand", Doc: "Random integer below a limit.", Args: "[integer]", Out: value.Sint, Uses: sample.Constant, Eval: random},
		{Name: "spoe.engine-id", Doc: "Identifier that an agent is told, on a connection to it.", Out: value.Str, Uses: sample.Internal, Eval: engineID},
		{Name: "stopping", Doc: "Whether the process is stopping.", Out: value.Bool, Uses: sample.Internal, Eval: stopping},
		{Name: "term_events", Doc: "Events that ended the parts of the stream: none are recorded, which \"-\" says.", Out: value.Str, Uses: sample.Internal, Eval: noEvents},
		{Name: "tgroup", Doc: "Number of the thread group, from 0.", Out: value.Sint, Uses: sample.Constant, Eval: zero},
		{Name: "thread", Doc: "Number of the thread, from 0.", Out: value.Sint, Uses: sample.Constant, Eval: thread},
		{Name: "txn.id32", Doc: "Number of the stream in 32 bits.", Out: value.Sint, Uses: sample.Internal, Eval: id32},
		{Name: "txn.sess_term_state", Doc: "Termination state as the log shows it.", Out: value.Str, Uses: sample.Internal, Eval: termState},
		{Name: "uptime", Doc: "Seconds since the process started.", Out: value.Sint, Uses: sample.Constant, Eval: uptime},
		{Name: "uuid", Doc: "Fresh UUID of version 4 or 7.", Args: "[integer]", Out: value.Str, Uses: sample.Constant, Eval: uuid, Check: checkUUID},
		{Name: "wait_end", Doc: "True once no more input is waited for.", Out: value.Bool, Uses: sample.Internal, Eval: waitEnd},
	}
}

// process returns the process of the stream, nil where there is none.
func process(s *proxy.Stream) *proxy.Process {
	if s.Snap == nil {
		return nil
	}
	return s.Snap.Proc
}

func one(_ *proxy.Stream, _ sample.Args, v *value.Value) bool {
	v.SetInt(1)
	return true
}

func zero(_ *proxy.Stream, _ sample.Args, v *value.Value) bool {
	v.SetInt(0)
	return true
}

// bindACL looks up the named ACLs; each name may begin with an exclamation mark.
func bindACL(a sample.Args, e *sample.Env) (sample.Func, error) {
	if e.Condition == nil {
		return nil, errors.New("ACLs are not available here")
	}
	var names []string
	for i := range a {
		names = append(names, string(a[i].Str))
	}
	cond, err := e.Condition(names)
	if err != nil {
		return nil, err
	}
	return func(s *proxy.Stream, _ sample.Args, v *value.Value) bool {
		v.SetBool(cond.Match(s))
		if s.Undecided {
			s.Undecided = false
			v.Flags |= value.MayChange
			return false
		}
		return true
	}, nil
}

func actConn(s *proxy.Stream, _ sample.Args, v *value.Value) bool {
	p := process(s)
	if p == nil {
		return false
	}
	v.SetInt(int64(p.Conns.Load()))
	return true
}

func date(s *proxy.Stream, a sample.Args, v *value.Value) bool {
	unit := int64(1e9)
	if a.Has(1) {
		unit = a[1].Int
	}
	v.SetInt(s.Wall()/unit + a.Int(0))
	return true
}

func dateUs(s *proxy.Stream, _ sample.Args, v *value.Value) bool {
	v.SetInt(s.Wall() / 1e3 % 1e6)
	return true
}

func bindEnv(a sample.Args, e *sample.Env) (sample.Func, error) {
	look := e.Getenv
	if look == nil {
		look = os.LookupEnv
	}
	text, ok := look(string(a[0].Str))
	content := []byte(text)
	return func(_ *proxy.Stream, _ sample.Args, v *value.Value) bool {
		v.SetStr(content)
		return ok
	}, nil
}

func bindHostname(_ sample.Args, _ *sample.Env) (sample.Func, error) {
	host, err := os.Hostname()
	name := []byte(host)
	return func(_ *proxy.Stream, _ sample.Args, v *value.Value) bool {
		v.SetStr(name)
		return err == nil
	}, nil
}

func isHTTP(s *proxy.Stream, _ sample.Args, v *value.Value) bool {
	v.SetBool(s.Mode == proxy.ModeHTTP)
	return true
}

func lastRuleFile(s *proxy.Stream, _ sample.Args, v *value.Value) bool {
	if s.Log.LastRule == nil {
		return false
	}
	v.Type, v.Bytes = value.Str, s.Arena.CopyString(s.Log.LastRule.Pos.File)
	return true
}

func lastRuleLine(s *proxy.Stream, _ sample.Args, v *value.Value) bool {
	if s.Log.LastRule == nil {
		return false
	}
	v.SetInt(int64(s.Log.LastRule.Pos.Line))
	return true
}

func pid(s *proxy.Stream, _ sample.Args, v *value.Value) bool {
	v.SetInt(int64(os.Getpid()))
	return true
}

func prioClass(s *proxy.Stream, _ sample.Args, v *value.Value) bool {
	v.SetInt(int64(s.LB.Priority))
	return true
}

func prioOffset(s *proxy.Stream, _ sample.Args, v *value.Value) bool {
	v.SetInt(int64(s.LB.Offset))
	return true
}

func random(_ *proxy.Stream, a sample.Args, v *value.Value) bool {
	n := uint64(mathrand.Uint32())
	if len(a) > 0 {
		n = n * uint64(max(a[0].Int, 0)) >> 32
	}
	v.SetInt(int64(n))
	return true
}

// quicEnabled answers for a program without QUIC (configuration.txt 7.3.2, quic_enabled).
func quicEnabled(_ *proxy.Stream, _ sample.Args, v *value.Value) bool {
	v.SetBool(false)
	return true
}

// engineID is known where the stream is a connection to an agent (SPOE.txt 3.2.4).
func engineID(s *proxy.Stream, _ sample.Args, v *value.Value) bool {
	if s.Sess == nil || s.Sess.Extra == nil || s.Sess.Extra.EngineID == "" {
		return false
	}
	return setName(s, s.Sess.Extra.EngineID, v)
}

func stopping(s *proxy.Stream, _ sample.Args, v *value.Value) bool {
	p := process(s)
	v.SetBool(p != nil && p.Stopping.Load())
	return true
}

// noEvents is the word for a program that records no events (configuration.txt 7.3.2, term_events); txn.sess_term_state
// and fc_err tell of an end.
func noEvents(s *proxy.Stream, _ sample.Args, v *value.Value) bool {
	v.Type, v.Bytes = value.Str, s.Arena.CopyString("-")
	return true
}

func thread(s *proxy.Stream, _ sample.Args, v *value.Value) bool {
	v.SetInt(int64(s.LoopID()))
	return true
}

func id32(s *proxy.Stream, _ sample.Args, v *value.Value) bool {
	v.SetInt(int64(uint32(s.ID)))
	return true
}

func termState(s *proxy.Stream, _ sample.Args, v *value.Value) bool {
	v.Type, v.Bytes = value.Str, s.Arena.Keep(s.Term.Append(s.Arena.Tail(4), false))
	return true
}

func uptime(s *proxy.Stream, _ sample.Args, v *value.Value) bool {
	p := process(s)
	if p == nil {
		return false
	}
	v.SetInt((s.Wall() - p.Started) / 1e9)
	return true
}

func checkUUID(a sample.Args, _ *sample.Env) error {
	if len(a) > 0 && a[0].Int != 4 && a[0].Int != 7 {
		return fmt.Errorf("Unsupported UUID version: '%d'", a[0].Int)
	}
	return nil
}

func uuid(s *proxy.Stream, a sample.Args, v *value.Value) bool {
	var b [16]byte
	rand.Read(b[:])
	version := byte(4)
	if a.Int(0) == 7 {
		version = 7
		var ms [8]byte
		binary.BigEndian.PutUint64(ms[:], uint64(s.Wall()/1e6))
		copy(b[:6], ms[2:])
	}
	b[6] = b[6]&0x0f | version<<4
	b[8] = b[8]&0x3f | 0x80
	out := s.Arena.Alloc(36)[:0]
	for i, c := range b {
		if i == 4 || i == 6 || i == 8 || i == 10 {
			out = append(out, '-')
		}
		out = append(out, lowerHex[c>>4], lowerHex[c&15])
	}
	v.Type, v.Bytes = value.Str, out
	return true
}

const lowerHex = "0123456789abcdef"

func waitEnd(s *proxy.Stream, _ sample.Args, v *value.Value) bool {
	if s.MayWait {
		v.Flags |= value.MayChange
		return false
	}
	v.SetBool(true)
	return true
}
