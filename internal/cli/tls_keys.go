package cli

import (
	"strconv"
	"strings"

	"sluice/internal/secure"
)

// ticketCommands are about the keys of tickets of sessions (management.txt 9.3).
func ticketCommands() []Command {
	return []Command{
		{Name: "set ssl tls-key", Args: "[id|file] <key>", Doc: "Puts a key behind those that tickets are sealed with.", Access: Admin, Run: setTicketKey},
		{Name: "show tls-keys", Args: "[id|*]", Doc: "Lists the files of keys of tickets, or the keys.", Access: Admin, Run: showTicketKeys},
	}
}

// ticketFile finds a file of keys by "#" and its number, or by its path.
func ticketFile(all []secure.TicketFile, word string) *secure.TicketFile {
	number, byID := strings.CutPrefix(word, "#")
	for i := range all {
		if byID && strconv.Itoa(all[i].ID) == number || !byID && all[i].Path == word {
			return &all[i]
		}
	}
	return nil
}

func setTicketKey(s *Session, args []string) {
	if len(args) < 2 {
		s.Fail("'set ssl tls-key' expects a filename and the new TLS key in base64 encoding.")
		return
	}
	store := s.store()
	if store == nil {
		return
	}
	f := ticketFile(store.TicketFiles(), args[0])
	if f == nil {
		s.Fail("'set ssl tls-key' unable to locate referenced filename")
		return
	}
	if err := store.NewTicketKey(f.ID, args[1]); err != nil {
		s.Fail(err.Error())
		return
	}
	s.Say("TLS ticket key updated!")
}

func showTicketKeys(s *Session, args []string) {
	store := s.store()
	if store == nil {
		return
	}
	all := store.TicketFiles()
	if len(args) == 0 {
		s.Printf("# id (file)\n")
		for i := range all {
			s.Printf("%d (%s)\n", all[i].ID, all[i].Path)
		}
		return
	}
	if args[0] != "*" {
		f := ticketFile(all, args[0])
		if f == nil {
			s.Fail("'show tls-keys' unable to locate referenced filename")
			return
		}
		all = []secure.TicketFile{*f}
	}
	s.Printf("# id secret\n")
	for i := range all {
		s.Printf("# %d (%s)\n", all[i].ID, all[i].Path)
		for n, key := range all[i].Keys {
			s.Printf("%d.%d %s\n", all[i].ID, n, key)
		}
	}
}
