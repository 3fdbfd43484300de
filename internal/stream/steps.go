package stream

import "sluice/internal/proxy"

// acts lets the filters of frontend and backend act at a step of the stream (SPOE.txt 3.3).
func (w *worker) acts(at proxy.Step) {
	s := w.s
	if s.Front.Rules.Filters.Steps == nil && (s.Back == nil || s.Back.Rules.Filters.Steps == nil) {
		return
	}
	for _, f := range s.Front.Rules.Filters.Steps {
		f.Step(s, at)
	}
	if s.Back == nil || s.Back == s.Front {
		return
	}
	for _, f := range s.Back.Rules.Filters.Steps {
		f.Step(s, at)
	}
}
