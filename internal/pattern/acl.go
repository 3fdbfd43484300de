package pattern

import (
	"fmt"
	"strconv"
	"strings"
	"sync/atomic"

	"sluice/internal/proxy"
	"sluice/internal/sample"
	"sluice/internal/value"
)

// ACL is a named set of tests: it matches when one of them does. Lines that repeat its name add to it while the
// configuration is read; afterwards it is immutable but for the lists it uses.
type ACL struct {
	first test // most have no other; without an expression there is none
	more  []*test
	Name  string // "" for an anonymous one
	Pos   proxy.Pos
}

// test is one acl line.
type test struct {
	line
	state atomic.Pointer[state] // of the words
}

// line is what an acl line says.
type line struct {
	direct sample.Direct // the expression, when it is a text alone that the method looks at
	method Method
	words  *user   // the list of the words of the test; nil for a method without patterns
	files  []*user // those of files, in their order
	expr   *sample.Expr
	text   string
	pos    proxy.Pos
}

// add makes a line one of the tests.
func (a *ACL) add(l *line) {
	t := &a.first
	if t.expr != nil {
		t = new(test)
		a.more = append(a.more, t)
	}
	t.line = *l
	if t.words != nil {
		t.words.follow(&t.state)
	}
}

// tests calls yield for each test.
func (a *ACL) tests(yield func(*test) bool) {
	if a.first.expr == nil || !yield(&a.first) {
		return
	}
	for _, t := range a.more {
		if !yield(t) {
			return
		}
	}
}

// Scope are the named ACLs of one section.
type Scope struct {
	Lists *Lists
	acls  map[string]*ACL
}

// NewScope returns a scope without ACLs. lists is shared by all sections.
func NewScope(lists *Lists) *Scope { return &Scope{Lists: lists, acls: map[string]*ACL{}} }

// Lookup returns the ACL of a name, nil when there is none.
func (sc *Scope) Lookup(name string) *ACL { return sc.acls[name] }

// Define takes an acl line: words are those after the keyword. Errors are *sample.Error.
func (sc *Scope) Define(words []string, env *sample.Env) error {
	if len(words) == 0 {
		return &sample.Error{Text: "missing fetch method"}
	}
	name := words[0]
	for i := range len(name) {
		if c := name[i]; !(c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' || strings.IndexByte("-_.:", c) >= 0) {
			return &sample.Error{Off: i, Text: fmt.Sprintf("character '%c' is not permitted in acl name '%s'", c, name)}
		}
	}
	if strings.EqualFold(name, "or") {
		return &sample.Error{Text: fmt.Sprintf("acl name '%s' will never match. 'or' is used to express a logical disjunction within a condition", name)}
	}
	t, err := sc.parseTest(name, words[1:], env)
	if err != nil {
		bad := err.(*sample.Error)
		return &sample.Error{Word: bad.Word + 1, Off: bad.Off, Text: fmt.Sprintf("error detected while parsing ACL '%s' : %s", name, bad.Text)}
	}
	acl := sc.acls[name]
	if acl == nil {
		acl = &ACL{Name: name, Pos: env.Pos}
		sc.acls[name] = acl
	}
	acl.add(t)
	return nil
}

// testParser is the work on one test.
type testParser struct {
	sc     *Scope
	env    *sample.Env
	t      *line
	words  []string
	at     int
	o      options
	dotted bool     // integers may be versions, "3.1"
	own    bool     // the ACL keyword has a method of its own
	isMap  bool     // -M was given
	id     int      // -u, -1 without
	given  bool     // the method was named with -m
	ready  bool     // a pattern or file came, so that -m may not any more
	texts  []string // the patterns written in the configuration
	name   string   // of the ACL, "" between braces
}

func (p *testParser) fail(text string, args ...string) error {
	for _, a := range args {
		text = strings.Replace(text, "%s", a, 1)
	}
	return &sample.Error{Word: p.at, Text: text}
}

