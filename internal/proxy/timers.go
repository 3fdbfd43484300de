package proxy

import "time"

// The timers of configuration.txt 8.4 in milliseconds, -1 when the moment that ends them was not reached. Those that
// only exist for HTTP are -1 in a TCP stream.

func between(from, to int64) int64 {
	if from < 0 || to < 0 {
		return -1
	}
	return max(to-from, 0) / 1e6
}

// TimerTh is the time of the handshakes.
func (s *Stream) TimerTh() int64 { return s.Times.Handshake / 1e6 }

// TimerTi is the idle time before the request.
func (s *Stream) TimerTi() int64 {
	if s.Mode != ModeHTTP || s.Times.Idle < 0 {
		return -1
	}
	return s.Times.Idle / 1e6
}

// TimerTR is the time from the request's first byte to the end of its head.
func (s *Stream) TimerTR() int64 {
	if s.Mode != ModeHTTP || s.Times.Idle < 0 {
		return -1
	}
	return between(s.Times.Handshake+s.Times.Idle, s.Times.Request)
}

// TimerTq is Th + Ti + TR.
func (s *Stream) TimerTq() int64 {
	if s.Mode != ModeHTTP {
		return -1
	}
	return between(0, s.Times.Request)
}

// TimerTw is the time in queues.
func (s *Stream) TimerTw() int64 {
	from := s.Times.Request
	if from < 0 { // there is no request in TCP, and none that counts in a tarpit
		from = s.Times.Handshake + max(s.Times.Idle, 0)
	}
	return between(from, s.Times.Queue)
}

// TimerTc is the time to connect to the server.
func (s *Stream) TimerTc() int64 { return between(s.Times.Queue, s.Times.Connect) }

// TimerTr is the time from the connection to the end of the response's head.
func (s *Stream) TimerTr() int64 {
	if s.Mode != ModeHTTP {
		return -1
	}
	return between(s.Times.Connect, s.Times.Response)
}

// TimerTd is the time of the transfer of the response.
func (s *Stream) TimerTd() int64 {
	from := s.Times.Response
	if s.Mode != ModeHTTP {
		from = s.Times.Connect
	}
	if from < 0 {
		return -1
	}
	return between(from, s.until())
}

// TimerTa is the active time of the request, never negative.
func (s *Stream) TimerTa() int64 {
	return between(s.Times.Handshake+max(s.Times.Idle, 0), s.until())
}

// TimerTt is the time of the whole stream, never negative.
func (s *Stream) TimerTt() int64 { return between(0, s.until()) }

// TimerTu is the time of the whole stream without the idle time, never negative.
func (s *Stream) TimerTu() int64 { return between(max(s.Times.Idle, 0), s.until()) }

// until is the end of the stream, or this moment while it runs.
func (s *Stream) until() int64 {
	t := &s.Times
	if t.Close >= 0 {
		return t.Close
	}
	reached := max(t.Handshake+max(t.Idle, 0), t.Request, t.Queue, t.Connect, t.Response)
	if s.Task == nil {
		return reached
	}
	return max(s.Task.Loop().Now()-t.Start, reached)
}

// Wall returns the time of this turn of the stream's loop in nanoseconds since 1970, or the system's where there is no
// loop.
func (s *Stream) Wall() int64 {
	if s.Task != nil {
		return s.Task.Loop().Wall()
	}
	return time.Now().UnixNano()
}

// LoopID returns the number of the stream's loop, 0 where there is none.
func (s *Stream) LoopID() int {
	if s.Task != nil {
		return s.Task.Loop().ID()
	}
	return 0
}
