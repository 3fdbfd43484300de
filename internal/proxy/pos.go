package proxy

import "strconv"

// Pos is a place in the configuration. Every rule, ACL, server and proxy carries one, so that whatever happens at run
// time can be traced to a line. Line and Col count from 1; Col counts bytes and is 0 when only the line is known.
type Pos struct {
	File string
	Line int
	Col  int
}

// String returns "file:line", the form of HAProxy's messages.
func (p Pos) String() string { return p.File + ":" + strconv.Itoa(p.Line) }
