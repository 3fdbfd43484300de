package stream

// CloseIdle closes the clients that are between requests, when the process is about to stop. On the home's loop.
func (h *Home) CloseIdle() {
	for x := h.sessions.next; x != &h.sessions; {
		after := x.next
		if x.work == nil && x.relay == nil && x.Requests > 0 {
			x.Conn.SetIdle(nil)
			x.close()
		}
		x = after
	}
}
