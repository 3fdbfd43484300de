package config

// Walk hands the lines of a file that is none of the main configuration, such as that of a filter, to fn, in order:
// expanded, `no` and `default` taken off, with Args behind the first word. Conditional blocks work as elsewhere, and what is
// wrong with a line by itself is reported. It stops where the report is aborted.
func Walk(f *File, s Settings, fn func(*Line)) {
	if s.Facts == nil {
		s.Facts = &Facts{}
	}
	p := frame[struct{}]{settings: s, walk: fn}
	p.name = f.Name
	for i := range f.Lines {
		p.number = i + 1
		if p.line(&f.Lines[i]); s.Report.Aborted() {
			return
		}
	}
	if p.blocks.open() {
		p.errorf(0, "non-terminated '.if' block.")
		s.Report.Abort()
	}
}

// Scope reads a line of the form "[name]", by which the files of filters separate their parts; false means that the line
// is none. A broken one is reported and has no name.
func (l *Line) Scope() (name string, is bool) {
	text := l.Words[0].Value
	if text[0] != '[' || l.Form != Plain {
		return "", false
	}
	raw := l.raw.Text()
	raw = raw[l.Words[0].Col-1:]
	end := 1
	for end < len(raw) && nameByte(raw[end]) {
		end++
	}
	switch {
	case end == 1 || end == len(raw):
		l.Errorf(l.Name(), "empty scope name is forbidden.")
	case raw[end] != ']':
		l.Errorf(l.Name(), "character '%c' is not permitted in a scope name.", raw[end])
	case len(l.Words) > 1:
		l.Errorf(l.Words[1], "character '%c' is not permitted after scope declaration.", l.Words[1].Value[0])
	case end+1 < len(raw) && !isBlank(raw[end+1]):
		l.Errorf(l.Name(), "character '%c' is not permitted after scope declaration.", raw[end+1])
	default:
		return raw[1:end], true
	}
	return "", true
}

// nameByte says what the names of sections and scopes may contain.
func nameByte(c byte) bool {
	return isNameByte(c) || c == '.' || c == ':' || c == '-'
}
