package pattern

import (
	"errors"
	"fmt"
	"strings"

	"sluice/internal/proxy"
	"sluice/internal/sample"
)

// Cond is an `if` or `unless` clause: terms joined by and, groups of them by or (configuration.txt 7.2). It is immutable
// and runs on any loop.
type Cond struct {
	terms  []term
	room   [3]term // of most conditions
	Unless bool
	keeps  bool // an expression stores something when it is evaluated
	// buffers says that a test looks at raw bytes, where they exist or not.
	buffers bool
	Text    string
	Pos     proxy.Pos
}

// term is one ACL of a condition.
type term struct {
	acl  *ACL
	not  bool
	last bool // of its group
}

func newCond(words []string, env *sample.Env) *Cond {
	c := &Cond{Text: strings.Join(words, " "), Pos: env.Pos}
	c.terms = c.room[:0]
	return c
}

// ParseCond compiles the words behind `if` or `unless`. Errors are *sample.Error.
func (sc *Scope) ParseCond(words []string, unless bool, env *sample.Env) (*Cond, error) {
	c := newCond(words, env)
	c.Unless = unless
	not, open := false, false
	for at := 0; at < len(words); at++ {
		w := words[at]
		for strings.HasPrefix(w, "!") {
			not, w = !not, w[1:]
		}
		if w == "" {
			continue
		}
		if (strings.EqualFold(w, "or") || w == "||") && !not {
			c.close()
			continue
		}
		var acl *ACL
		var err error
		if w == "{" {
			acl, at, err = sc.anonymous(words, at, env)
		} else {
			acl, err = sc.named(w, at, env)
		}
		if err != nil {
			return nil, err
		}
		c.terms = append(c.terms, term{acl: acl, not: not})
		not, open = false, true
	}
	c.close()
	if !open {
		env.Warning("the condition is empty, so it never holds")
	}
	c.gather()
	c.warn(env)
	return c, nil
}

// close ends a group of terms.
func (c *Cond) close() {
	if n := len(c.terms); n > 0 {
		c.terms[n-1].last = true
	}
}

// anonymous compiles what stands between braces and returns the place of the closing one.
func (sc *Scope) anonymous(words []string, at int, env *sample.Env) (*ACL, int, error) {
	end := at + 1
	for end < len(words) && words[end] != "}" {
		end++
	}
	if end == len(words) {
		return nil, 0, &sample.Error{Word: at, Text: "missing closing '}' in condition"}
	}
	t, err := sc.parseTest("", words[at+1:end], env)
	if err != nil {
		bad := err.(*sample.Error)
		return nil, 0, &sample.Error{Word: bad.Word + at + 1, Off: bad.Off, Text: bad.Text}
	}
	acl := &ACL{Pos: env.Pos}
	acl.add(t)
	return acl, end, nil
}

// named finds an ACL of the section, or one that needs no declaration.
func (sc *Scope) named(name string, at int, env *sample.Env) (*ACL, error) {
	if acl := sc.acls[name]; acl != nil {
		return acl, nil
	}
	if words := predefined(name); words != nil {
		t, err := sc.parseTest("", words, env)
		if err != nil {
			return nil, &sample.Error{Word: at, Text: fmt.Sprintf("ACL '%s' is not available: %s", name, err)}
		}
		acl := &ACL{Name: name, Pos: env.Pos}
		acl.add(t)
		sc.acls[name] = acl
		return acl, nil
	}
	return nil, &sample.Error{Word: at, Text: fmt.Sprintf("no such ACL : '%s'", name)}
}

// Named compiles the condition that all the named ACLs hold, each of which may begin with an exclamation mark, for the
// acl() fetch.
func (sc *Scope) Named(names []string, env *sample.Env) (proxy.Cond, error) {
	c := newCond(names, env)
	for _, n := range names {
		name, not := strings.CutPrefix(n, "!")
		acl, err := sc.named(name, 0, env)
		if err != nil {
			return nil, errors.New("ACL '" + name + "' not found")
		}
		c.terms = append(c.terms, term{acl: acl, not: not})
	}
	c.close()
	c.gather()
	return c, nil
}

// gather sums up what the condition needs.
func (c *Cond) gather() {
	for _, t := range c.terms {
		for x := range t.acl.tests {
			c.keeps = c.keeps || x.expr.Keeps()
			c.buffers = c.buffers || x.expr.Uses()&(sample.RequestBuffer|sample.ResponseBuffer) != 0
		}
	}
}

// Buffers reports whether a test of the condition looks at raw bytes, which HTTP proxies do not have.
func (c *Cond) Buffers() bool { return c.buffers }

// warn tells of ACLs that cannot match where the condition is used, and sees to it that they do not: what a test would look
// at may still be in memory.
func (c *Cond) warn(env *sample.Env) {
	if env.Where == 0 {
		return
	}
	for i, t := range c.terms {
		if text := t.acl.misplaced(env.Where, env.RawSet); text != "" {
			if env.RawSet != "" { // without a full stop
				text = fmt.Sprintf("parsing [%v] : %s", env.Pos, text)
			}
			env.Warning(text)
			c.terms[i].acl = t.acl.fitting(env.Where)
		}
	}
}

// misplaced returns the warning about an ACL whose data does not exist in a place, "" when it does. set names the rules of
// TCP that it is used in, whose messages have words of their own.
func (a *ACL) misplaced(where sample.Places, set string) string {
	bad, all, keyword := 0, 0, ""
	for t := range a.tests {
		all++
		if t.expr.Uses().Places()&where == 0 {
			bad++
			keyword = sample.Keyword(t.text)
		}
	}
	in, keywords := "", "keywords"
	if set != "" {
		in, keywords = " in '"+set+"'", "keyword"
	}
	switch {
	case bad == 0:
		return ""
	case a.Name == "":
		return fmt.Sprintf("anonymous acl will never match%s because it uses keyword '%s' which is incompatible with '%s'", in, keyword, where)
	case bad == all:
		return fmt.Sprintf("acl '%s' will never match%s because it only involves keywords that are incompatible with '%s'", a.Name, in, where)
	}
	return fmt.Sprintf("acl '%s' involves %s '%s' which is incompatible with '%s'", a.Name, keywords, keyword, where)
}

// fitting returns the part of an ACL whose data exists in a place.
func (a *ACL) fitting(where sample.Places) *ACL {
	fit := &ACL{Name: a.Name, Pos: a.Pos}
	for t := range a.tests {
		if t.expr.Uses().Places()&where != 0 {
			fit.add(&t.line)
		}
	}
	return fit
}
