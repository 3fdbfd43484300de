package cli

import (
	"bytes"
	"errors"
	"strconv"
	"strings"

	"sluice/internal/pattern"
	"sluice/internal/value"
)

// mapCommands are about ACLs and maps.
func mapCommands() []Command {
	return []Command{
		{Name: "add acl", Args: "[@<ver>] <acl> <pattern>", Doc: "Adds a pattern to an ACL.", Access: Operator, Run: addACL},
		{Name: "add map", Args: "[@<ver>] <map> <key> <val>", Doc: "Adds an entry, or a payload of them, to a map.", Access: Operator, Run: addMap},
		{Name: "clear acl", Args: "[@<ver>] <acl>", Doc: "Removes all patterns of an ACL.", Access: Operator, Run: clearList(pattern.Tests)},
		{Name: "clear map", Args: "[@<ver>] <map>", Doc: "Removes all entries of a map.", Access: Operator, Run: clearList(pattern.Maps)},
		{Name: "commit acl", Args: "@<ver> <acl>", Doc: "Makes a prepared version of an ACL the one in force.", Access: Operator, Run: commitList(pattern.Tests)},
		{Name: "commit map", Args: "@<ver> <map>", Doc: "Makes a prepared version of a map the one in force.", Access: Operator, Run: commitList(pattern.Maps)},
		{Name: "del acl", Args: "<acl> [<key>|#<ref>]", Doc: "Removes a pattern from an ACL.", Access: Operator, Run: deleteFrom(pattern.Tests)},
		{Name: "del map", Args: "<map> [<key>|#<ref>]", Doc: "Removes an entry from a map.", Access: Operator, Run: deleteFrom(pattern.Maps)},
		{Name: "get acl", Args: "<acl> <value>", Doc: "Tells which pattern of an ACL a value matches.", Access: Operator, Run: getFrom(pattern.Tests)},
		{Name: "get map", Args: "<map> <value>", Doc: "Tells what a map makes of a value.", Access: Operator, Run: getFrom(pattern.Maps)},
		{Name: "prepare acl", Args: "<acl>", Doc: "Gives out a version of an ACL to fill.", Access: Operator, Run: prepareList(pattern.Tests)},
		{Name: "prepare map", Args: "<map>", Doc: "Gives out a version of a map to fill.", Access: Operator, Run: prepareList(pattern.Maps)},
		{Name: "set map", Args: "<map> [<key>|#<ref>] <value>", Doc: "Changes the value of a key of a map.", Access: Operator, Run: setMap},
		{Name: "show acl", Args: "[[@<ver>] <acl>]", Doc: "Lists the ACLs, or the patterns of one.", Access: Operator, Run: showLists(pattern.Tests)},
		{Name: "show map", Args: "[[@<ver>] <map>]", Doc: "Lists the maps, or the entries of one.", Access: Operator, Run: showLists(pattern.Maps)},
	}
}

// titles are what messages call the lists of each kind.
var titles = [...]string{pattern.Tests: "ACL", pattern.Maps: "map"}

// list returns the list that a word names. Without one the answer is given already.
func (s *Session) list(kind pattern.Kind, args []string) *pattern.List {
	if s.srv.Lists != nil && len(args) > 0 {
		if l := s.srv.Lists.Lookup(kind, args[0]); l != nil {
			return l
		}
	}
	s.Fail("Unknown " + titles[kind] + " identifier. Please use #<id> or <file>.")
	return nil
}

// atVersion takes a version off the words; given says whether there was one.
func atVersion(args []string) (number uint32, given bool, rest []string) {
	if len(args) == 0 || !strings.HasPrefix(args[0], "@") {
		return 0, false, args
	}
	digits := args[0][1:]
	end := 0
	for end < len(digits) && digits[end] >= '0' && digits[end] <= '9' {
		end++
	}
	n, _ := strconv.ParseUint(digits[:end], 10, 64)
	return uint32(n), true, args[1:]
}

