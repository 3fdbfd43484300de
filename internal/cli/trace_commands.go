package cli

import (
	"errors"
	"fmt"
	"net/netip"
	"strconv"
	"strings"
	"time"

	"sluice/internal/pattern"
	"sluice/internal/proxy"
	"sluice/internal/sample"
	"sluice/internal/trace"
)

// mostTraced is how many requests one command shows at most.
const mostTraced = 1000

// traceOrder is what `trace requests` was asked for.
type traceOrder struct {
	filter trace.Filter
	count  int
	json   bool
}

// traceRequests prints the next requests that pass a filter, each when it has ended.
func traceRequests(s *Session, args []string) {
	if s.anon != 0 {
		s.Fail("Requests cannot be shown while names and addresses are hidden (set anon off).")
		return
	}
	o, err := s.traceOrder(args)
	if err != nil {
		s.Fail(err.Error())
		return
	}
	hub := &s.srv.hub
	tap := hub.Open(o.filter, o.count)
	defer hub.Close(tap)
	for shown := 0; ; {
		for more := true; more && shown < o.count; {
			select {
			case rec := <-tap.Records:
				s.printRecord(rec, o.json)
				shown++
			default:
				more = false
			}
		}
		if n := int(tap.Dropped.Load()); shown+n >= o.count {
			if n > 0 {
				s.Printf("# %d requests found no room here and are left out\n", n)
			}
			return
		}
		if s.stopped(lookEvery) {
			return
		}
	}
}

func (s *Session) printRecord(rec *trace.Record, asJSON bool) {
	if !asJSON {
		s.Printf("# request %d\n", rec.ID)
		s.out.Write(rec.AppendText(nil, trace.Style{Tight: true}))
		return
	}
	line, err := rec.AppendJSON(nil)
	if err == nil {
		s.out.Write(append(line, '\n'))
	}
}

// stopped waits for d and reports whether the command is to end: something was typed, or the other side is gone. One that
// only says no more, as a pipe does, is served for the session's timeout.
func (s *Session) stopped(d time.Duration) bool {
	if s.silentFrom.IsZero() {
		gone, input := s.pause(d)
		if input {
			s.in.Discard(s.in.Buffered())
		}
		if gone {
			s.silentFrom = time.Now()
		}
		return input
	}
	time.Sleep(d)
	return s.out.Flush() != nil || time.Since(s.silentFrom) > s.timeout
}

// traceOrder reads the words of the command.
func (s *Session) traceOrder(args []string) (*traceOrder, error) {
	o := &traceOrder{count: 1}
	f := &o.filter
	for len(args) > 0 {
		word := args[0]
		switch word {
		case "json":
			o.json, args = true, args[1:]
			continue
		case "if", "unless":
			cond, err := s.condition(args[1:], word == "unless")
			f.Cond = cond
			return o, err
		}
		if len(args) == 1 {
			return nil, fmt.Errorf("'%s' is not known here, or a word behind it is missing.", printable(word))
		}
		text := args[1]
		args = args[2:]
		var err error
		switch word {
		case "count":
			o.count, err = strconv.Atoi(text)
			if err != nil || o.count < 1 || o.count > mostTraced {
				err = fmt.Errorf("'count' expects a number from 1 to %d, not '%s'.", mostTraced, printable(text))
			}
		case "frontend":
			if f.Frontend = text; s.srv.snapshot().Front(text) == nil {
				err = errors.New("No such frontend.")
			}
		case "backend":
			if f.Backend = text; s.srv.snapshot().Back(text) == nil {
				err = errors.New("No such backend.")
			}
		case "path":
			f.Path = []byte(text)
		case "src":
			f.Src, err = network(text)
		case "hdr":
			f.Header = []byte(strings.ToLower(text))
			if len(args) > 0 && !filterWord(args[0]) {
				f.Text, args = []byte(args[0]), args[1:]
			}
		default:
			err = fmt.Errorf("'%s' is not known here: 'count', 'frontend', 'backend', 'path', 'src', 'hdr', 'json', 'if' and 'unless' are.", printable(word))
		}
		if err != nil {
			return nil, err
		}
	}
	return o, nil
}

// filterWord reports whether a word begins another part of the command.
func filterWord(word string) bool {
	switch word {
	case "count", "frontend", "backend", "path", "src", "hdr", "json", "if", "unless":
		return true
	}
	return false
}

// network reads an address with or without the length of its prefix.
func network(text string) (netip.Prefix, error) {
	if a, err := netip.ParseAddr(text); err == nil {
		return netip.PrefixFrom(a, a.BitLen()), nil
	}
	p, err := netip.ParsePrefix(text)
	if err != nil {
		return p, fmt.Errorf("'src' expects an address or a network, not '%s'.", printable(text))
	}
	return p, nil
}

// condition compiles the words behind 'if' or 'unless'. Named ACLs belong to their sections: only anonymous ones, and
// those that need no declaration, are known here; files are not read.
func (s *Session) condition(words []string, unless bool) (proxy.Cond, error) {
	if s.srv.Samples == nil || len(words) == 0 {
		return nil, errors.New("A condition is missing.")
	}
	var pending sample.Pending
	env := &sample.Env{Reg: s.srv.Samples, Names: s.srv.Proc.VarNames, Pending: &pending, Pos: proxy.Pos{File: "cli", Line: 1},
		Where: sample.FrontHTTPReq | sample.FrontTCPReq, What: "condition"}
	cond, err := pattern.NewScope(pattern.NewLists()).ParseCond(words, unless, env)
	if err != nil {
		return nil, fmt.Errorf("The condition is wrong: %v.", err)
	}
	if wrong := pending.Resolve(s.srv.snapshot()); len(wrong) > 0 {
		return nil, fmt.Errorf("The condition is wrong: %v.", wrong[0])
	}
	return cond, nil
}
