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

// Append appends one object in the given form. JSON objects are separated by the caller.
func (o *Object) Append(b []byte, form Form) []byte {
	if form == JSON {
		b = append(b, '[')
	}
	first := true
	for i := range columns {
		c := &columns[i]
		if i == separator && form != CSV {
			continue
		}
		f := c.value(o)
		switch {
		case form == CSV:
			b = append(f.appendCSV(b), ',')
		case !f.Valid():
		case form == Typed:
			b = append(b, roleLetters[o.Role], '.')
			b = strconv.AppendInt(append(strconv.AppendInt(b, int64(o.Proxy.ID), 10), '.'), o.id(), 10)
			b = appendTyped(append(b, '.'), pos(i), c.name, c.tag, f)
		default:
			if !first {
				b = append(b, ',')
			}
			first = false
			b = append(b, `{"objType":"`...)
			b = append(b, roleNames[o.Role]...)
			b = strconv.AppendInt(append(b, `","proxyId":`...), int64(o.Proxy.ID), 10)
			b = strconv.AppendInt(append(b, `,"id":`...), o.id(), 10)
			b = appendJSONField(append(b, ','), pos(i), c.name, c.tag, f)
		}
	}
	switch form {
	case CSV:
		return append(b, '\n')
	case JSON:
		return append(b, ']')
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

// appendTyped appends "pos.name.1:TAGS:type:value".
func appendTyped(b []byte, pos int, name string, tag tags, f Field) []byte {
	b = append(strconv.AppendInt(b, int64(pos), 10), '.')
	b = append(append(b, name...), ".1:"...)
	b = append(append(b, tag...), ':')
	b = append(append(b, kindNames[f.kind]...), ':')
	return append(f.append(b), '\n')
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
