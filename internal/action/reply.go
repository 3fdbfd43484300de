package action

import (
	"errors"
	"fmt"
	"slices"
	"strconv"

	"sluice/internal/msg"
	"sluice/internal/proxy"
	"sluice/internal/rule"
	"sluice/internal/sample"
)

// replyRows are the actions that answer the client themselves.
func replyRows() []rule.Action {
	both := rule.HTTPRequest | rule.HTTPResponse
	return []rule.Action{
		{Name: "auth", Doc: "Asks the client for a name and a password.", Sets: rule.HTTPRequest, Final: true, Parse: parseAuth},
		{Name: "deny", Doc: "Refuses the message with an error page or an answer of its own.", Sets: both, Final: true, Parse: parseDeny},
		{Name: "early-hint", Doc: "Puts a field into an interim response before the answer.", Sets: rule.HTTPRequest, Parse: parseEarlyHint},
		{Name: "redirect", Doc: "Sends the client elsewhere.", Sets: both, Final: true, Parse: parseRedirect},
		{Name: "return", Doc: "Answers the client at once.", Sets: both, Final: true, Parse: parseReturn},
		{Name: "silent-drop", Doc: "Makes the client's connection disappear without telling the client.", Sets: both | rule.TCPRequest | rule.TCPResponse, Parse: parseSilentDrop},
		{Name: "status", Doc: "The answer of an http-error line.", Sets: rule.HTTPError, Parse: parseHTTPError},
		{Name: "tarpit", Doc: "Refuses the request after letting the client wait.", Sets: rule.HTTPRequest, Final: true, Parse: parseTarpit},
	}
}

// answer is return.
type answer struct{ reply *proxy.StaticReply }

// Run prepares the answer.
func (a *answer) Run(s *proxy.Stream) proxy.Verdict {
	s.Answer = proxy.Answer{Static: a.reply, Status: a.reply.Status}
	return proxy.Reply
}

// Static implements proxy.ErrorAnswer.
func (a *answer) Static() *proxy.StaticReply { return a.reply }

func parseHTTPError(p *rule.Parser) (proxy.Action, error) {
	p.Back()
	r := reply{p: p}
	if err := r.parse(); err != nil {
		return nil, p.Fail("http-error : %s", err.Error())
	}
	if word, more := p.Next(); more {
		return nil, p.Fail("http-error : unknown keyword '%s'.", word)
	}
	return &answer{r.out}, nil
}

func parseReturn(p *rule.Parser) (proxy.Action, error) {
	r := reply{p: p, status: 200}
	if err := r.parse(); err != nil {
		return nil, err
	}
	return &answer{r.out}, nil
}

// deny is deny and tarpit.
type deny struct{ state proxy.DenyState }

// Run says how the message is refused.
func (a *deny) Run(s *proxy.Stream) proxy.Verdict {
	s.Deny = a.state
	return proxy.Deny
}

func parseDeny(p *rule.Parser) (proxy.Action, error) {
	if p.Set == rule.HTTPResponse {
		return parseRefusal(p, 502, false)
	}
	return parseRefusal(p, 403, false)
}

func parseTarpit(p *rule.Parser) (proxy.Action, error) { return parseRefusal(p, 500, true) }

// parseRefusal reads the arguments of deny and tarpit. Without any, or with deny_status alone, the error page is meant.
func parseRefusal(p *rule.Parser, status int, tarpit bool) (proxy.Action, error) {
	r := reply{p: p, status: status, refusal: true}
	if err := r.parse(); err != nil {
		return nil, err
	}
	a := &deny{proxy.DenyState{Status: r.out.Status, Tarpit: tarpit, Reply: r.out}}
	if r.out.Page {
		a.state.Reply = nil
	}
	return a, nil
}

// reply is the work on the arguments of an answer (configuration.txt 4.4, return).
type reply struct {
	p       *rule.Parser
	status  int
	refusal bool
	legacy  bool   // nothing but deny_status was given
	kind    string // what the body comes from
	ctype   string
	format  string // of the body, compiled when it is known what it is
	out     *proxy.StaticReply
}

// pageStatuses are those with an error page.
var pageStatuses = [...]int{200, 400, 401, 403, 404, 405, 407, 408, 410, 413, 414, 421, 422, 425, 429, 431, 500, 501, 502, 503, 504}

func (r *reply) parse() error {
	r.out = &proxy.StaticReply{}
	r.legacy = r.refusal
	for r.p.More() {
		more, err := r.word(r.p.Peek())
		if err != nil {
			return err
		}
		if !more {
			break
		}
	}
	return r.finish()
}

// word reads one argument; more is false when the word at hand is none.
func (r *reply) word(name string) (more bool, err error) {
	switch name {
	case "status", "deny_status":
		r.p.Next()
		return true, r.code(name)
	case "content-type":
		text, err := r.value("'content-type' expects <ctype> as argument")
		r.ctype, r.legacy = text, false
		return true, err
	case "default-errorfiles":
		r.p.Next()
		r.legacy = false
		return true, r.source(name)
	case "errorfile", "errorfiles", "file", "lf-file", "string", "lf-string":
		r.legacy = false
		return true, r.body(name)
	case "hdr":
		r.p.Next()
		r.legacy = false
		return true, r.header()
	}
	return false, nil
}

