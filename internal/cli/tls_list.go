package cli

import (
	"strings"
	"time"

	"sluice/internal/config"
	"sluice/internal/secure"
)

// listCommands are about lists of certificates and the names in them (management.txt 9.3).
func listCommands() []Command {
	return []Command{
		{Name: "add ssl crt-list", Args: "<list> <cert> [opts]*", Doc: "Adds a certificate, or a line as a payload, to a list.", Access: Admin, Run: addToList},
		{Name: "del ssl crt-list", Args: "<list> <cert[:line]>", Doc: "Takes a certificate out of a list.", Access: Admin, Run: deleteFromList},
		{Name: "show ssl crt-list", Args: "[-n] [<list>]", Doc: "Lists the lists of certificates, or the lines of one.", Access: Admin, Run: showCrtLists},
		{Name: "show ssl sni", Args: "[-f <frontend>] [-A]", Doc: "Lists the names that there are certificates for.", Run: showNames},
	}
}

func addToList(s *Session, args []string) {
	if len(args) == 0 || len(args) < 2 && len(s.payload) == 0 {
		s.Fail("'add ssl crtlist' expects a filename and a certificate name")
		return
	}
	store := s.store()
	if store == nil {
		return
	}
	text := strings.Join(args[1:], " ")
	if len(s.payload) > 0 {
		text = strings.TrimRight(string(s.payload), "\r\n")
	}
	if strings.Contains(text, "\n") {
		s.Fail("Can't edit the crt-list: only one line of payload is supported!")
		return
	}
	line, ok, err := secure.ParseListCommand(text)
	switch {
	case err != nil:
		s.Fail("Can't edit the crt-list: " + err.Error())
		return
	case !ok:
		s.Fail("'add ssl crtlist' expects a filename and a certificate name")
		return
	}
	plan, err := store.Plan(args[0], &line)
	if err != nil {
		s.Fail("Can't edit the crt-list: " + err.Error())
		return
	}
	s.done("Inserting certificate '"+plan.Entry.Cert+"' in crt-list '"+plan.List.Path+"'", func() (int, error) { return store.Add(plan) })
}

func deleteFromList(s *Session, args []string) {
	if len(args) < 2 {
		s.Fail("'del ssl crtlist' expects a filename and a certificate name")
		return
	}
	store := s.store()
	if store == nil {
		return
	}
	name, err := store.Remove(args[0], args[1])
	if err != nil {
		s.Fail("Can't delete the entry: " + err.Error())
		return
	}
	s.Say("Entry '" + name + "' deleted in crtlist '" + strings.TrimRight(args[0], "/") + "'!")
}

func showCrtLists(s *Session, args []string) {
	store := s.store()
	if store == nil {
		return
	}
	numbers := len(args) > 0 && args[0] == "-n"
	if numbers {
		args = args[1:]
	}
	if len(args) == 0 && numbers {
		s.Fail("'show ssl crt-list -n' expects a filename or a directory")
		return
	}
	if len(args) == 0 {
		for _, x := range store.Lists() {
			s.Printf("%s\n", x.Path)
		}
		return
	}
	x, entries, ok := store.EntriesOf(args[0])
	if !ok {
		s.Fail("didn't find the specified filename")
		return
	}
	s.Printf("# %s\n", x.Path)
	for _, e := range entries {
		s.Printf("%s", e.Cert)
		if numbers {
			s.Printf(":%d", e.Line)
		}
		if len(e.Options) > 0 {
			s.Printf(" [%s]", strings.Join(e.Options, " "))
		}
		for _, f := range e.Filters {
			s.Printf(" %s", f)
		}
		s.Printf("\n")
	}
}

// nameFilter is which names show ssl sni lists.
type nameFilter struct {
	front   string
	expired bool
	ahead   time.Duration
}

// nameOptions reads the options of show ssl sni.
func (s *Session) nameOptions(args []string) (f nameFilter, text string) {
	for len(args) > 0 {
		word := args[0]
		args = args[1:]
		switch word {
		case "-A":
			f.expired = true
			continue
		case "-f", "-t":
		default:
			return f, "Invalid parameters, 'show ssl sni' only supports '-f', '-A' or '-t' options!"
		}
		switch {
		case len(args) == 0 && word == "-f":
			return f, "'-f' requires a frontend name!"
		case len(args) == 0:
			return f, "'-t' requires an offset argument!"
		case word == "-f":
			f.front = args[0]
			if s.srv.snapshot().Front(f.front) == nil {
				return f, "Couldn't find the specified frontend!"
			}
		default:
			d, rest, err := config.ParseTime(args[0], time.Second)
			if err == nil && rest != "" {
				err = &config.ValueError{Rest: rest}
			}
			if err != nil {
				return f, "'-t " + printable(args[0]) + "' : " + printable(err.Error())
			}
			f.ahead = d
		}
		args = args[1:]
	}
	return f, ""
}

func showNames(s *Session, args []string) {
	store := s.store()
	if store == nil {
		return
	}
	filter, text := s.nameOptions(args)
	if text != "" {
		s.Fail(text)
		return
	}
	until := time.Now().Add(filter.ahead)
	s.Printf("# Frontend/Bind\tSNI\tNegative Filter\tType\tFilename\tNotAfter\tNotBefore\n")
	for _, n := range store.NamesOf() {
		leaf := n.Cert.TLS.Leaf
		if filter.front != "" && n.At.Proxy != filter.front || filter.expired && leaf.NotAfter.After(until) {
			continue
		}
		s.Printf("%s/%s:%d\t%s\t", n.At.Proxy, n.At.File, n.At.Line, n.Name)
		for _, not := range n.Not {
			s.Printf("!%s ", not)
		}
		if len(n.Not) == 0 {
			s.Printf("-")
		}
		s.Printf("\t%v\t%s\t%s\t%s\n", n.Cert.Kind, n.Cert.Path, secure.DateText(leaf.NotAfter), secure.DateText(leaf.NotBefore))
	}
}
