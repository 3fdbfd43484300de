package config

import "strings"

// MaxNesting is the number of conditional blocks that cannot be open at once any more.
const MaxNesting = 100

// block is one open conditional block.
type block uint8

const (
	taken   block = iota // its lines are read
	waiting              // not yet: a later .elif or .else may be
	done                 // not any more: an earlier part was
	dead                 // never: the block around it is not read
	lastBit block = 4    // .else was seen
)

// blocks are the conditional blocks open at a line, the innermost last.
type blocks struct{ stack []block }

func (b *blocks) open() bool { return len(b.stack) > 0 }

// skipping says whether the lines here are passed over.
func (b *blocks) skipping() bool {
	return len(b.stack) > 0 && b.stack[len(b.stack)-1]&^lastBit != taken
}

func (b *blocks) top() *block { return &b.stack[len(b.stack)-1] }

// directive takes a line whose first word begins with a dot (configuration.txt 2.4).
func (p *frame[B]) directive(raw *RawLine, words []Word) {
	switch name := words[0].Value; name {
	case ".if":
		p.dotIf(words)
	case ".elif", ".else", ".endif":
		if name != ".elif" && len(words) > 1 {
			p.errorf(words[1].Col, "Unexpected argument '%s' for '%s'.", words[1].Value, name)
			if p.blocks.open() {
				p.unterminated()
			}
			p.settings.Report.Abort()
			return
		}
		if !p.blocks.open() {
			p.errorf(words[0].Col, "lone '%s' with no matching '.if'.", name)
			p.settings.Report.Abort()
			return
		}
		p.branch(name, words)
	default:
		if !p.blocks.skipping() && !p.early {
			p.message(raw, words)
		}
	}
}

func (p *frame[B]) dotIf(words []Word) {
	switch {
	case len(p.blocks.stack) >= MaxNesting-1:
		p.errorf(words[0].Col, "too many nested '.if', max is %d.", MaxNesting)
		p.settings.Report.Abort()
	case p.blocks.skipping():
		p.blocks.stack = append(p.blocks.stack, dead)
	default:
		p.blocks.stack = append(p.blocks.stack, p.condition(words))
	}
}

// branch goes to the next part of the innermost block, or leaves it.
func (p *frame[B]) branch(name string, words []Word) {
	top := p.blocks.top()
	switch {
	case name == ".endif":
		p.blocks.stack = p.blocks.stack[:len(p.blocks.stack)-1]
		return
	case *top&lastBit != 0:
		p.errorf(words[0].Col, "'%s' after '.else' is not permitted.", name)
		p.settings.Report.Abort()
		return
	}
	switch *top {
	case taken:
		*top = done
	case waiting:
		if *top = taken; name == ".elif" {
			*top = p.condition(words)
		}
	}
	if name == ".else" {
		*top |= lastBit
	}
}

// condition evaluates the words after .if or .elif, joined by single spaces.
func (p *frame[B]) condition(words []Word) block {
	text := strings.Join(Values(words[1:]), " ")
	yes, err := EvalCondition(text, p.settings.Facts, p.settings.Env)
	if err != nil {
		name := words[0].Value
		p.errorf(words[0].Col, "%s in '%s' at position %d:\n  %s %s\n%s^",
			err.Text, name, err.Col, name, text, strings.Repeat(" ", 2+len(name)+err.Col))
		p.settings.Report.Abort()
	}
	if yes {
		return taken
	}
	return waiting
}

// message takes the directives that only say something.
func (p *frame[B]) message(raw *RawLine, words []Word) {
	level := Alert
	switch name := words[0].Value; name {
	case ".alert":
	case ".warning":
		level = Warning
	case ".notice":
		level = Notice
	case ".diag":
		level = Diag
	default:
		p.errorf(words[0].Col, "unknown directive '%s'.", name)
		return
	}
	if len(words) > 2 {
		p.errorf(words[2].Col, "Unexpected argument '%s' for '%s'. Use quotes if the message should contain spaces.",
			words[2].Value, words[0].Value)
		return
	}
	l := &Line{Pos: p.pos(words[0].Col), Words: words, Args: words[1:], raw: raw, report: p.settings.Report}
	l.say(level, level == Alert, l.Name(), tight, "'"+l.Arg(0).Value+"'.")
	if level == Alert {
		p.settings.Report.Abort()
	}
}
