package check

import (
	"errors"
	"fmt"
	"math"
	"strconv"
	"strings"

	"sluice/internal/proxy"
	"sluice/internal/sample"
)

const (
	tcpMatches  = "'only supports min-recv, '[!]binary', '[!]string', '[!]rstring', '[!]string-lf''[!]rbinary', '[!]binary-lf' or comment but got '%s' as argument."
	httpMatches = "'only supports min-recv, [!]string', '[!]rstring', '[!]string-lf', '[!]status', '[!]rstatus', [!]hdr, [!]fhdr or comment but got '%s' as argument."
)

// expect reads what stands behind `expect`.
func (p *parser) expect() (written, error) {
	if p.at == len(p.words) {
		return nil, errors.New("expects at least a matching pattern as arguments")
	}
	e := &expect{minRecv: -1, ok: proxy.OutcomeL7OK, late: proxy.OutcomeL7Tout}
	if !p.http {
		e.bad = proxy.OutcomeL7Rsp
	}
	for p.at < len(p.words) {
		word, _ := p.next()
		known, err := p.expectOption(e, word)
		if !known && err == nil {
			err = p.expectMatch(e, word)
		}
		if err != nil {
			return nil, err
		}
	}
	if e.match == nil {
		return nil, errors.New("pattern not found")
	}
	if p.http {
		return &httpExpect{*e}, nil
	}
	return e, nil
}

// expectOption reads what goes with a pattern; known is false when word is none of these.
func (p *parser) expectOption(e *expect, word string) (known bool, err error) {
	text := "'" + word + "' expects a string as argument"
	switch word {
	case "min-recv":
		err = p.minRecv(e)
	case "comment":
		e.comment, err = p.value(text)
	case "on-success":
		e.onSuccess, err = p.format(text)
	case "on-error":
		e.onError, err = p.format(text)
	case "status-code":
		if p.at == len(p.words) {
			return true, errors.New("'status-code' expects an expression as argument")
		}
		if e.code, err = p.expr(); err != nil {
			err = fmt.Errorf("error detected while parsing status-code expression :  %w", err)
		}
	case "ok-status":
		e.ok, err = p.outcome(word, "'L4OK', 'L6OK', 'L7OK' or 'L7OKC'", proxy.OutcomeL4OK, proxy.OutcomeL6OK, proxy.OutcomeL7OK, proxy.OutcomeL7OKC)
	case "error-status":
		e.bad, err = p.outcome(word, "'L4CON', 'L6RSP', 'L7RSP' or 'L7STS'", proxy.OutcomeL4Con, proxy.OutcomeL6Rsp, proxy.OutcomeL7Rsp, proxy.OutcomeL7Sts, proxy.OutcomeL7OKC)
	case "tout-status":
		e.late, err = p.outcome(word, "'L4TOUT', 'L6TOUT' or 'L7TOUT'", proxy.OutcomeL4Tout, proxy.OutcomeL6Tout, proxy.OutcomeL7Tout)
	default:
		return false, nil
	}
	return true, err
}

func (p *parser) minRecv(e *expect) error {
	text, err := p.value("'min-recv' expects a integer as argument")
	if err != nil {
		return err
	}
	n, err := strconv.Atoi(text)
	if err != nil || n < -1 || n > math.MaxInt32 {
		return errors.New("'min-recv' expects -1 or an integer from 0 to INT_MAX")
	}
	e.minRecv = n
	return nil
}

func (p *parser) outcome(option, list string, all ...proxy.Outcome) (proxy.Outcome, error) {
	text, err := p.value("'" + option + "' expects a string as argument")
	if err != nil {
		return 0, err
	}
	for _, o := range all {
		if o.String() == text {
			return o, nil
		}
	}
	return 0, fmt.Errorf("'%s' only supports %s status (got '%s').", option, list, text)
}

// expectMatch reads the pattern, of which there is one.
func (p *parser) expectMatch(e *expect, word string) error {
	kind := word
	if e.match == nil && strings.HasPrefix(word, "!") {
		e.not = true
		if kind = word[1:]; kind == "" {
			kind, _ = p.next()
		}
	}
	if e.match != nil && p.matchWord(kind) {
		return errors.New("only one pattern expected")
	}
	matched, err := p.matchOf(kind)
	if err != nil {
		return err
	}
	if matched == nil || e.match != nil {
		list := tcpMatches
		if p.http {
			list = httpMatches
		}
		return fmt.Errorf(list, strings.TrimPrefix(kind, "!"))
	}
	e.match = matched
	return nil
}

