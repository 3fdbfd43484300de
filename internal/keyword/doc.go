// Package keyword is the product's table of contents: every table of every room joined into one registry, the list of
// features that conditions ask about, and the printed form of all of it (-dK, -vv). It is the only place that names
// all keyword rooms.
package keyword
