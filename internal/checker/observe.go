package checker

import (
	"sluice/internal/check"
	"sluice/internal/proxy"
)

// observed acts on too many errors that the traffic showed in a row (configuration.txt 5.2, on-error).
func (w *watch) observed(text string) {
	if w.paused() {
		return
	}
	check.Observed(w.srv, text, w.home.moment())
	if fast := w.srv.Check.FastInter; w.srv.Check.OnError == proxy.OnErrorFastInter || fast > 0 {
		w.hurry(check.Interval(w.srv, w.kind))
	}
}
