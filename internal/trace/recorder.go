package trace

import "sluice/internal/proxy"

// Recorder is a proxy.Trace that makes a Record. It runs on one loop.
type Recorder struct {
	Limits Limits
	// Wanted looks at the stream once its head is there and says whether it is to be recorded; nil means that it is.
	Wanted func(s *proxy.Stream) bool
	// Done is given the record at the end of a stream whose head came.
	Done func(r *Record)
	// Sealed keeps out what follows the request's departure to the server.
	Sealed bool

	rec     Record
	set     string
	proxy   *proxy.Proxy
	terms   []Term   // of the rule at hand
	changes []Change // likewise
	used    int
	begun   bool // the head came
	sent    bool
}

var _ proxy.Trace = (*Recorder)(nil)

// Head takes note of the request.
func (r *Recorder) Head(s *proxy.Stream) bool {
	if r.Wanted != nil && !r.Wanted(s) {
		return false
	}
	r.begun = true
	r.note(s)
	q := &s.Req
	r.rec.Method, r.rec.Target, r.rec.Version = r.clip(q.Method), r.clip(q.Target), r.clip(q.VerBytes)
	for i := range q.Fields {
		if f := &q.Fields[i]; !f.Dead && r.room() {
			r.rec.Fields = append(r.rec.Fields, Field{r.clip(f.Name), r.clip(f.Value)})
		}
	}
	return true
}

// note takes what is known of a stream at any time.
func (r *Recorder) note(s *proxy.Stream) {
	r.rec.ID, r.rec.Mode, r.rec.Frontend = s.ID, s.Mode, s.Front
	if s.Sess != nil {
		r.rec.Bind, r.rec.Src, r.rec.Dst = s.Sess.Bind, s.Src(), s.Dst()
	}
}

// room reports whether the limits allow one thing more, and counts it.
func (r *Recorder) room() bool {
	if r.used >= r.Limits.Steps {
		r.rec.Cut = true
		return false
	}
	r.used++
	return true
}

// clip returns a copy of at most one value's length.
func (r *Recorder) clip(b []byte) string { return clip(b, r.Limits.Value) }

func clip(b []byte, most int) string {
	if len(b) > most {
		return string(b[:most]) + "..."
	}
	return string(b)
}

// add appends a step unless the record is sealed or full.
func (r *Recorder) add(st Step) {
	if r.Sealed && r.sent || !r.room() {
		return
	}
	r.rec.Steps = append(r.rec.Steps, st)
}

// flush makes a step of what no rule came for.
func (r *Recorder) flush() {
	if len(r.terms)+len(r.changes) > 0 {
		r.add(Step{Kind: KindChange, Set: r.set, Proxy: r.proxy, Terms: r.terms, Changes: r.changes})
		r.terms, r.changes = nil, nil
	}
}

// Section begins a rule set.
func (r *Recorder) Section(set string, p *proxy.Proxy) {
	r.flush()
	r.set, r.proxy = set, p
}

// Term keeps a test until its rule comes.
func (r *Recorder) Term(t proxy.TraceTerm) {
	if r.Sealed && r.sent || !r.room() {
		return
	}
	out := Term{ACL: t.ACL, Test: t.Test, Pos: t.Pos, Negated: t.Negated, Matched: t.Matched, Unknown: t.Unknown}
	if v := t.Value; v != nil {
		out.Type = v.Type.String()
		var b [64]byte
		out.Value = r.clip(v.Append(b[:0]))
	}
	r.terms = append(r.terms, out)
}

// Rule adds a rule with its tests and rewrites. One that waits for more input will come again.
func (r *Recorder) Rule(rule *proxy.Rule, matched bool, v proxy.Verdict) {
	terms, changes := r.terms, r.changes
	r.terms, r.changes = nil, nil
	if v == proxy.NeedInput {
		return
	}
	r.add(Step{Kind: KindRule, Set: r.set, Proxy: r.proxy, Pos: rule.Pos, Text: rule.Text, Matched: matched,
		Verdict: verdicts[v], Terms: terms, Changes: changes})
}

// Choice adds a line that has a condition and no action.
func (r *Recorder) Choice(pos proxy.Pos, text string, matched bool, chosen string) {
	terms := r.terms
	r.terms = nil
	r.flush()
	r.add(Step{Kind: KindChoice, Set: r.set, Proxy: r.proxy, Pos: pos, Text: text, Matched: matched, Chosen: chosen, Terms: terms})
}

// Rewrite keeps a change until its rule comes; an option has none.
func (r *Recorder) Rewrite(what string, before, after []byte) {
	if r.Sealed && r.sent || !r.room() {
		return
	}
	c := Change{What: what}
	for _, side := range [...]struct {
		from []byte
		to   **string
	}{{before, &c.Before}, {after, &c.After}} {
		if side.from != nil {
			text := r.clip(side.from)
			*side.to = &text
		}
	}
	r.changes = append(r.changes, c)
}

// Backend adds the choice of a backend.
func (r *Recorder) Backend(p *proxy.Proxy, pos proxy.Pos, why string) {
	r.flush()
	r.add(Step{Kind: KindBackend, Proxy: p, Pos: pos, Text: why})
}

// Balance adds the choice of a server.
func (r *Recorder) Balance(algorithm string, srv *proxy.Server, why string) {
	r.flush()
	r.add(Step{Kind: KindBalance, Proxy: srv.Proxy, Pos: srv.Pos, Server: srv, Chosen: algorithm, Text: why})
}

// Note adds anything else.
func (r *Recorder) Note(kind, text string) {
	r.add(Step{Kind: KindNote, Set: r.set, Proxy: r.proxy, Chosen: kind, Text: r.clip([]byte(text))})
}

// Sent adds the head that went to the server.
func (r *Recorder) Sent(srv *proxy.Server, head []byte) {
	r.flush()
	r.add(Step{Kind: KindSent, Proxy: srv.Proxy, Server: srv, Text: clip(head, r.Limits.Head)})
	r.sent = true
}

// Answer adds the head that went to the client, and the body that came with it.
func (r *Recorder) Answer(head, body []byte) {
	r.flush()
	r.add(Step{Kind: KindAnswer, Text: clip(head, r.Limits.Head), Body: []byte(clip(body, r.Limits.Head))})
}

// End closes the record and hands it over.
func (r *Recorder) End(s *proxy.Stream, state string) {
	r.flush()
	if !r.begun {
		if s.Log.Status <= 0 && len(r.rec.Steps) == 0 {
			return // a client that left without a word
		}
		r.note(s)
		r.rec.Unread = true
	}
	r.rec.Backend, r.rec.Server, r.rec.End = s.Back, s.Server, state
	if s.Log.Status > 0 {
		r.rec.Status = s.Log.Status
	}
	if r.Sealed && r.sent {
		r.rec.End, r.rec.Status = "", 0 // of an answer that nobody asked for
	}
	if r.Done != nil {
		r.Done(&r.rec)
	}
}