// matchWord reports whether a word names a kind of pattern of this rule set.
func (p *parser) matchWord(word string) bool {
	switch word {
	case "string", "rstring", "string-lf":
		return true
	case "binary", "rbinary", "binary-lf", "custom":
		return !p.http
	case "status", "rstatus", "hdr", "fhdr":
		return p.http
	}
	return false
}

// matchOf reads a pattern of a kind; nil when there is none of that name.
func (p *parser) matchOf(kind string) (match, error) {
	if !p.matchWord(kind) {
		return nil, nil
	}
	switch kind {
	case "custom":
		return anything{}, nil
	case "hdr", "fhdr":
		return p.field(kind)
	}
	word, err := p.value("'" + kind + "' expects a <pattern> as argument")
	if err != nil {
		return nil, err
	}
	switch kind {
	case "string":
		return &text{bytes: []byte(word)}, nil
	case "binary":
		b, err := fromHex(word)
		return &text{bytes: b, digits: word}, err
	case "status":
		return parseStatuses(word)
	case "string-lf", "binary-lf":
		p.at--
		f, err := p.format("")
		return &made{format: f, digits: kind == "binary-lf"}, err
	}
	r, err := sample.CompileRegex(word, false)
	if err != nil {
		return nil, err
	}
	if kind == "rstatus" {
		return &statusPattern{r}, nil
	}
	return &pattern{regex: r, digits: kind == "rbinary"}, nil
}

// parseStatuses reads a list of codes and ranges.
func parseStatuses(list string) (match, error) {
	var out statuses
	for part := range strings.SplitSeq(list, ",") {
		if i := strings.IndexFunc(part, func(r rune) bool { return (r < '0' || r > '9') && r != '-' }); i >= 0 {
			return nil, fmt.Errorf("invalid character '%c' in the list of status codes", part[i])
		}
		if part == "" {
			continue
		}
		low, high, two := strings.Cut(part, "-")
		from, err := strconv.Atoi(low)
		to := from
		if two && err == nil {
			to, err = strconv.Atoi(high)
		}
		if err != nil || to < from {
			return nil, fmt.Errorf("invalid range of status codes '%s'", part)
		}
		out = append(out, statusRange{from, to})
	}
	return out, nil
}

// field reads the pattern of a header field: its name, and perhaps its value.
func (p *parser) field(kind string) (match, error) {
	f := &field{full: kind == "fhdr"}
	missing := "'" + kind + "' expects at the name keyword as first argument followed by a pattern"
	word, ok := p.next()
	if !ok || word != "name" && word != "name-lf" || p.at == len(p.words) {
		return nil, errors.New(missing)
	}
	if err := p.side(&f.name, kind, word == "name-lf", true, missing); err != nil {
		return nil, err
	}
	word, ok = p.next()
	if !ok {
		return f, nil
	}
	if word != "value" && word != "value-lf" {
		p.at--
		return f, nil
	}
	return f, p.side(&f.value, kind, word == "value-lf", false, "'"+kind+"' expect a pattern with the value keyword")
}

// side reads a method and what to compare with; fold says that a pattern ignores the case of letters.
func (p *parser) side(s *side, kind string, lf, fold bool, missing string) error {
	word, err := p.value(missing)
	if err != nil {
		return err
	}
	if word == "-m" {
		if err := p.method(s, kind, lf); err != nil {
			return err
		}
		if word, err = p.value(missing); err != nil {
			return err
		}
	}
	s.given = true
	switch {
	case lf:
		p.at--
		s.format, err = p.format(missing)
	case s.how == hasMatch:
		s.regex, err = sample.CompileRegex(word, fold)
	default:
		s.text = []byte(word)
	}
	return err
}

func (p *parser) method(s *side, kind string, lf bool) error {
	word, err := p.value("'" + kind + "' : '-m' expects at a matching pattern ('str', 'beg', 'end', 'sub' or 'reg')")
	if err != nil {
		return err
	}
	switch word {
	case "str":
	case "beg":
		s.how = hasPrefix
	case "end":
		s.how = hasSuffix
	case "sub":
		s.how = hasInside
	case "reg":
		if lf {
			return fmt.Errorf("'%s': log-format string is not supported with a regex matching method", kind)
		}
		s.how = hasMatch
	default:
		return fmt.Errorf("'%s' : '-m' only supports 'str', 'beg', 'end', 'sub' or 'reg' (got '%s')", kind, word)
	}
	return nil
}
