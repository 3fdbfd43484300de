package stats

import "strconv"

// Form is how a list of fields is printed.
type Form uint8

// The forms.
const (
	CSV   Form = iota // show stat; "Name: value" lines for show info
	Typed             // one field per line with position, tags and type
	JSON
)

// tags spells out the four letters of a field's tag: origin, nature, scope, and whether it persists over a reload.
type tags string

func (t tags) origin() string {
	switch t[0] {
	case 'M':
		return "Metric"
	case 'S':
		return "Status"
	case 'K':
		return "Key"
	case 'C':
		return "Config"
	case 'P':
		return "Product"
	}
	return "Unknown"
}

func (t tags) nature() string {
	switch t[1] {
	case 'A':
		return "Age"
	case 'a':
		return "Avg"
	case 'C':
		return "Counter"
	case 'D':
		return "Duration"
	case 'G':
		return "Gauge"
	case 'L':
		return "Limit"
	case 'M':
		return "Max"
	case 'm':
		return "Min"
	case 'N':
		return "Name"
	case 'O':
		return "Output"
	case 'R':
		return "Rate"
	}
	return "Unknown"
}

func (t tags) scope() string {
	switch t[2] {
	case 'C':
		return "Cluster"
	case 'P':
		return "Process"
	case 'S':
		return "Service"
	}
	return "Unknown"
}

// Header appends the first line of the CSV form.
func Header(b []byte) []byte {
	b = append(b, "# "...)
	for i := range columns {
		b = append(append(b, columns[i].name...), ',')
	}
	return append(b, '\n')
}

// Print says how statistics are printed.
type Print struct {
	Form  Form
	Desc  bool // with what each field means, in the typed form and for the process
	Float bool // times and rates of the process with fractions
}

// Append appends one object in the given form, without what separates JSON objects.
func (o *Object) Append(b []byte, p Print) []byte {
	if p.Form == CSV {
		for i := range columns {
			b = append(columns[i].value(o).appendCSV(b), ',')
		}
		return append(b, '\n')
	}
	if p.Form == JSON {
		b = append(b, '[')
	}
	first := true
	for i := range columns {
		c := columns[i]
		f := c.value(o)
		if i == separator || !f.Valid() {
			continue
		}
		if p.Form == Typed {
			b = append(b, roleLetters[o.Role], '.')
			b = strconv.AppendInt(append(strconv.AppendInt(b, int64(o.Proxy.ID), 10), '.'), o.id(), 10)
			b = appendTyped(append(b, '.'), pos(i), c.name, c.tagOf(o), f)
			if p.Desc && c.doc != "" {
				b = append(append(append(b, `:"`...), c.doc...), '"')
			}
			b = append(b, '\n')
			continue
		}
		if !first {
			b = append(b, ',')
		}
		first = false
		b = append(append(b, `{"objType":"`...), roleNames[o.Role]...)
		b = strconv.AppendInt(append(b, `","proxyId":`...), int64(o.Proxy.ID), 10)
		b = strconv.AppendInt(append(b, `,"id":`...), o.id(), 10)
		b = appendJSONField(append(b, ','), pos(i), c.name, c.tagOf(o), f)
	}
	if p.Form == JSON {
		b = append(b, ']')
	}
	return b
}

// pos is a column's position in the typed forms: the separator of the CSV form has none.
func pos(i int) int {
	if i > separator {
		return i - 1
	}
	return i
}

// id is the number of the object within its proxy.
func (o *Object) id() int64 {
	switch o.Role {
	case Server:
		return int64(o.Server.ID)
	case Listener:
		return int64(o.Bind.ID)
	}
	return 0
}

// appendTyped appends "pos.name.1:TAGS:type:value", without the end of the line.
func appendTyped(b []byte, pos int, name string, tag tags, f Field) []byte {
	b = append(strconv.AppendInt(b, int64(pos), 10), '.')
	b = append(append(b, name...), ".1:"...)
	b = append(append(b, tag...), ':')
	b = append(append(b, kindNames[f.kind]...), ':')
	return f.append(b)
}

// appendJSONField appends the members of a field's JSON object, and closes it.
func appendJSONField(b []byte, pos int, name string, tag tags, f Field) []byte {
	b = strconv.AppendInt(append(b, `"field":{"pos":`...), int64(pos), 10)
	b = appendQuoted(append(b, `,"name":`...), name)
	b = appendQuoted(append(b, `},"processNum":1,"tags":{"origin":`...), tag.origin())
	b = appendQuoted(append(b, `,"nature":`...), tag.nature())
	b = appendQuoted(append(b, `,"scope":`...), tag.scope())
	b = appendQuoted(append(b, `},"value":{"type":`...), kindNames[f.kind])
	b = f.appendJSON(append(b, `,"value":`...))
	return append(b, "}}"...)
}