// reference reads the number of an entry: "#" and hexadecimal digits, with or without "0x". A word that begins otherwise is a
// key; whole is false for a number with something behind it.
func reference(word string) (r pattern.Ref, ok, whole bool) {
	digits, ok := strings.CutPrefix(word, "#")
	if !ok {
		return 0, false, false
	}
	if hex, cut := strings.CutPrefix(digits, "0x"); cut {
		if hex == "" || value.HexDigit(hex[0]) < 0 {
			return 0, true, false // the zero is a number, and the rest is behind it
		}
		digits = hex
	}
	end := 0
	for end < len(digits) && value.HexDigit(digits[end]) >= 0 {
		end++
	}
	n, _ := strconv.ParseUint(digits[:end], 16, 64)
	return pattern.Ref(n), end > 0, end == len(digits)
}

// malformed answers to a reference that is none.
func (s *Session) malformed() { s.Fail("Malformed identifier. Please use #<id> or <file>.") }

// refused answers that an entry could not be taken in.
func (s *Session) refused(err error) {
	if errors.Is(err, pattern.ErrNoVersion) {
		s.Fail("Version number in the future, please use 'prepare map' before.")
		return
	}
	s.Fail(err.Error() + ".")
}

func addACL(s *Session, args []string) {
	number, given, args := atVersion(args)
	if len(args) < 2 {
		s.Fail("'add acl' expects two parameters: ACL identifier and pattern.")
		return
	}
	l := s.list(pattern.Tests, args)
	if l == nil {
		return
	}
	if l.Map {
		s.Fail("This ACL is shared with a map containing samples. You must use the command 'add map' to add values.")
		return
	}
	if !given {
		number = l.Current()
	}
	if err := l.Add(number, []byte(args[1]), nil); err != nil {
		s.refused(err)
	}
}

func addMap(s *Session, args []string) {
	number, given, args := atVersion(args)
	if len(args) == 0 || len(args) < 3 && len(s.payload) == 0 {
		s.Fail("'add map' expects three parameters (map identifier, key and value) or one parameter (map identifier) and a payload")
		return
	}
	l := s.list(pattern.Maps, args)
	if l == nil {
		return
	}
	if !given {
		number = l.Current()
	}
	if len(s.payload) == 0 {
		if err := l.Add(number, []byte(args[1]), []byte(args[2])); err != nil {
			s.refused(err)
		}
		return
	}
	for line := range bytes.Lines(s.payload) {
		line = bytes.TrimRight(line, "\r\n")
		end := bytes.IndexAny(line, " \t")
		if end < 0 {
			s.Fail("Missing value for key '" + printable(string(line)) + "'.")
			return
		}
		if err := l.Add(number, line[:end], bytes.TrimLeft(line[end:], " \t")); err != nil {
			s.refused(err)
			return
		}
	}
}

func clearList(kind pattern.Kind) func(*Session, []string) {
	return func(s *Session, args []string) {
		number, given, args := atVersion(args)
		if len(args) == 0 {
			s.Fail("Missing " + titles[kind] + " identifier.")
			return
		}
		if l := s.list(kind, args); l != nil {
			if !given {
				number = l.Current()
			}
			l.Clear(number)
		}
	}
}

func commitList(kind pattern.Kind) func(*Session, []string) {
	return func(s *Session, args []string) {
		number, given, args := atVersion(args)
		switch {
		case !given:
			s.Fail("Missing version number.")
		case len(args) == 0:
			s.Fail("Missing " + titles[kind] + " identifier.")
		default:
			if l := s.list(kind, args); l != nil && l.Commit(number) != nil {
				s.Fail("Version number out of range.")
			}
		}
	}
}

func prepareList(kind pattern.Kind) func(*Session, []string) {
	return func(s *Session, args []string) {
		if l := s.list(kind, args); l != nil {
			s.Say("New version created: " + strconv.FormatUint(uint64(l.Prepare()), 10))
		}
	}
}