// value steps over a name and returns the word behind it.
func (r *reply) value(usage string) (string, error) {
	r.p.Next()
	if !r.p.More() && r.p.Left() == 0 {
		return "", errors.New(usage)
	}
	text, _ := r.p.Next()
	return text, nil
}

func (r *reply) code(name string) error {
	word, ok := r.p.Next()
	if !ok {
		return errors.New("'status' expects <status_code> as argument")
	}
	n, _ := strconv.Atoi(word)
	if n < 200 || n > 599 {
		return fmt.Errorf("Unexpected status code '%d'", n)
	}
	r.status = n
	r.legacy = r.legacy && name == "deny_status"
	return nil
}

// source remembers what the body comes from; it may be said once.
func (r *reply) source(kind string) error {
	if r.kind != "" {
		return fmt.Errorf("unexpected '%s' argument, '%s' already defined", kind, r.kind)
	}
	r.kind = kind
	return nil
}

func (r *reply) body(kind string) error {
	want := map[string]string{"errorfile": "<fmt>", "errorfiles": "<name>", "file": "<file>", "lf-file": "<file>", "string": "<str>", "lf-string": "<fmt>"}
	if err := r.source(kind); err != nil {
		return err
	}
	text, err := r.value(fmt.Sprintf("'%s' expects %s as argument", kind, want[kind]))
	if err != nil {
		return err
	}
	switch kind {
	case "string":
		r.out.Body = []byte(text)
	case "lf-string":
		r.format = text
	case "errorfiles":
		r.section(text)
	default:
		err = r.file(kind, text)
	}
	return err
}

func (r *reply) file(kind, name string) error {
	read := r.p.Env.ReadFile
	if kind == "errorfile" {
		read = r.p.Env.ReadAnswer
	}
	if read == nil {
		return fmt.Errorf("error opening file '%s'", name)
	}
	content, err := read(name)
	if err != nil && kind == "errorfile" {
		return err
	}
	if err != nil {
		return fmt.Errorf("error opening file '%s'", name)
	}
	switch kind {
	case "file":
		r.out.Body = content
	case "errorfile":
		r.out.Raw = content
	case "lf-file":
		r.format = string(content)
	}
	return err
}

// section takes the answer from an http-errors section, once all sections were read.
func (r *reply) section(name string) {
	out, env := r.out, r.p.Env
	if r.p.Set == rule.HTTPError {
		out.Group = name // it is the proxy that takes it
		return
	}
	if env.Pending == nil {
		return
	}
	who := "-"
	if env.Proxy != nil {
		who = env.Proxy.Name
	}
	env.Pending.Add(sample.Reference{Pos: env.Pos, Plain: true, Resolve: func(s *proxy.Snapshot) error {
		e := s.Errors(name)
		if e == nil {
			return fmt.Errorf("Proxy '%s': unknown http-errors section '%s' referenced by an http reply .", who, name)
		}
		f := e.Files[out.Status]
		if f == nil { // then it is an answer without a body
			return sample.Remark(fmt.Sprintf("Proxy '%s': status '%d' referenced by an http reply not declared in http-errors section '%s'.", who, out.Status, name))
		}
		out.Raw = f.Raw
		return nil
	}})
}

func (r *reply) header() error {
	if r.p.Left() < 2 {
		return errors.New("'hdr' expects <name> and <value> as arguments")
	}
	name, _ := r.p.Next()
	f, err := r.p.Format(sample.ForHeader)
	if err != nil {
		return err
	}
	n := msg.NewName(name)
	if n.String() == msg.ContentLength.String() || n.String() == msg.TransferEncoding.String() {
		return nil // the length is that of the body
	}
	r.out.Headers = append(r.out.Headers, proxy.ReplyHeader{Name: []byte(n.String()), Format: f})
	return nil
}

// finish checks what belongs together.
func (r *reply) finish() error {
	out := r.out
	out.Status = r.status
	if r.legacy {
		r.kind = "default-errorfiles"
	}
	switch r.kind {
	case "default-errorfiles", "errorfiles":
		if !slices.Contains(pageStatuses[:], r.status) {
			return fmt.Errorf("status code '%d' not handled by default with '%s' argument.", r.status, r.kind)
		}
		out.Page = r.kind == "default-errorfiles"
	case "":
		if r.ctype != "" {
			r.p.Env.Warning(fmt.Sprintf("content-type '%s' ignored by the http reply because neither errorfile nor payload defined", r.ctype))
			r.ctype = ""
		}
	case "file", "lf-file", "lf-string", "string":
		return r.payload()
	}
	out.ContentType = r.ctype
	return nil
}

// payload checks what belongs to a body.
func (r *reply) payload() error {
	out := r.out
	written := r.kind == "lf-file" || r.kind == "lf-string"
	switch {
	case out.Status == 204 || out.Status == 304:
		return fmt.Errorf("No body expected for %d responses", out.Status)
	case written && r.ctype == "":
		return errors.New("a content type must be defined with a log-format payload")
	case len(out.Body) > 0 && r.ctype == "":
		return errors.New("a content type must be defined when non-empty payload is configured")
	}
	out.ContentType = r.ctype
	if !written {
		return nil
	}
	var err error
	out.BodyFormat, err = sample.ParseFormat(r.format, sample.ForValue, r.p.Env)
	return err
}
