package spoe

import (
	"strconv"

	"sluice/internal/proxy"
)

// log tells the agent's loggers about one processing (SPOE.txt 4).
func (a *Agent) log(s *proxy.Stream, kind, name string, status proxy.OffloadStatus, took int64) {
	if len(a.Loggers) == 0 {
		return
	}
	level := proxy.LogNotice
	if status != proxy.OffloadOK {
		level = proxy.LogWarning
	} else if a.DontLogNormal {
		return
	}
	b := append(s.Messages[:0], "SPOE: ["...)
	b = append(append(b, a.Name...), "] <"...)
	b = append(append(append(b, kind...), ':'), name...)
	b = strconv.AppendUint(append(b, "> sid="...), s.ID, 10)
	b = strconv.AppendUint(append(b, " st="...), uint64(status), 10)
	b = strconv.AppendInt(append(b, ' '), took/1e6, 10)
	b = strconv.AppendUint(append(b, ' '), a.failed.Load(), 10)
	b = strconv.AppendUint(append(b, '/'), a.processed.Load(), 10)
	s.Messages = b
	l := s.Task.Loop()
	for _, g := range a.Loggers {
		if g.Sink != nil {
			g.Sink.Write(l.ID(), g, level, l.Wall(), s.Front.LogTag, nil, b)
		}
	}
}
