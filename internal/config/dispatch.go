package config

import "fmt"

// row finds the row of a line and calls it, or says why not.
func (p *frame[B]) row(l *Line) {
	name := l.Words[0].Value
	k, misplaced := p.reg.find(p.section.Place, name)
	if p.early && (k == nil || misplaced || !k.Env && !(p.shown && k.Early)) {
		return
	}
	if k == nil {
		if p.section.Other != nil && l.Form == Plain {
			p.section.Other(p.build, l)
			return
		}
		if l.Form != Plain {
			p.refuseForm(l)
			return
		}
		p.unknown(l)
		return
	}
	if l.Form == Negated && !k.No || l.Form == Default && !k.Default {
		p.refuseForm(l)
		return
	}
	in := k.In
	for len(k.Sub) > 0 && len(l.Args) > 0 {
		next := sub(k.Sub, l.Args[0].Value)
		if next == nil {
			break
		}
		k, l.Args = next, l.Args[1:]
		if k.In != 0 {
			in = k.In
		}
	}
	p.call(k, in, l)
}

// call checks what the row says about the line before its function sees it.
func (p *frame[B]) call(k *Keyword[B], in Place, l *Line) {
	shown := l.Keyword()
	last := l.Words[len(l.Words)-len(l.Args)-1]
	switch {
	case k.Removed != "":
		if k.RemovedTight {
			l.Tightf(l.Name(), "%s", k.Removed)
		} else {
			l.Errorf(l.Name(), "%s", k.Removed)
		}
		return
	case len(k.Sub) > 0 && k.Parse == nil:
		p.unknownSub(k, l, shown)
		return
	case l.Form == Negated && !k.No || l.Form == Default && !k.Default:
		l.Tightf(last, "negation/default is not supported for option '%s'.", last.Value)
		return
	case k.Status == Experimental && !p.exposed[Experimental]:
		l.Errorf(l.Name(), "'%s' directive is experimental, must be allowed via a global 'expose-experimental-directives'", shown)
		return
	case k.Status == Deprecated && !p.exposed[Deprecated]:
		l.Warnf(l.Name(), "'%s' directive is deprecated: the global 'expose-deprecated-directives' hides this warning.", shown)
	}
	if in&p.section.Place == 0 && k.Misplaced != Own {
		if k.Leaf {
			shown = last.Value
		}
		p.misplaced(k, in, l, shown)
		return
	}
	switch {
	case k.Max >= 0 && len(l.Args) > k.Max:
		l.Errorf(l.Args[k.Max], "'%s' cannot handle unexpected argument '%s'.", shown, l.Args[k.Max].Value)
	case len(l.Args) < k.Min:
		l.Errorf(l.End(), "'%s' expects %s.", shown, k.expected())
	default:
		k.Parse(p.build, l)
	}
}

func (k *Keyword[B]) expected() string {
	if k.Expects != "" {
		return k.Expects
	}
	if k.Min == 1 {
		return "an argument"
	}
	return fmt.Sprintf("%d arguments", k.Min)
}

// misplaced reports a proxy's keyword in a proxy section that cannot have it.
func (p *frame[B]) misplaced(k *Keyword[B], in Place, l *Line, shown string) {
	side := "backend"
	if in&InBackend == 0 {
		side = "frontend"
	}
	switch {
	case in&InProxy == 0:
		p.unknown(l)
	case p.section.Place == InDefaults:
		l.Errorf(l.Name(), "'%s' not allowed in 'defaults' section.", shown)
	case k.Misplaced == Refused:
		l.Errorf(l.Name(), "'%s' not allowed because %s '%s' has no %s capability.", shown, l.Section, l.Title, side)
	default:
		l.Warnf(l.Name(), "'%s' ignored because %s '%s' has no %s capability.", shown, l.Section, l.Title, side)
	}
}

// unknown reports a word that no row of the section has.
func (p *frame[B]) unknown(l *Line) {
	section := p.section.Keywords
	if section == "" {
		section = p.section.Name
	}
	name := l.Words[0].Value
	l.Errorf(l.Name(), "unknown keyword '%s' in '%s' section%s", name, section, p.guess(name))
}

// guess names what an unknown word of the section may have meant.
func (p *frame[B]) guess(name string) string {
	for _, key := range [...]string{name, "proxy " + name} {
		if s := absent(p.settings.Absent, key); s != "" && (key == name || p.section.Place&InProxy != 0) {
			return s
		}
	}
	best := newSuggestion(name)
	for known := range p.reg.keywords[p.section.Place] {
		best.offer(known)
	}
	for known := range p.reg.sections {
		best.offer(known)
	}
	return best.text()
}

// unknownSub reports a second or later word that a row does not have.
func (p *frame[B]) unknownSub(k *Keyword[B], l *Line, shown string) {
	if len(l.Args) == 0 {
		l.Errorf(l.End(), "'%s' expects %s.", shown, OneOf(subNames(k.Sub)))
		return
	}
	w := l.Args[0]
	if l.Form != Plain {
		l.Tightf(w, "negation/default is not supported for %s '%s'.", shown, w.Value)
		return
	}
	hint := absent(p.settings.Absent, shown+" "+w.Value)
	if hint == "" {
		best := newSuggestion(w.Value)
		for i := range k.Sub {
			best.offer(k.Sub[i].Name)
		}
		hint = best.text()
	}
	if k.Leaf {
		if hint == "" {
			hint = "."
		}
		l.Errorf(w, "unknown %s '%s'%s", shown, w.Value, hint)
		return
	}
	l.Errorf(w, "unknown keyword '%s' after '%s'%s", w.Value, shown, hint)
}

func subNames[B any](rows []Keyword[B]) []string {
	out := make([]string, len(rows))
	for i := range rows {
		out[i] = rows[i].Name
	}
	return out
}
