//go:build !race

package fetch_test

import (
	"testing"

	"sluice/internal/pattern"
)

// The race detector makes the pools inside of package regexp forget things at random, so this is told apart.
func TestRegexConditionsAllocateNothing(t *testing.T) {
	env := environment(t)
	s := stream("GET /Static/x.png?b HTTP/1.1\nHost: www.example.com")
	allocatesNothing(t, "{ path_reg ^/Sta.*png$ }", pattern.NewScope(pattern.NewLists()), env, s)
}