// parseTest compiles a criterion, flags and patterns.
func (sc *Scope) parseTest(name string, words []string, env *sample.Env) (*line, error) {
	p := &testParser{sc: sc, env: env, name: name, words: words, t: &line{text: strings.Join(words, " "), pos: env.Pos}, id: -1}
	p.o.resolve = lookupHost
	keyword, err := p.criterion()
	if err != nil {
		return nil, err
	}
	bare := p.at == len(words)
	if err := p.flags(keyword); err != nil {
		return nil, err
	}
	if err := p.checkMethod(keyword); err != nil {
		return nil, err
	}
	if err := p.patterns(keyword); err != nil {
		return nil, err
	}
	if row := env.Reg.ACL(keyword); row != nil && row.Each != nil {
		if !p.given {
			p.t.expr.Replace(row.Each)
		}
		p.verify(row)
	}
	if p.t.method == Found || input[p.t.method] == value.Str {
		p.t.direct = p.t.expr.Direct()
	}
	if p.t.method.patterns() && bare {
		env.Warning(fmt.Sprintf("parsing acl keyword '%s' :\n"+
			"  no pattern to match against were provided, so this ACL will never match.\n"+
			"  If this is what you intended, please add '--' to get rid of this warning.\n"+
			"  If you intended to match only for existence, please use '-m found'.\n"+
			"  If you wanted to force an int to match as a bool, please use '-m bool'.\n", words[0]))
	}
	return p.t, nil
}

// verify has the keyword look at the patterns when everything was read.
func (p *testParser) verify(row *sample.ACLKeyword) {
	e, env, texts := p.t.expr, p.env, p.texts
	if row.Verify == nil || env.Pending == nil {
		return
	}
	where := ""
	if env.Proxy != nil {
		where = "proxy " + env.Proxy.Name + ": "
	}
	env.Pending.Add(sample.Reference{Pos: env.Pos, Plain: true, Resolve: func(*proxy.Snapshot) error {
		if err := row.Verify(e.Args(), texts); err != nil {
			return fmt.Errorf("%sacl %s %s(): %w.", where, p.name, row.Name, err)
		}
		return nil
	}})
}

// criterion compiles the expression and finds the method it implies.
func (p *testParser) criterion() (keyword string, err error) {
	words := p.words
	if len(words) == 0 {
		return "", &sample.Error{Text: "missing fetch method in ACL expression ''"}
	}
	name := sample.Keyword(words[0])
	row := p.env.Reg.ACL(name)
	if row != nil {
		words = append([]string{row.Fetch + words[0][len(name):]}, words[1:]...)
	}
	env := *p.env
	env.ACL = true
	env.Where = 0 // places are checked by the rules that use the ACL
	if w := p.env.Where; row == nil {
		env.Where = w
	} else if strings.HasPrefix(row.Fetch, "req.") {
		env.Where = sample.RequestHeaders.Places()
	}
	e, used, err := sample.ParseExpr(words, &env)
	if err != nil {
		bad := err.(*sample.Error)
		text := bad.Text
		if row != nil {
			text = strings.Replace(text, "fetch method '"+row.Fetch+"' : ", "ACL keyword '"+name+"' : ", 1)
			if text == "missing comma after fetch keyword" {
				text = "ACL keyword '" + name + "' : " + text
			}
		} else {
			text += fmt.Sprintf(" in ACL expression '%s'", words[0])
		}
		return "", &sample.Error{Word: bad.Word, Off: bad.Off, Text: text}
	}
	p.t.expr, p.at = e, used
	p.own = row != nil && (strings.HasSuffix(row.Name, "_"+row.Match) || e.Out == value.Meth || row.Each != nil)
	if row != nil && !e.Converted() {
		p.t.method, _ = LookupMethod(row.Match)
		p.dotted, p.o.verbs = row.Dotted, e.Out == value.Meth
		return name, nil
	}
	m, ok := methodOf(e.Out)
	p.t.method, p.given = m, false
	if !ok {
		p.t.method = NMethods
	}
	if p.own && !p.explicit() {
		p.env.Warning(fmt.Sprintf("original matching method '%s' was overwritten and will not be applied as expected", name))
	}
	return name, nil
}

// flags reads what begins with a dash before the patterns. Patterns of files are taken in at once.
func (p *testParser) flags(keyword string) error {
	for p.at < len(p.words) && strings.HasPrefix(p.words[p.at], "-") {
		switch p.words[p.at] {
		case "--":
			p.at++
			return nil
		case "-i":
			p.o.fold = true
		case "-n":
			p.o.resolve = nil
		case "-M":
			p.isMap = true
		case "-f":
			if err := p.file(keyword); err != nil {
				return err
			}
		case "-m":
			if err := p.named(keyword); err != nil {
				return err
			}
		case "-u":
			if err := p.identity(); err != nil {
				return err
			}
		default:
			return p.fail("'%s' is not a valid ACL option. Please use '--' before any pattern beginning with a '-'", p.words[p.at])
		}
		p.at++
	}
	return nil
}

// word returns the word at hand, "" behind the last one.
func (p *testParser) word() string {
	if p.at < len(p.words) {
		return p.words[p.at]
	}
	return ""
}

