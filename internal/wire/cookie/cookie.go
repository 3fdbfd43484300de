// Package cookie reads and edits the values of Cookie and Set-Cookie fields byte for byte: it finds the cookies, closes
// up the blanks around an equals sign, and takes single cookies out without touching the others (configuration.txt 4.2,
// cookie, capture cookie; RFC 6265, and RFC 2965 for attributes that begin with a dollar). It also knows the dates that
// persistence cookies carry.
package cookie

// A Cell is one part of a Cookie field between delimiters, as indexes into the value. Without an equals sign, Equal is
// negative and the value is empty.
type Cell struct {
	Begin    int // of the name, behind the blanks
	NameEnd  int // before the blanks in front of the equals sign or the delimiter
	Equal    int
	Value    int // behind the blanks that follow the equals sign
	ValueEnd int // before the blanks in front of the delimiter
	End      int // the delimiter that ends the cell, or the end
}

// Attribute reports whether the cell is an attribute of the cookie before it, as RFC 2965 has them: "$Path=/".
func (c *Cell) Attribute(b []byte) bool { return c.Begin < c.End && b[c.Begin] == '$' }

// Named reports whether the cell is a cookie of that name.
func (c *Cell) Named(b []byte, name []byte) bool {
	return c.Equal >= 0 && string(b[c.Begin:c.NameEnd]) == string(name)
}

// Loose reports whether there are blanks around the equals sign.
func (c *Cell) Loose() bool { return c.Equal >= 0 && c.Value-c.NameEnd > 1 }

// Scan reads the cell that begins at index i. Cells end at a semicolon or a comma, in a value only outside of quotes. The
// next one, if any, begins behind End.
func Scan(b []byte, i int) Cell {
	c := Cell{Equal: -1}
	c.Begin = skip(b, i)
	i = c.Begin
	for i < len(b) && b[i] != '=' && !delimiter(b[i]) {
		i++
	}
	c.NameEnd = back(b, c.Begin, i)
	if i == len(b) || b[i] != '=' {
		c.Value, c.ValueEnd, c.End = i, i, i
		return c
	}
	c.Equal = i
	c.Value = skip(b, i+1)
	c.End = valueEnd(b, c.Value)
	c.ValueEnd = back(b, c.Value, c.End)
	return c
}

// valueEnd finds the delimiter outside of quotes, or the end. Inside of quotes a backslash protects what follows it.
func valueEnd(b []byte, i int) int {
	quoted := false
	for ; i < len(b); i++ {
		switch c := b[i]; {
		case c == '\\' && quoted:
			i++
		case c == '"':
			quoted = !quoted
		case !quoted && delimiter(c):
			return i
		}
	}
	return len(b)
}

func delimiter(c byte) bool { return c == ';' || c == ',' }

func blank(c byte) bool { return c == ' ' || c == '\t' }

// skip returns the first index from i on that is no blank.
func skip(b []byte, i int) int {
	for i < len(b) && blank(b[i]) {
		i++
	}
	return i
}

// back returns the index behind the last byte of b[from:to] that is no blank.
func back(b []byte, from, to int) int {
	for to > from && blank(b[to-1]) {
		to--
	}
	return to
}

// AppendTight appends the cell as "name=value", without blanks around the equals sign.
func (c *Cell) AppendTight(dst, b []byte) []byte {
	dst = append(append(dst, b[c.Begin:c.NameEnd]...), '=')
	return append(dst, b[c.Value:c.ValueEnd]...)
}
