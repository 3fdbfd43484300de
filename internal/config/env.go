package config

import (
	"slices"
	"strings"
)

// An Env is the environment that a configuration sees and changes (configuration.txt 2.3). It begins as a copy of the
// process's; whoever starts other programs afterwards passes them Environ.
type Env struct {
	names []string // in the order of first definition
	value map[string]string
}

// NewEnv makes an environment of "name=value" words, as os.Environ gives them. A repeated name keeps its first value.
func NewEnv(environ []string) *Env {
	e := &Env{value: make(map[string]string, len(environ))}
	for _, s := range environ {
		if name, v, ok := strings.Cut(s, "="); ok && name != "" {
			if _, set := e.value[name]; !set {
				e.Set(name, v)
			}
		}
	}
	return e
}

// Lookup returns the value of a variable and whether it exists.
func (e *Env) Lookup(name string) (string, bool) {
	v, ok := e.value[name]
	return v, ok
}

// Set gives a variable a value.
func (e *Env) Set(name, value string) {
	if _, ok := e.value[name]; !ok {
		e.names = append(e.names, name)
	}
	e.value[name] = value
}

// Unset removes a variable.
func (e *Env) Unset(name string) {
	if _, ok := e.value[name]; ok {
		delete(e.value, name)
		e.names = slices.DeleteFunc(e.names, func(n string) bool { return n == name })
	}
}

// Keep removes every variable but the named ones.
func (e *Env) Keep(names []string) {
	for _, n := range slices.Clone(e.names) {
		if !slices.Contains(names, n) {
			e.Unset(n)
		}
	}
}

// Environ returns the variables as "name=value" words in the order of their definition.
func (e *Env) Environ() []string {
	out := make([]string, 0, len(e.names))
	for _, n := range e.names {
		out = append(out, n+"="+e.value[n])
	}
	return out
}

// Clone returns a copy.
func (e *Env) Clone() *Env { return NewEnv(e.Environ()) }
