package directive

import (
	"fmt"
	"io"
	"os"
	"strconv"
	"strings"

	"sluice/internal/config"
	"sluice/internal/proxy"
	"sluice/internal/rule"
)

// proxyError are the keywords about answers that the proxy makes itself, and about monitoring (configuration.txt 4.2).
var proxyError = []Keyword{
	{Name: "errorfile", Doc: "A file with the whole answer of a status.", In: config.InProxy, Max: -1, Parse: parseErrorFile},
	{Name: "errorfiles", Doc: "Answers that an http-errors section has.", In: config.InProxy, Max: -1, Parse: parseErrorFiles},
	{Name: "errorloc", Doc: "Where clients are sent instead of an error.", In: config.InProxy, Max: -1, Parse: parseErrorLoc(302)},
	{Name: "errorloc302", Doc: "Where clients are sent instead of an error, by status 302.", In: config.InProxy, Max: -1, Parse: parseErrorLoc(302)},
	{Name: "errorloc303", Doc: "Where clients are sent instead of an error, by status 303.", In: config.InProxy, Max: -1, Parse: parseErrorLoc(303)},
	{Name: "http-error", Doc: "The answer of a status, made of its parts.", In: config.InProxy, Max: -1, Parse: parseHTTPError},
	{Name: "monitor", Doc: "Conditions of the answer to monitors.", In: config.InFrontend | config.InListen, Max: -1, Parse: parseMonitor},
	{Name: "monitor-net", Doc: "A removed keyword.", In: config.InFront, Max: -1, Parse: oldMonitorNet},
	{Name: "monitor-uri", Doc: "The URI that monitors ask for.", In: config.InFront, Min: 1, Max: 1, Expects: "an URI", Parse: func(b *Builder, l *config.Line) {
		b.at.MonitorURI = l.Arg(0).Value
	}},
}

// errorStatuses are the statuses that the proxy answers by itself.
func errorStatus(code int) bool {
	switch code {
	case 200, 400, 401, 403, 404, 405, 407, 408, 410, 413, 414, 421, 422, 425, 429, 431, 500, 501, 502, 503, 504:
		return true
	}
	return false
}

// errorCode reads the status of an errorfile or errorloc line.
func errorCode(l *config.Line, w config.Word, what string) (int, bool) {
	n, err := strconv.Atoi(w.Value)
	if err != nil || !errorStatus(n) {
		l.Errorf(w, "%s status code '%s' not handled.", what, w.Value)
		return 0, false
	}
	return n, true
}

func parseErrorFile(b *Builder, l *config.Line) {
	if f := b.errorFile(l, "errorfile :"); f != nil {
		b.at.text.says(errorLine{pos: f.Pos, code: f.Status, file: f})
	}
}

// errorFile reads the arguments of an errorfile line; who begins the message when there are not enough.
func (b *Builder) errorFile(l *config.Line, who string) *proxy.ErrorFile {
	switch {
	case len(l.Args) < 2:
		l.Errorf(l.End(), "%s expects <status_code> and <file> as arguments.", who)
		return nil
	case len(l.Args) > 2:
		l.Errorf(l.Arg(2), "errorfile : expects exactly two arguments.")
		return nil
	}
	code, ok := errorCode(l, l.Arg(0), "errorfile :")
	if !ok {
		return nil
	}
	name := l.Arg(1).Value
	raw, err := b.readAnswer(l.Pos.File, name)
	if err != nil {
		l.Errorf(l.Arg(1), "errorfile : %v", err)
		return nil
	}
	return &proxy.ErrorFile{Status: code, Raw: raw, File: name, Pos: place(l)}
}

// parseErrorFiles takes answers from an http-errors section.
func parseErrorFiles(b *Builder, l *config.Line) {
	if len(l.Args) == 0 {
		l.Errorf(l.End(), "errorfiles : expects <name> as argument.")
		return
	}
	e := errorLine{pos: place(l), group: l.Arg(0).Value}
	for _, w := range l.Args[1:] {
		code, ok := errorCode(l, w, "errorfiles :")
		if !ok {
			return
		}
		e.codes = append(e.codes, code)
	}
	b.at.text.says(e)
}

