package rule

import (
	"slices"
	"strings"

	"sluice/internal/config"
	"sluice/internal/proxy"
)

// Action is the row of one action of one or several rule sets.
type Action struct {
	Name string
	Doc  string // one sentence
	Sets Set
	// Arg says that the name is followed by an argument in parentheses, as in set-var(txn.a).
	Arg bool
	// Number says that the name is followed by a number, as in track-sc0, up to what a parenthesis may begin; with Arg, that
	// words that begin with it are its mistakes.
	Number bool
	// Final says that nothing behind an unconditional rule with this action can run.
	Final bool
	// Experimental says that the action wants expose-experimental-directives.
	Experimental bool
	// Parse reads the words behind the name. Its errors are shown behind the name of the action.
	Parse func(p *Parser) (proxy.Action, error)
}

// Registry is the set of actions of one program.
type Registry struct {
	byName   map[string][]*Action
	services []Service
}

// Service is the row of something in the program that answers clients itself (use-service).
type Service struct {
	Name string
	Doc  string // one sentence
	Sets Set    // HTTPRequest or TCPContent
	// Serve answers: it fills in s.Answer and returns proxy.Reply, or answers by itself and returns proxy.Answered.
	Serve proxy.Action
}

// NewRegistry joins rows to a registry. It panics when two rows of a rule set have one name or a row is not complete.
func NewRegistry(rows []Action, services ...Service) *Registry {
	r := &Registry{byName: map[string][]*Action{}, services: services}
	for i := range rows {
		a := &rows[i]
		if a.Name == "" || a.Doc == "" || a.Sets == 0 || a.Parse == nil {
			panic("rule: action " + a.Name + " is not complete")
		}
		for _, other := range r.byName[a.Name] {
			if other.Sets&a.Sets != 0 {
				panic("rule: action " + a.Name + " is there twice in " + (other.Sets & a.Sets).String())
			}
		}
		r.byName[a.Name] = append(r.byName[a.Name], a)
	}
	return r
}

// Lookup returns the action that a word names in a rule set, and what stands in its parentheses with them.
func (r *Registry) Lookup(set Set, word string) (a *Action, arg string) {
	name := word
	if i := strings.IndexByte(word, '('); i >= 0 {
		name, arg = word[:i], word[i:]
	}
	for _, a := range r.byName[name] {
		if a.Sets&set != 0 && (a.Arg || arg == "") {
			return a, arg
		}
	}
	for known, rows := range r.byName {
		if !strings.HasPrefix(word, known) {
			continue
		}
		for _, a := range rows {
			if a.Number && a.Sets&set != 0 {
				return a, ""
			}
		}
	}
	return nil, ""
}

// Service returns the service of that name for a rule set, nil when there is none.
func (r *Registry) Service(set Set, name string) *Service {
	for i := range r.services {
		if s := &r.services[i]; s.Name == name && s.Sets&set != 0 {
			return s
		}
	}
	return nil
}

// Services returns the rows of the services.
func (r *Registry) Services() []Service { return slices.Clone(r.services) }

// Names returns the names of the actions of a rule set, sorted. Those with an argument in parentheses end in "(*)".
func (r *Registry) Names(set Set) []string {
	var names []string
	for name, rows := range r.byName {
		for _, a := range rows {
			if a.Sets&set != 0 {
				switch {
				case a.Number:
					names = append(names, name+"*")
				case a.Arg:
					names = append(names, name+"(*)")
				default:
					names = append(names, name)
				}
			}
		}
	}
	slices.Sort(names)
	return names
}

// Each calls fn for every row.
func (r *Registry) Each(fn func(*Action)) {
	for _, rows := range r.byName {
		for _, a := range rows {
			fn(a)
		}
	}
}

// suggestion asks whether another action was meant, "" when there is none near.
func (r *Registry) suggestion(set Set, word string) string {
	var names []string
	for _, n := range r.Names(set) {
		names = append(names, strings.TrimSuffix(strings.TrimSuffix(n, "(*)"), "*"))
	}
	word, _, _ = strings.Cut(word, "(")
	return config.Suggest(word, names)
}
