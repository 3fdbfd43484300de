package spoe

import (
	"testing"

	"sluice/internal/loop"
	"sluice/internal/proxy"
	"sluice/internal/wire/spop"
)

// canned answers each list of messages alike.
type canned struct {
	answer []byte
	status proxy.OffloadStatus
	got    int
	last   []byte
}

func (c *canned) Offload(_ *proxy.Stream, o *proxy.Offload) ([]byte, proxy.OffloadStatus) {
	c.got++
	c.last = append(c.last[:0], o.Payload...)
	return c.answer, c.status
}

// onLoop runs fn in a task, with a stream whose agent is c.
func onLoop(t *testing.T, c *canned, fn func(s *proxy.Stream)) {
	t.Helper()
	g, err := loop.New(loop.Options{Loops: 1})
	if err != nil {
		t.Fatal(err)
	}
	g.Start()
	done := make(chan struct{})
	g.Loops()[0].PostSpawn(loop.RunFunc(func(task *loop.Task) {
		defer close(done)
		s := new(proxy.Stream)
		s.Reset()
		s.Task, s.Offloader, s.Sess, s.Front = task, c, &proxy.Session{}, &proxy.Proxy{Name: "f"}
		fn(s)
	}))
	<-done
	g.Stop()
	g.Wait()
}

// engine is a filter with one message without arguments for each of two events.
func engine(names *proxy.Names) *Filter {
	a := &Agent{Prefix: "p", Processing: 1e9}
	a.Name, a.MaxFrameSize = "agent", 16380
	for into, text := range map[**proxy.VarRef]string{&a.OnError: "txn.p.err", &a.TotalTime: "txn.p.total"} {
		ref, err := names.ParseVar(text)
		if err != nil {
			panic(err)
		}
		*into = &ref
	}
	f := &Filter{ID: "e", Agent: a, Groups: []*Group{{Name: "g", Messages: []*Message{{Name: "of-group"}}}}}
	f.Events[proxy.StepClientSession] = []*Message{{Name: "begin"}}
	f.Events[proxy.StepHTTPResponse] = []*Message{{Name: "end"}}
	names.Intern("p.known")
	a.Learn(names)
	return f
}

func set(scope byte, name string, v byte) []byte {
	return append(spop.AppendString([]byte{byte(spop.SetVar), 3, scope}, name), 4, v)
}

func variable(s *proxy.Stream, names *proxy.Names, text string) (int64, bool) {
	ref, err := names.ParseVar(text)
	if err != nil {
		panic(err)
	}
	v := s.Borrow()
	defer s.Return()
	ok := s.GetVar(ref, v)
	return v.Int, ok
}

func TestAnswersSetVariables(t *testing.T) {
	names := new(proxy.Names)
	f := engine(names)
	list := append(set(2, "known", 5), set(2, "unknown", 6)...)
	list = append(list, 9, 9, 9) // and something broken
	list = append(list, set(2, "known", 7)...)
	c := &canned{answer: list}
	onLoop(t, c, func(s *proxy.Stream) {
		f.Step(s, proxy.StepClientSession)
		f.Step(s, proxy.StepFrontHTTPRequest) // nothing is sent
		if c.got != 1 || string(c.last) != "\x05begin\x00" {
			t.Errorf("%d messages were sent, the last is %q", c.got, c.last)
		}
		if n, ok := variable(s, names, "txn.p.known"); !ok || n != 5 {
			t.Errorf("the variable is %d, %v", n, ok)
		}
		if _, ok := variable(s, names, "txn.p.unknown"); ok {
			t.Error("a variable that the configuration does not name is set")
		}
		if _, ok := variable(s, names, "txn.p.err"); ok {
			t.Error("an error is told")
		}
		f.Agent.ForceSetVar = true
		f.Step(s, proxy.StepClientSession)
		if n, ok := variable(s, names, "txn.p.unknown"); !ok || n != 6 {
			t.Errorf("a forced variable is %d, %v", n, ok)
		}
	})
}

func TestErrorsEndTheOffering(t *testing.T) {
	for _, goOn := range []bool{false, true} {
		names := new(proxy.Names)
		f := engine(names)
		f.Agent.ContinueOnError = goOn
		c := &canned{status: proxy.OffloadTimeout}
		onLoop(t, c, func(s *proxy.Stream) {
			f.Step(s, proxy.StepClientSession)
			if n, ok := variable(s, names, "txn.p.err"); !ok || n != 1 {
				t.Errorf("the error is %d, %v", n, ok)
			}
			if v := f.Send("g").Run(s); v != proxy.Continue {
				t.Errorf("the action's verdict is %v", v)
			}
			if want := map[bool]int{false: 1, true: 2}[goOn]; c.got != want {
				t.Errorf("continue-on-error %v: %d messages were sent", goOn, c.got)
			}
		})
		if f.Send("nobody") != nil {
			t.Error("a group that is not there has an action")
		}
	}
}

func TestMessagesAllocateNothing(t *testing.T) {
	names := new(proxy.Names)
	f := engine(names)
	c := &canned{answer: set(2, "known", 5)}
	onLoop(t, c, func(s *proxy.Stream) {
		f.Step(s, proxy.StepClientSession)
		if n := testing.AllocsPerRun(100, func() { f.Step(s, proxy.StepClientSession) }); n > 0 {
			t.Errorf("%v allocations for a message", n)
		}
	})
}