// parseHTTPError reads an answer that is made of its parts. The rest of the line is read like the arguments of a rule.
func parseHTTPError(b *Builder, l *config.Line) {
	if l.Arg(0).Value != "status" {
		l.Errorf(l.Arg(0), "http-error : expects at least a <status> as arguments.\n")
		return
	}
	if len(l.Args) > 1 {
		if n, _ := strconv.Atoi(l.Arg(1).Value); !errorStatus(n) {
			l.Errorf(l.Arg(1), "http-error : Unexpected status code '%d'", n)
			return
		}
	}
	env := b.sampleEnv(b.at, l.Report(), place(l), 0, "")
	r, err := rule.Parse(b.lang.Actions, rule.HTTPError, config.Values(l.Args), b.at.scope(b), env)
	if err != nil {
		b.ruleError(l, l.Args, err)
		return
	}
	reply := r.Action.(proxy.ErrorAnswer).Static()
	e := errorLine{pos: place(l), code: reply.Status, group: reply.Group}
	switch {
	case e.group != "":
		e.codes = []int{e.code}
	case !reply.Page:
		e.file = &proxy.ErrorFile{Status: e.code, Reply: reply, Pos: e.pos}
		if reply.Raw != nil {
			e.file.Reply, e.file.Raw = nil, reply.Raw
		}
	}
	b.at.text.says(e)
}

// readAnswer reads a complete HTTP/1 answer from a file and checks its head. An empty file closes the connection
// without an answer.
func (b *Builder) readAnswer(from, name string) ([]byte, error) {
	f, err := os.Open(b.path(from, name))
	if err != nil {
		return nil, fmt.Errorf("error opening file '%s'.", name)
	}
	defer f.Close()
	limit := b.global.Tune.BufSize
	raw, err := io.ReadAll(io.LimitReader(f, int64(limit)+1))
	if err != nil {
		return nil, fmt.Errorf("error reading file '%s'.", name)
	}
	if len(raw) > limit {
		return nil, fmt.Errorf("'%s': larger than a buffer (%d bytes, see tune.bufsize)", name, limit)
	}
	if len(raw) == 0 {
		return []byte{}, nil
	}
	length, body, at := answerHead(string(raw))
	switch {
	case at >= 0:
		return nil, fmt.Errorf("'%s': unable to parse headers (error offset: %d)", name, at)
	case length >= 0 && length != body:
		return nil, fmt.Errorf("'%s': payload size does not match the announced content-length (%d != %d)", name, body, length)
	}
	return raw, nil
}

// answerHead returns the length that the head of an answer announces, -1 without one, and the size of its body. bad is the
// offset of the first line that cannot be one of a head, -1 for a good head.
func answerHead(text string) (length, body, bad int) {
	length = -1
	at := 0
	for first := true; ; first = false {
		line, _, found := strings.Cut(text[at:], "\n")
		if !found {
			return length, 0, len(text) // the head never ends
		}
		bare := strings.TrimSuffix(line, "\r")
		name, _, colon := strings.Cut(bare, ":")
		switch {
		case first && !statusLine(bare):
			return length, 0, at
		case first:
		case bare == "":
			return length, len(text) - at - len(line) - 1, -1
		case !colon || name == "" || strings.ContainsAny(name, " \t"):
			return length, 0, at
		case strings.EqualFold(name, "content-length"):
			n, err := strconv.ParseUint(strings.TrimSpace(bare[len(name)+1:]), 10, 31)
			if err != nil {
				return length, 0, at
			}
			length = int(n)
		}
		at += len(line) + 1
	}
}

// statusLine recognises "HTTP/1.x <status> ...".
func statusLine(line string) bool {
	version, rest, _ := strings.Cut(line, " ")
	code, _, _ := strings.Cut(rest, " ")
	n, err := strconv.Atoi(code)
	return (version == "HTTP/1.0" || version == "HTTP/1.1") && err == nil && len(code) == 3 && n >= 100
}

func parseErrorLoc(code int) func(*Builder, *config.Line) {
	return func(b *Builder, l *config.Line) {
		what := l.Keyword()
		switch {
		case len(l.Args) < 2:
			l.Errorf(l.End(), "%s : expects <status_code> and <url> as arguments.", what)
			return
		case len(l.Args) > 2:
			l.Errorf(l.Arg(2), "%s : expects exactly two arguments.", what)
			return
		}
		if status, ok := errorCode(l, l.Arg(0), what+" :"); ok {
			b.at.text.says(errorLine{pos: place(l), code: status, file: &proxy.ErrorFile{Status: status, Loc: l.Arg(1).Value, Code: code, Pos: place(l)}})
		}
	}
}

func parseMonitor(b *Builder, l *config.Line) {
	if l.Arg(0).Value != "fail" {
		l.Errorf(l.Arg(0), "'monitor' only supports 'fail'.")
		return
	}
	cond, ok := b.condition(l, l.Args[1:], "'monitor fail'", "a 'monitor fail' condition", 0)
	if ok {
		b.at.MonitorFail = append(b.at.MonitorFail, cond)
		b.at.ranked(l, rankMonitor)
	}
}
