package sample

import (
	"fmt"
	"strings"

	"sluice/internal/proxy"
)

// FormatUse says what the text of a format is for, which decides what becomes of special characters, of spaces and of
// what is missing.
type FormatUse uint8

// The uses.
const (
	ForLog    FormatUse = iota // log-format and its kin: spaces are merged, what is missing is a dash
	ForID                      // unique-id-format: spaces are merged, for a header field
	ForHeader                  // a header field, a URI: what HTTP forbids is encoded
	ForValue                   // a variable, a body: nothing is changed
)

// ParseFormat compiles a log-format. Errors are *Error.
func ParseFormat(text string, use FormatUse, env *Env) (*Format, error) {
	p := &formatParser{f: &Format{Text: text}, env: env, text: text, encodes: use == ForID || use == ForHeader}
	switch use {
	case ForLog:
		p.flags, p.merge = flagDash, true
	case ForID:
		p.flags, p.merge = flagHTTP, true
	case ForHeader:
		p.flags = flagHTTP
	}
	if err := p.run(); err != nil {
		return nil, err
	}
	return p.f, nil
}

// formatParser is the work on one format.
type formatParser struct {
	f     *Format
	env   *Env
	text  string
	at    int
	flags flags // in force for the items that follow, changed by %o
	merge bool
	lit   []byte
	// encodes says that the text goes into the head of a message.
	encodes bool
}

func (p *formatParser) fail(text string, args ...string) error {
	for _, a := range args {
		text = strings.Replace(text, "%s", a, 1)
	}
	return &Error{Off: p.at, Text: text}
}

func (p *formatParser) run() error {
	for p.at < len(p.text) {
		c := p.text[p.at]
		switch {
		case c == '%' && strings.HasPrefix(p.text[p.at:], "%%"):
			p.lit = append(p.lit, '%')
			p.at += 2
		case c == '%':
			p.literal()
			if err := p.item(); err != nil {
				return err
			}
		case p.merge && c == ' ':
			p.literal()
			p.f.items = append(p.f.items, item{blank: true})
			for p.at < len(p.text) && p.text[p.at] == ' ' {
				p.at++
			}
		default:
			p.lit = append(p.lit, c)
			p.at++
		}
	}
	p.literal()
	p.f.fixed = len(p.f.items) == 1 && p.f.items[0].text != nil && p.flags&(flagJSON|flagCBOR) == 0
	p.f.all = p.flags & (flagJSON | flagCBOR | flagBin)
	if p.flags&flagHTTP != 0 {
		p.f.all = 0
	}
	p.f.simplify()
	if p.f.all&flagBin != 0 { // it is global whatever came before it
		for i := range p.f.items {
			p.f.items[i].flags |= flagBin
		}
	}
	return nil
}

// literal ends the run of plain characters before the place at hand.
func (p *formatParser) literal() {
	if len(p.lit) > 0 {
		p.f.items = append(p.f.items, item{text: p.lit})
		p.lit = nil
	}
}

// item compiles what begins with a '%'.
func (p *formatParser) item() error {
	begin := p.at
	p.at++
	it := item{flags: p.flags}
	if p.next('(') {
		if err := p.name(&it, begin); err != nil {
			return err
		}
	}
	options := ""
	if p.next('{') {
		end := strings.IndexByte(p.text[p.at:], '}')
		if end < 0 {
			return p.fail("truncated line after '%s'", p.text[p.at:])
		}
		options = p.text[p.at : p.at+end]
		p.at += end + 1
	}
	if p.at == len(p.text) {
		return p.fail("truncated line after '%'")
	}
	if p.text[p.at] == '[' {
		it.flags = setFlags(it.flags, options, false)
		return p.expression(it)
	}
	return p.alias(it, options)
}

// next steps over c when it comes next.
func (p *formatParser) next(c byte) bool {
	if p.at < len(p.text) && p.text[p.at] == c {
		p.at++
		return true
	}
	return false
}

// name reads "name)" or "name:type)".
func (p *formatParser) name(it *item, begin int) error {
	start := p.at
	for p.at < len(p.text) && isNameByte(p.text[p.at]) {
		p.at++
	}
	it.name = p.text[start:p.at]
	if p.next(':') {
		end := strings.IndexByte(p.text[p.at:], ')')
		if end < 0 {
			end = len(p.text) - p.at
		}
		word := p.text[p.at : p.at+end]
		switch word {
		case "str":
			it.force = asStr
		case "sint":
			it.force = asInt
		case "bool":
			it.force = asBool
		case "raw":
			it.force = asRaw
		default:
			return p.fail(fmt.Sprintf("unexpected output type '%s' at position %d line : '%s'. Supported types are: str, sint, bool, raw", word, p.at, p.text))
		}
		p.at += end
	}
	if p.at == len(p.text) {
		return p.fail("invalid character in custom name near '")
	}
	if !p.next(')') {
		return p.fail(fmt.Sprintf("invalid character in custom name near '%c' at position %d line : '%s'", p.text[p.at], p.at, p.text))
	}
	return nil
}

func isNameByte(c byte) bool {
	return c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' || c == '-' || c == '_'
}

