package proxy

// Listed is a line of a rule set as lists of rules show it.
type Listed struct {
	Set  string // "http-request", "use_backend"
	ID   uint32 // of its hit counter
	Pos  Pos
	Text string
}

// List returns all rules in the order in which a stream meets them: those of the way to the server, then those of the
// way back.
func (r *Rules) List() []Listed {
	var out []Listed
	add := func(set string, rules []*Rule) {
		for _, one := range rules {
			out = append(out, Listed{set, one.ID, one.Pos, one.Text})
		}
	}
	add("quic-initial", r.QUICInitial)
	add("tcp-request connection", r.TCPConnection)
	add("tcp-request session", r.TCPSession)
	add("tcp-request content", r.TCPContent)
	add("http-request", r.HTTPRequest)
	add("req", r.OldRequest)
	add("redirect", r.Redirect)
	for _, one := range r.Switching {
		out = append(out, Listed{"use_backend", one.ID, one.Pos, one.Text})
	}
	for _, one := range r.Persist {
		out = append(out, Listed{"persistence", one.ID, one.Pos, one.Text})
	}
	for _, one := range r.UseServer {
		out = append(out, Listed{"use-server", one.ID, one.Pos, one.Text})
	}
	for _, one := range r.Stick {
		out = append(out, Listed{"stick", one.ID, one.Pos, one.Text})
	}
	add("tcp-response content", r.TCPResponse)
	add("http-response", r.HTTPResponse)
	add("rsp", r.OldResponse)
	add("http-error", r.HTTPError)
	add("http-after-response", r.HTTPAfterResponse)
	return out
}