func deleteFrom(kind pattern.Kind) func(*Session, []string) {
	return func(s *Session, args []string) {
		if len(args) < 2 {
			s.Fail("This command expects two parameters: " + titles[kind] + " identifier and key.")
			return
		}
		l := s.list(kind, args)
		if l == nil {
			return
		}
		var err error
		if r, ok, whole := reference(args[1]); ok && !whole {
			s.malformed()
			return
		} else if ok {
			err = l.DeleteRef(r)
		} else {
			err = l.Delete([]byte(args[1]))
		}
		if err != nil {
			s.Fail("Key not found.")
		}
	}
}

func setMap(s *Session, args []string) {
	if len(args) < 3 {
		s.Fail("'set map' expects three parameters: map identifier, key and value.")
		return
	}
	l := s.list(pattern.Maps, args)
	if l == nil {
		return
	}
	r, byRef, whole := reference(args[1])
	if byRef && !whole {
		s.malformed()
		return
	}
	var err error
	if byRef {
		err = l.SetRef(r, []byte(args[2]))
	} else {
		err = l.Set([]byte(args[1]), []byte(args[2]))
	}
	switch {
	case err == nil:
	case !errors.Is(err, pattern.ErrNoEntry):
		s.Fail(err.Error() + ".")
	case byRef:
		s.Fail("key or pattern not found.")
	default:
		s.Fail("entry not found.")
	}
}

func showLists(kind pattern.Kind) func(*Session, []string) {
	return func(s *Session, args []string) {
		number, given, args := atVersion(args)
		if len(args) == 0 {
			s.Printf("# id (file) description\n")
			if s.srv.Lists == nil {
				return
			}
			for _, l := range s.srv.Lists.Of(kind) {
				s.Printf("%d (%s) %s. curr_ver=%d next_ver=%d entry_cnt=%d\n", l.ID, l.Name, l, l.Current(), l.Next(), l.Count())
			}
			return
		}
		l := s.list(kind, args)
		if l == nil {
			return
		}
		if !given {
			number = l.Current()
		}
		l.Each(number, func(r pattern.Ref, key, value []byte) bool {
			s.out.WriteString("0x" + strconv.FormatUint(uint64(r), 16) + " ")
			s.out.Write(key)
			if l.Map {
				s.out.WriteByte(' ')
				s.out.Write(value)
			}
			s.out.WriteByte('\n')
			return !s.over
		})
	}
}

func getFrom(kind pattern.Kind) func(*Session, []string) {
	return func(s *Session, args []string) {
		if len(args) < 2 {
			s.Fail("Missing " + titles[kind] + " identifier and/or key.")
			return
		}
		l := s.list(kind, args)
		if l == nil {
			return
		}
		for _, m := range l.Probe([]byte(args[1])) {
			s.matched(kind, &m)
		}
	}
}

// matched prints what one user of a list finds.
func (s *Session) matched(kind pattern.Kind, m *pattern.Match) {
	found, word := "match", "pattern"
	if kind == pattern.Maps {
		found, word = "found", "key"
	}
	sensitive, index := "sensitive", "list"
	if m.Fold {
		sensitive = "insensitive"
	}
	if !m.Found {
		s.Printf("type=%s, case=%s, %s=no\n", m.Method, sensitive, found)
		return
	}
	if m.Tree {
		index = "tree"
	}
	s.Printf("type=%s, case=%s, %s=yes, idx=%s, %s=\"%s\"", m.Method, sensitive, found, index, word, m.Key)
	switch {
	case kind == pattern.Tests:
	case m.Type == "":
		s.Printf(", value=none")
	default:
		s.Printf(", value=\"%s\", type=\"%s\"", m.Value, m.Type)
	}
	s.out.WriteByte('\n')
}