// setFlags applies the words between braces. Those of a whole line count with %o only.
func setFlags(f flags, options string, global bool) flags {
	for word := range strings.SplitSeq(options, ",") {
		if len(word) < 2 || word[0] != '+' && word[0] != '-' {
			continue
		}
		var bit flags
		switch word[1:] {
		case "Q":
			bit = flagQuote
		case "X":
			bit = flagHex
		case "E":
			bit = flagEscape
		case "json":
			bit = flagJSON
		case "cbor":
			bit = flagCBOR
		case "bin":
			if global {
				bit = flagBin
			}
		}
		if word[0] == '+' {
			f |= bit
			switch bit { // one encoding at a time
			case flagJSON:
				f &^= flagCBOR
			case flagCBOR:
				f &^= flagJSON
			}
		} else {
			f &^= bit
		}
	}
	return f
}

// alias compiles a %name. The longest known name wins that the letters at hand begin with.
func (p *formatParser) alias(it item, options string) error {
	start := p.at
	for p.at < len(p.text) && isLetter(p.text[p.at]) {
		p.at++
	}
	word := p.text[start:p.at]
	if word == "" {
		return p.fail(fmt.Sprintf("unexpected alias name near '%c' at position %d line : '%s'. Maybe you want to write a single '%%', use the syntax '%%%%'", p.text[p.at], p.at, p.text))
	}
	if word == "o" {
		p.flags = setFlags(p.flags, options, true)
		return nil
	}
	rows := aliasTable()
	for i := range rows {
		if rows[i].Name == word {
			it.flags = setFlags(it.flags, options, false)
			if it.flags&flagHTTP != 0 {
				it.flags &^= flagJSON | flagCBOR
			}
			it.put = rows[i].Put
			p.add(it, rows[i].Wait)
			p.f.http = p.f.http || rows[i].HTTP
			p.f.counts = p.f.counts || word == "lc"
			return nil
		}
	}
	p.at = start
	return p.fail("no such format alias '%s'. If you wanted to emit the '%' character verbatim, you need to use '%%'", word)
}

func isLetter(c byte) bool { return c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' }

// add appends an item and remembers what it must wait for.
func (p *formatParser) add(it item, wait proxy.LogWait) {
	p.f.items = append(p.f.items, it)
	p.f.wait |= wait
}

// expression compiles [expr].
func (p *formatParser) expression(it item) error {
	p.at++
	text := p.text[p.at:]
	e, rest, err := ParseExprIn(text, p.env)
	if err != nil {
		p.at += err.(*Error).Off
		return p.fail(fmt.Sprintf("failed to parse sample expression <%s> : %s", text, err))
	}
	p.at = len(p.text) - len(rest)
	if rest == "" {
		return p.fail("missing ']' after '%s'", e.Text)
	}
	if rest[0] != ']' {
		return p.fail("expected ']' after '%s', but found '%s'", e.Text, rest[:1])
	}
	p.at++
	if where := p.env.Where; where != 0 && e.Uses().Places()&where == 0 {
		return p.fail(fmt.Sprintf("sample fetch <%s> may not be reliably used here because it needs '%s' which is not available here", e.row.Name, e.Lacks()))
	}
	if e.Uses()&(RequestBuffer|ResponseBuffer) != 0 && p.env.HTTP && p.encodes {
		p.env.Warning(fmt.Sprintf("L6 sample fetch <%s> ignored in HTTP log-format string", e.row.Name))
	}
	it.expr = e
	if it.flags&flagHTTP != 0 {
		it.flags &^= flagJSON | flagCBOR | flagQuote
	}
	p.f.keeps = p.f.keeps || e.keeps
	uses := e.Uses()
	wait := proxy.LogWait(0)
	if uses&(RequestLine|RequestHeaders|RequestBuffer|RequestBody) != 0 {
		wait |= proxy.WaitRequest
		p.f.http = true
	}
	if uses&(ResponseLine|ResponseHeaders|ResponseBody) != 0 {
		wait |= proxy.WaitResponse
	}
	if uses&(Backend|Server|ServerAddress|ServerConn) != 0 {
		wait |= proxy.WaitServer
	}
	if uses&(RequestTotals|ResponseTotals|StreamTotals|SessionTotals) != 0 {
		wait |= proxy.WaitBytes
	}
	p.add(it, wait)
	return nil
}

// The stock formats (configuration.txt 8.2.2 to 8.2.5), each equal to the option of its name.
const (
	TCPLog     = "%ci:%cp [%t] %ft %b/%s %Tw/%Tc/%Tt %B %ts %ac/%fc/%bc/%sc/%rc %sq/%bq"
	TCPLogCLF  = "%{+Q}o %{-Q}ci - - [%T] \"TCP \" 000 %B \"\" \"\" %cp %ms %ft %b %s %Th %Tw %Tc %Tt %U %ts-- %ac %fc %bc %sc %rc %sq %bq \"\" \"\" "
	HTTPLog    = "%ci:%cp [%tr] %ft %b/%s %TR/%Tw/%Tc/%Tr/%Ta %ST %B %CC %CS %tsc %ac/%fc/%bc/%sc/%rc %sq/%bq %hr %hs %{+Q}r"
	HTTPLogCLF = "%{+Q}o %{-Q}ci - - [%trg] %r %ST %B \"\" \"\" %cp %ms %ft %b %s %TR %Tw %Tc %Tr %Ta %tsc %ac %fc %bc %sc %rc %sq %bq %CC %CS %hrl %hsl"
	HTTPSLog   = HTTPLog + " %[fc_err]/%[ssl_fc_err,hex]/%[ssl_c_err]/%[ssl_c_ca_err]/%[ssl_fc_is_resumed] %[ssl_fc_sni]/%sslv/%sslc"
)
