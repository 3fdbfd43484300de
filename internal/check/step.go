package check

import (
	"strconv"

	"sluice/internal/proxy"
)

// noted is what messages say of a step: its number among those that are written down, and its comment.
type noted struct {
	number  int // 0: it is implied
	comment string
}

func (n *noted) note() *noted { return n }

// written is a step of a rule set.
type written interface {
	proxy.CheckStep
	note() *noted
	// describe says what the step is, in messages.
	describe() string
}

// Where says at which step of a tcp-check something happened; nothing for other checks, whose steps nobody counts.
func Where(x *proxy.CheckRun) string {
	s, ok := x.Step.(written)
	if x.Health.Kind != TCPCheck || !ok {
		return ""
	}
	n := s.note()
	if n.number == 0 {
		return " at initial connection step of tcp-check"
	}
	text := " at step " + strconv.Itoa(n.number) + " of tcp-check (" + s.describe() + ")"
	if n.comment != "" {
		text += " comment: '" + n.comment + "'"
	}
	return text
}

// The kinds of checks that are made of rules.
const (
	TCPCheck  = "tcp-check"
	HTTPCheck = "httpchk"
)

// Walk takes a check through its steps until one of them decides.
func Walk(x *proxy.CheckRun) {
	for _, step := range x.Health.Steps {
		x.Step = step
		if step.Run(x) == proxy.CheckEnd {
			return
		}
	}
	if x.Health.Kind == TCPCheck && x.Health.Written && x.Result.Text == "" {
		x.Result.Text = "(tcp-check)"
	}
}

// remark is a comment: it belongs to the step behind it, which knows it.
type remark struct{ noted }

// Run does nothing.
func (*remark) Run(*proxy.CheckRun) proxy.CheckVerdict { return proxy.CheckNext }

func (*remark) describe() string { return "comment" }
