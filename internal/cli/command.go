package cli

import (
	"maps"
	"slices"
	"strings"
)

// Command is a row of the tables: one command of the runtime API.
type Command struct {
	Name         string // its fixed words
	Args         string // what follows them, as help prints it
	Doc          string // one sentence
	Access       Access
	Expert       bool // only after expert-mode on
	Experimental bool // only after experimental-mode on
	Hidden       bool // help does not list it
	Run          func(s *Session, args []string)
}

// Commands returns all commands, sorted by name. It panics when two tables have the same one.
func Commands() []Command {
	all := slices.Concat(sessionCommands(), processCommands(), statsCommands(), trafficCommands(), serverCommands(),
		serverChanges(), dynamicCommands(), checkChanges(), debugCommands(), frontendChanges(), backendChanges(), variableCommands(), ruleCommands(), mapCommands(), tableCommands(), resolverCommands(),
		peerCommands(), profilingCommands(), threadCommands(), descriptorCommands(), deviceCommands(),
		tlsCommands(), tokenCommands())
	slices.SortFunc(all, func(a, b Command) int { return strings.Compare(a.Name, b.Name) })
	for i := 1; i < len(all); i++ {
		if all[i].Name == all[i-1].Name {
			panic("cli: two commands are called " + all[i].Name)
		}
	}
	return all
}

// AppendKeywords appends the commands in the form of -dKcli, with those of a master's command line, sorted, among them.
func AppendKeywords(b []byte, master []string) []byte {
	places := map[string]string{}
	for _, name := range master {
		places[name] = "[MASTER] "
	}
	for _, c := range Commands() {
		place := places[c.Name] + "[WORKER] "
		if c.Expert {
			place += "[EXPERT] "
		}
		if c.Experimental {
			place += "[EXPERIM] "
		}
		places[c.Name] = place
	}
	for _, name := range slices.Sorted(maps.Keys(places)) {
		b = append(append(append(b, name...), ' '), places[name]+"\n"...)
	}
	return b
}

// find returns the command that words begin with, the longest if several do, and the words behind it.
func find(commands []Command, words []string) (best *Command, args []string) {
	length := 0
	for i := range commands {
		c := &commands[i]
		name := strings.Fields(c.Name)
		if len(name) > length && len(name) <= len(words) && slices.Equal(name, words[:len(name)]) {
			best, length = c, len(name)
		}
	}
	return best, words[length:]
}

// always are listed at the end of each help.
func always(name string) bool { return name == "help" || name == "prompt" || name == "quit" }

// help lists the commands that want names, all without any.
func (s *Session) help(want []string) {
	var last []*Command
	for i := range s.srv.commands {
		c := &s.srv.commands[i]
		switch {
		case c.Hidden || c.Expert && !s.expert || c.Experimental && !s.experimental:
		case always(c.Name):
			last = append(last, c)
		case len(want) == 0 || slices.Contains(want, c.Name):
			s.helpLine(c)
		}
	}
	for _, c := range last {
		s.helpLine(c)
	}
}

func (s *Session) helpLine(c *Command) {
	usage := c.Name
	if c.Args != "" {
		usage += " " + c.Args
	}
	s.Printf("  %-40s: %s\n", usage, strings.TrimSuffix(c.Doc, "."))
}

// unknown answers to words that are no command with those that are nearest.
func (s *Session) unknown(words []string) {
	s.Say("Unknown command: '" + printable(words[0]) + "', but maybe one of the following ones is a better match:")
	s.help(s.nearest(words))
}

// mostNear is how many commands are proposed for a mistyped one.
const mostNear = 5

// slackNear is by how many letters a proposal may be further away than the best one.
const slackNear = 2

// nearest returns the names of the commands that words may have meant: those that begin with all of them. Without any it is
// the few that look most alike, of those that begin with as many of the words as any does.
func (s *Session) nearest(words []string) (names []string) {
	for n := min(len(words), 4); n >= 0 && len(names) == 0; n-- {
		typed := strings.Join(words[:n], " ")
		for i := range s.srv.commands {
			if c := &s.srv.commands[i]; !c.Hidden && strings.HasPrefix(c.Name, typed) && (n > 0 || !always(c.Name)) {
				names = append(names, c.Name)
			}
		}
		if n == len(words) && len(names) > 0 || len(names) <= mostNear {
			continue
		}
		names = alike(names, words)
	}
	return names
}

// alike picks the few names that look most like words, in the order of the names.
func alike(names, words []string) (near []string) {
	far := make([]int, len(names))
	for i, name := range names {
		n := min(len(words), strings.Count(name, " ")+1)
		far[i] = distance(strings.Join(words[:n], " "), name)
		if len(words) == 1 { // the word may be a later one: "stat" for "show stat"
			for _, part := range strings.Fields(name)[1:] {
				far[i] = min(far[i], 1+distance(words[0], part))
			}
		}
	}
	order := make([]int, len(names))
	for i := range order {
		order[i] = i
	}
	slices.SortStableFunc(order, func(a, b int) int { return far[a] - far[b] })
	order = order[:min(len(order), mostNear)]
	most := far[order[0]] + slackNear
	slices.Sort(order)
	for _, i := range order {
		if far[i] <= most {
			near = append(near, names[i])
		}
	}
	return near
}

// distance counts the letters to insert, remove and replace between two texts, of which it looks at the beginnings.
func distance(a, b string) int {
	const most = 32
	a, b = a[:min(len(a), most)], b[:min(len(b), most)]
	var row [most + 1]int
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		diagonal := row[0]
		row[0] = i + 1
		for j := range len(b) {
			d := diagonal
			if a[i] != b[j] {
				d++
			}
			diagonal = row[j+1]
			row[j+1] = min(d, row[j]+1, diagonal+1)
		}
	}
	return row[len(b)]
}
