package check

import (
	"fmt"

	"sluice/internal/proxy"
)

// Rules are the lines of one rule set, tcp-check or http-check, while they are read. A section that says anything of its own
// begins an empty one; else it has that of its defaults.
type Rules struct {
	kind  string
	steps []written
	// first is the first request that is sent: the one that `option httpchk` makes, until a line says more. Where own is
	// set the line stands among the steps.
	first *httpSend
	own   bool

	disable404, sendState bool
}

// NewRules returns an empty rule set.
func NewRules(kind string) *Rules { return &Rules{kind: kind} }

// Clone returns a rule set that begins with what r has. Settings of a section go on top of what it inherits.
func (r *Rules) Clone() *Rules {
	c := *r
	c.steps = append([]written(nil), r.steps...)
	return &c
}

// Begin returns an empty rule set with the settings of r.
func (r *Rules) Begin() *Rules {
	return &Rules{kind: r.kind, disable404: r.disable404, sendState: r.sendState}
}

// Empty reports whether the set has no steps.
func (r *Rules) Empty() bool { return r == nil || len(r.steps) == 0 }

// setRequest takes the request of an `option httpchk`, with what the lines before it said beneath.
func (r *Rules) setRequest(h *httpSend) {
	if !r.own {
		r.first = h
		return
	}
	n := r.first.noted
	*r.first = *h.over(r.first)
	r.first.noted = n
}

// add adds a step behind the others. The error is a sentence without its end.
func (r *Rules) add(s written) error {
	n := s.note()
	n.number = 1
	last := written(nil)
	for i := len(r.steps) - 1; i >= 0; i-- {
		if !idle(r.steps[i]) {
			last = r.steps[i]
			break
		}
	}
	if k := len(r.steps); k > 0 {
		n.number = r.steps[k-1].note().number + 1
		if c, ok := r.steps[k-1].(*remark); ok && n.comment == "" && !idle(s) {
			n.comment = c.comment
		}
	}
	if err := r.fits(s, last); err != nil {
		return err
	}
	if h, ok := s.(*httpSend); ok && !r.own {
		if r.first != nil {
			note := h.noted
			*h = *h.over(r.first)
			h.noted = note
		}
		r.first, r.own = h, true
		h.number = 1
	}
	r.steps = append(r.steps, s)
	return nil
}

// idle reports whether a step neither connects nor talks.
func idle(s written) bool {
	switch s.(type) {
	case *remark, *setVar, *unsetVar:
		return true
	}
	return false
}

// fits refuses what cannot stand behind the last step that is not idle, nil for none.
func (r *Rules) fits(s, last written) error {
	missing := func(kind, what string) error {
		return fmt.Errorf("unable to add http-check %s rule at step %d (missing %s rule).", kind, s.note().number, what)
	}
	switch s.(type) {
	case *connect:
		for _, before := range r.steps {
			if idle(before) {
				continue
			}
			if _, ok := before.(*connect); !ok {
				return fmt.Errorf("first step MUST also be a 'connect', optionally preceded by a 'set-var', an 'unset-var' or a 'comment', when there is a 'connect' step in the tcp-check ruleset")
			}
			break
		}
		if _, ok := last.(*httpExpect); r.kind == HTTPCheck && last != nil && !ok {
			return missing("connect", "expect")
		}
	case *httpSend:
		if _, ok := last.(*connect); last != nil && !ok {
			return missing("send", "connect")
		}
	case *httpExpect:
		if _, ok := last.(*connect); ok {
			return missing("expect", "send")
		}
	}
	return nil
}

// Health returns the check that the rules make.
func (r *Rules) Health() *proxy.HealthCheck {
	h := &proxy.HealthCheck{Kind: r.kind, Written: len(r.steps) > 0, Disable404: r.disable404, SendState: r.sendState}
	steps := r.steps
	if r.first != nil && !r.own {
		steps = r.withRequest()
	}
	begun, asked := false, false
	for _, s := range steps {
		c, ok := s.(*connect)
		if !begun && !idle(s) {
			begun = true
			if !ok {
				first := implied()
				first.how.Host = hostOf(s)
				h.Steps = append(h.Steps, first)
			}
		}
		h.Secure = h.Secure || ok && c.how.SSL
		if r, ok := s.(*httpSend); ok {
			asked = true
			r.settle()
		}
		if _, ok := s.(*httpExpect); ok {
			asked = false
		}
		h.Steps = append(h.Steps, s)
	}
	if !begun {
		h.Steps = append(h.Steps, implied())
	}
	if asked {
		h.Steps = append(h.Steps, &httpExpect{expect{noted: noted{number: lastNumber(steps) + 1}, match: good, minRecv: -1,
			ok: proxy.OutcomeL7OK, late: proxy.OutcomeL7Tout}})
	}
	quiet(h.Steps)
	return h
}

// hostOf returns the Host field of a request.
func hostOf(s written) proxy.Format {
	h, ok := s.(*httpSend)
	if !ok {
		return nil
	}
	for _, f := range h.fields {
		if f.name == "host" {
			return f.value
		}
	}
	return nil
}

// quiet finds the connections behind which the check sends something, or ends.
func quiet(steps []proxy.CheckStep) {
	var next proxy.CheckStep
	for i := len(steps) - 1; i >= 0; i-- {
		s, ok := steps[i].(written)
		if ok && idle(s) {
			continue
		}
		if c, ok := s.(*connect); ok {
			switch next.(type) {
			case nil, *send, *httpSend, *connect:
				c.how.Quiet = true
			}
		}
		next = s
	}
}

// withRequest puts the request of the option before the first step that looks at its response.
func (r *Rules) withRequest() []written {
	at := len(r.steps)
	for i, s := range r.steps {
		if _, ok := s.(*httpExpect); ok {
			at = i
			break
		}
	}
	request := *r.first
	request.number = 1
	out := append([]written(nil), r.steps[:at]...)
	out = append(out, &request)
	return append(out, r.steps[at:]...)
}

// Connects reports whether the rules of a check say when it connects.
func Connects(h *proxy.HealthCheck) bool {
	for _, s := range h.Steps {
		if c, ok := s.(*connect); ok && c.number > 0 {
			return true
		}
	}
	return false
}

// Placed reports whether a check's first connection says itself where it goes, so that its server needs no port.
func Placed(h *proxy.HealthCheck) bool {
	if h == nil || h.Kind != TCPCheck {
		return false
	}
	for _, s := range h.Steps {
		if c, ok := s.(*connect); ok {
			return c.placed()
		}
	}
	return false
}

func lastNumber(steps []written) int {
	if len(steps) == 0 {
		return 0
	}
	return steps[len(steps)-1].note().number
}
