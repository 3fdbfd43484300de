package cookie

// An Editor copies a Cookie field cell by cell and leaves out what is not wanted. The zero Editor with Out set to an empty
// slice is ready; cells are given to Keep or Drop in the order of Scan.
type Editor struct {
	Out     []byte
	Changed bool // Out differs from the field's value
	kept    bool // some cookie stays
	cutting bool // cells are being left out
	last    int  // where the last cell ended in the field
	many    bool // not the first cell any more
}

// Keep copies a cell, with the blanks around its equals sign closed up unless it is an attribute. from is where its text
// in the value that Keep should leave out begins, and to where it goes on: equal when nothing is to be left out.
func (e *Editor) Keep(b []byte, c *Cell, from, to int) {
	attribute := c.Attribute(b)
	if e.cutting && attribute { // of a cookie that is left out
		e.last, e.many = c.End, true
		return
	}
	if !attribute {
		e.kept = true
	}
	start := c.Begin
	switch {
	case e.cutting && len(e.Out) == 0:
	case e.cutting:
		e.Out = append(e.Out[:back(e.Out, 0, len(e.Out))], b[e.last], ' ')
	case e.many:
		start = e.last
	default:
		start = 0
	}
	e.cutting = false
	if c.Loose() && !attribute {
		e.Out = append(append(e.Out, b[start:c.NameEnd]...), '=')
		start = c.Value
		e.Changed = true
	}
	if from < to {
		e.Out = append(e.Out, b[start:from]...)
		start = to
		e.Changed = true
	}
	e.Out = append(e.Out, b[start:c.End]...)
	e.last, e.many = c.End, true
}

// Drop leaves a cell out, with the attributes that follow it.
func (e *Editor) Drop(c *Cell) {
	e.cutting, e.Changed = true, true
	e.last, e.many = c.End, true
}

// Done returns the new value, and false when nothing is left that is worth a field: no bytes, or attributes of
// cookies that are gone.
func (e *Editor) Done() ([]byte, bool) {
	if e.cutting && !e.kept {
		return nil, false
	}
	return e.Out, len(e.Out) > 0
}
