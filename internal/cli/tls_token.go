package cli

// tokenCommands are about the certificates that tokens may use (management.txt 9.3).
func tokenCommands() []Command {
	return []Command{
		{Name: "add ssl jwt", Args: "<certfile>", Doc: "Lets tokens use a certificate.", Access: Admin, Run: allowToken("add", true)},
		{Name: "del ssl jwt", Args: "<certfile>", Doc: "Keeps tokens from using a certificate.", Access: Admin, Run: allowToken("del", false)},
		{Name: "show ssl jwt", Doc: "Lists the certificates that tokens may use.", Run: showTokenCerts},
	}
}

func allowToken(verb string, on bool) func(*Session, []string) {
	return func(s *Session, args []string) {
		if len(args) == 0 {
			s.Fail("'" + verb + " ssl jwt' expects a filename")
			return
		}
		if store := s.store(); store != nil && !store.AllowToken(args[0], on) {
			s.noCert()
		}
	}
}

func showTokenCerts(s *Session, _ []string) {
	store := s.store()
	if store == nil {
		return
	}
	s.Printf("# filename\n")
	if store.Tokens == nil {
		return
	}
	for _, name := range store.Tokens.Certs() {
		s.Printf("%s\n", name)
	}
}