// foreign reports whether the keyword's own method is none of those that -m names.
func (p *testParser) foreign() bool {
	row := p.env.Reg.ACL(sample.Keyword(p.words[0]))
	return p.t.expr.Out == value.Meth || row != nil && row.Each != nil
}

// named reads -m and its method.
func (p *testParser) named(keyword string) error {
	if p.given {
		return p.fail("only one explicit matching method can be defined with '-m' parameter. if migrating from an old version, just keep the last one")
	}
	if p.ready {
		return p.fail("'-m' must only be specified before patterns and files in parsing ACL expression")
	}
	p.at++
	m, ok := LookupMethod(p.word())
	if !ok {
		return p.fail("unknown matching method '%s' when parsing ACL expression", p.word())
	}
	if p.own && !p.t.expr.Converted() && m != p.t.method || p.own && p.foreign() {
		p.env.Warning(fmt.Sprintf("original matching method '%s' was overwritten and will not be applied as expected", keyword))
	}
	p.t.method, p.given, p.o.verbs = m, true, false
	return nil
}

// checkMethod makes sure that there is a method and that it can look at the sample.
func (p *testParser) checkMethod(keyword string) error {
	if p.t.method == NMethods {
		return p.fail("matching method must be specified first (using '-m') when using a sample fetch of this type ('%s')", keyword)
	}
	if !p.t.method.Accepts(p.t.expr.Out) {
		return p.fail("matching method '%s' cannot be used with fetch keyword '%s'", p.t.method.String(), keyword)
	}
	p.o.method = p.t.method
	return nil
}

// explicit says whether -m is among the flags that follow.
func (p *testParser) explicit() bool {
	for _, w := range p.words[p.at:] {
		if w == "-m" {
			return true
		}
		if !strings.HasPrefix(w, "-") {
			break
		}
	}
	return false
}

// identity reads the id behind -u.
func (p *testParser) identity() error {
	p.at++
	id, err := strconv.ParseUint(p.word(), 10, 31)
	if err != nil {
		return p.fail("the argument of -u must be an integer")
	}
	if p.sc.Lists.ids[int(id)] {
		return p.fail("the id is already used")
	}
	p.sc.Lists.ids[int(id)] = true
	p.id = int(id)
	return nil
}

// file reads the name behind -f and takes its patterns in.
func (p *testParser) file(keyword string) error {
	if err := p.checkMethod(keyword); err != nil {
		return err
	}
	p.at++
	list, err := p.sc.Lists.Open(p.word(), p.isMap, p.env.ReadFile, p.env.Pos)
	if err != nil {
		return p.fail("%s", err.Error())
	}
	list.forms[Tests] = true
	u, err := list.use(p.o, Tests, value.Any)
	if err != nil {
		return p.fail("%s", err.Error())
	}
	p.t.files = append(p.t.files, u)
	p.ready = true
	return nil
}

// patterns reads the words that are left. Even without any they are a list, to which the runtime API may add.
func (p *testParser) patterns(keyword string) error {
	list := p.sc.Lists.words(keyword, p.env.Pos)
	list.ID = p.id
	if !p.t.method.patterns() {
		return nil
	}
	u, err := list.use(p.o, Tests, value.Any)
	if err != nil {
		return p.fail("%s", err.Error())
	}
	numeric := p.o.method == Int || p.o.method == Len
	op := opEQ
	for ; p.at < len(p.words); p.at++ {
		w := p.words[p.at]
		if numeric {
			if next, ok := lookupOperator(w); ok {
				op = next
				p.ready = true
				continue
			}
			if w, err = p.number(w, op); err != nil {
				return p.fail("%s", err.Error())
			}
		}
		if err := list.word(u, w); err != nil {
			return p.fail("%s", err.Error())
		}
		p.ready = true
		p.texts = append(p.texts, w)
	}
	p.t.words = u
	return nil
}

// number writes a pattern of integers without its operator, and a version such as 3.1 as the number that it is compared as.
func (p *testParser) number(w string, op operator) (string, error) {
	if p.dotted {
		low, high, isRange := strings.Cut(w, ":")
		w = versionNumber(low)
		if isRange {
			w += ":" + versionNumber(high)
		}
	}
	if op != opEQ && !strings.ContainsAny(w, ":-") {
		if _, ok := number([]byte(w)); !ok {
			return "", fmt.Errorf("'%s' is neither a number nor a supported operator", w)
		}
		return under(w, op)
	}
	return w, nil
}
