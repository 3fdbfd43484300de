package spoe

import (
	"sluice/internal/proxy"
	"sluice/internal/value"
	"sluice/internal/wire/spop"
)

// Keyword is the name of the filter in configuration files.
const Keyword = "spoe"

// Filter is a `filter spoe` line with its engine.
type Filter struct {
	ID     string // name of the engine
	Agent  *Agent
	Events [proxy.NSteps][]*Message
	Groups []*Group
}

// Name implements proxy.Filter.
func (f *Filter) Name() string { return Keyword }

// Engine implements proxy.Grouper.
func (f *Filter) Engine() string { return f.ID }

// Request implements proxy.Filter: the filter leaves messages as they are.
func (f *Filter) Request(*proxy.Stream) proxy.Transform { return nil }

// Received implements proxy.Filter.
func (f *Filter) Received(*proxy.Stream) {}

// Response implements proxy.Filter.
func (f *Filter) Response(*proxy.Stream) proxy.Transform { return nil }

// Step implements proxy.Stepper: it sends the messages of the event.
func (f *Filter) Step(s *proxy.Stream, at proxy.Step) {
	if msgs := f.Events[at]; len(msgs) > 0 {
		f.send(s, msgs, "EVENT", at.String())
	}
}

// Send implements proxy.Grouper.
func (f *Filter) Send(group string) proxy.Action {
	for _, g := range f.Groups {
		if g.Name == group {
			return &sendGroup{f, g}
		}
	}
	return nil
}

// sendGroup is the action send-spoe-group of one group.
type sendGroup struct {
	f *Filter
	g *Group
}

// Run sends the group.
func (a *sendGroup) Run(s *proxy.Stream) proxy.Verdict {
	a.f.send(s, a.g.Messages, "GROUP", a.g.Name)
	return proxy.Continue
}

// send has the agent process those messages whose conditions hold, and does what it answers.
func (f *Filter) send(s *proxy.Stream, msgs []*Message, kind, name string) {
	st := s.Offloading(f)
	if st.Off || s.Offloader == nil || s.Task == nil {
		return
	}
	a, l := f.Agent, s.Task.Loop()
	began := l.Now()
	payload, status := a.encode(s, msgs)
	if len(payload) == 0 && status == proxy.OffloadOK {
		return
	}
	if status == proxy.OffloadOK {
		st.Frames++
		st.Out = proxy.Offload{Backend: a.Backend, Agent: &a.Agent, FrameID: st.Frames, Payload: payload, Processing: a.Processing}
		var answer []byte
		if answer, status = s.Offloader.Offload(s, &st.Out); status == proxy.OffloadOK {
			a.obey(s, answer)
		}
	}
	took := l.Now() - began
	st.Total += took
	a.setTimes(s, took, st.Total)
	a.processed.Add(1)
	if status != proxy.OffloadOK {
		a.failed.Add(1)
		a.setError(s, status)
		st.Off = !a.ContinueOnError
	}
	a.log(s, kind, name, status, took)
	if s.Trace != nil {
		s.Trace.Note("spoe "+a.Name, kind+" "+name)
	}
}

// encode puts the messages whose conditions hold into a list. Nothing of it outlives the stream's next message.
func (a *Agent) encode(s *proxy.Stream, msgs []*Message) ([]byte, proxy.OffloadStatus) {
	b := s.Messages[:0]
	s.Messages = nil
	defer func() { s.Messages = b }()
	v := s.Borrow()
	defer s.Return()
	for _, m := range msgs {
		if m.Cond != nil && !m.Cond.Match(s) {
			continue
		}
		b = spop.AppendMessage(b, m.Name, len(m.Args))
		for i := range m.Args {
			arg := &m.Args[i]
			b = spop.AppendString(b, arg.Name)
			*v = value.Value{}
			if !arg.Expr.Eval(s, v) {
				*v = value.Value{}
			}
			b = spop.AppendValue(b, v)
			if len(b)+spop.MaxHead > int(a.MaxFrameSize) {
				b = b[:0]
				return nil, proxy.OffloadTooBig
			}
		}
	}
	return b, proxy.OffloadOK
}
