// Package differential holds a test that gives the same expressions and the same inputs to Sluice and to the haproxy that
// is installed, and compares the answers. testdata/ lists both: whoever adds a keyword adds lines.
package differential
