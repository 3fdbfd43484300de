package keyword

import (
	"fmt"
	"io"
	"strings"

	"sluice/internal/config"
	"sluice/internal/directive"
	"sluice/internal/rule"
)

// printConfig prints the sections with their keywords. A keyword with words of its own is a line for each of them, and
// what may follow the address of a bind or server line, or stand in a list of certificates, is a line with the number of
// its arguments.
func (t *Tables) printConfig(w io.Writer) {
	fmt.Fprintln(w, "# List of registered configuration keywords:")
	seen := map[string]bool{}
	for _, s := range t.registry.Sections() {
		switch s.Place {
		case config.InFrontend, config.InBackend, config.InDefaults:
			continue // their keywords are printed with those of listen
		}
		fmt.Fprintln(w, s.Name)
		places := []config.Place{s.Place}
		if s.Place == config.InListen {
			places = append(places, config.InFrontend, config.InBackend, config.InDefaults)
		}
		clear(seen)
		for _, place := range places {
			for _, k := range t.registry.Keywords(place) {
				if !seen[k.Name] && k.Removed == "" {
					seen[k.Name] = true
					t.printKeyword(w, k)
				}
			}
		}
	}
	fmt.Fprintln(w, "crt-list")
	for _, o := range directive.ListOptions() {
		fmt.Fprintf(w, "\t%s%s\n", o.Name, count(o.Args, o.More))
	}
}

func (t *Tables) printKeyword(w io.Writer, k *config.Keyword[*directive.Builder]) {
	fmt.Fprintf(w, "\t%s\n", k.Name)
	switch k.Name {
	case "bind":
		if k.In&config.InListen != 0 {
			for _, o := range directive.BindOptions() {
				fmt.Fprintf(w, "\tbind <addr> %s%s\n", o.Name, count(o.Args, o.More))
			}
		}
	case "server":
		if k.In&config.InListen != 0 {
			for _, o := range directive.ServerOptions() {
				fmt.Fprintf(w, "\tserver <name> <addr> %s%s\n", o.Name, count(o.Args, o.More))
			}
		}
	case "http-after-response", "http-request", "http-response", "quic-initial", "tcp-request", "tcp-response":
		t.printActions(w, k.Name)
	case "option":
		for i := range k.Sub {
			if s := &k.Sub[i]; s.Removed == "" {
				fmt.Fprintf(w, "\toption %s%s\n", s.Name, roles(s))
			}
		}
	}
}

// printActions prints the actions of the rule sets whose lines begin with a keyword; a star stands for an argument in
// parentheses.
func (t *Tables) printActions(w io.Writer, keyword string) {
	for _, set := range rule.Sets() {
		if name, _, _ := strings.Cut(set.String(), " "); name != keyword {
			continue
		}
		for _, name := range t.language.Actions.Names(set) {
			fmt.Fprintf(w, "\t%s %s\n", set, strings.Replace(name, "(*)", "*", 1))
		}
	}
}

// count is how the ledger shows the arguments of an option.
func count(args int, more bool) string {
	switch {
	case more && args > 0:
		return fmt.Sprintf(" +-%d", args)
	case args > 0:
		return fmt.Sprintf(" +%d", args)
	}
	return ""
}

// roles tells where an option may stand: FE, BE, and HTTP when it means nothing in TCP mode.
func roles(k *config.Keyword[*directive.Builder]) string {
	var b strings.Builder
	b.WriteString(" [")
	if k.In&config.InFrontend != 0 {
		b.WriteString(" FE")
	}
	if k.In&config.InBackend != 0 {
		b.WriteString(" BE")
	}
	if directive.HTTPOption(k.Name) {
		b.WriteString(" HTTP")
	}
	return b.String() + " ]"
}
