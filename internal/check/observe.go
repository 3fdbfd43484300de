package check

import (
	"fmt"

	"sluice/internal/balance"
	"sluice/internal/proxy"
)

// Observed acts on error-limit failures in a row that the traffic showed, as on-error says (configuration.txt 5.2).
func Observed(srv *proxy.Server, text string, now balance.Moment) {
	c, st := &srv.Check, &srv.State.Check
	health, rise := st.Health.Load(), int32(c.Rise)
	switch c.OnError {
	case proxy.OnErrorFastInter:
		return
	case proxy.OnErrorSuddenDeath:
		if health > rise {
			st.Health.Store(rise) // as if one more failure would do
		}
	case proxy.OnErrorMarkDown:
		st.Health.Store(rise)
	}
	srv.State.Observed.Fails.Add(1)
	Conclude(srv, Health, &proxy.CheckStatus{CheckResult: proxy.CheckResult{Outcome: proxy.OutcomeHana, Text: text}, Duration: -1}, now)
}

// Seen counts what a stream saw of a server, good or bad. From any loop.
func Seen(srv *proxy.Server, good bool, what string) {
	o := &srv.State.Observed
	if good {
		if o.InRow.Load() != 0 {
			o.InRow.Store(0)
		}
		return
	}
	n := o.InRow.Add(1)
	if int(n) < srv.Check.ErrorLimit || o.React == nil {
		return
	}
	o.InRow.Store(0)
	o.React(fmt.Sprintf("Detected %d consecutive errors, last one was: %s", n, what))
}
