package cli

import (
	"sluice/internal/secure"
)

// authorityCommands are about files of authorities and of lists of revocations (management.txt 9.3).
func authorityCommands() []Command {
	const ca, crl = secure.CAFile, secure.CRLFile
	return []Command{
		{Name: "abort ssl ca-file", Args: "<cafile>", Doc: "Forgets the transaction about a file of authorities.", Access: Admin, Run: abortAuthorities(ca)},
		{Name: "abort ssl crl-file", Args: "<crlfile>", Doc: "Forgets the transaction about a file of revocations.", Access: Admin, Run: abortAuthorities(crl)},
		{Name: "add ssl ca-file", Args: "<cafile> <payload>", Doc: "Adds an authority to those of a transaction.", Access: Admin, Run: setAuthorities(ca, true)},
		{Name: "commit ssl ca-file", Args: "<cafile>", Doc: "Puts the authorities of a transaction in place.", Access: Admin, Run: commitAuthorities(ca)},
		{Name: "commit ssl crl-file", Args: "<crlfile>", Doc: "Puts the revocations of a transaction in place.", Access: Admin, Run: commitAuthorities(crl)},
		{Name: "del ssl ca-file", Args: "<cafile>", Doc: "Deletes a file of authorities that nobody uses.", Access: Admin, Run: deleteAuthorities(ca)},
		{Name: "del ssl crl-file", Args: "<crlfile>", Doc: "Deletes a file of revocations that nobody uses.", Access: Admin, Run: deleteAuthorities(crl)},
		{Name: "new ssl ca-file", Args: "<cafile>", Doc: "Makes an empty file of authorities, to be used in a list.", Access: Admin, Run: newAuthorities(ca)},
		{Name: "new ssl crl-file", Args: "<crlfile>", Doc: "Makes an empty file of revocations, to be used in a list.", Access: Admin, Run: newAuthorities(crl)},
		{Name: "set ssl ca-file", Args: "<cafile> <payload>", Doc: "Puts authorities into a transaction.", Access: Admin, Run: setAuthorities(ca, false)},
		{Name: "set ssl crl-file", Args: "<crlfile> <payload>", Doc: "Puts revocations into a transaction.", Access: Admin, Run: setAuthorities(crl, false)},
		{Name: "show ssl ca-file", Args: "[<cafile>[:<index>]]", Doc: "Lists the files of authorities, or shows one.", Run: showAuthorities},
		{Name: "show ssl crl-file", Args: "[<crlfile>[:<index>]]", Doc: "Lists the files of revocations, or shows one.", Run: showRevocations},
	}
}

// authorityWords are what the commands of each kind are called, and what they expect.
var authorityWords = [...]struct{ word, payload string }{
	secure.CAFile:  {"ca-file", "CAs"},
	secure.CRLFile: {"crl-file", "CRLs"},
}

func setAuthorities(kind secure.AuthorityKind, adds bool) func(*Session, []string) {
	return func(s *Session, args []string) {
		if len(args) == 0 || len(s.payload) == 0 {
			s.Fail("'set ssl " + authorityWords[kind].word + "' expects a filename and " + authorityWords[kind].payload + " as a payload")
			return
		}
		store := s.store()
		if store == nil {
			return
		}
		created, err := store.SetAuthorities(kind, args[0], s.payload, adds)
		switch {
		case err != nil:
			s.failed(err, "update", args[0])
		case created:
			s.Say("transaction created for " + kind.String() + " " + args[0] + "!")
		default:
			s.Say("transaction updated for " + kind.String() + " " + args[0] + "!")
		}
	}
}

func commitAuthorities(kind secure.AuthorityKind) func(*Session, []string) {
	return func(s *Session, args []string) {
		if len(args) == 0 {
			s.Fail("'commit ssl " + authorityWords[kind].word + "' expects a filename")
			return
		}
		store := s.store()
		if store == nil {
			return
		}
		s.commit(args[0], func() error { return store.OpenAuthorities(kind, args[0], secure.ToCommit) },
			func() (int, error) { return store.CommitAuthorities(kind, args[0]) })
	}
}

func abortAuthorities(kind secure.AuthorityKind) func(*Session, []string) {
	return func(s *Session, args []string) {
		if len(args) == 0 {
			s.Fail("'abort ssl " + authorityWords[kind].word + "' expects a filename")
			return
		}
		store := s.store()
		if store == nil {
			return
		}
		if err := store.AbortAuthorities(kind, args[0]); err != nil {
			s.Fail(err.Error())
			return
		}
		s.Say("Transaction aborted for certificate '" + args[0] + "'!")
	}
}

func newAuthorities(kind secure.AuthorityKind) func(*Session, []string) {
	return func(s *Session, args []string) {
		if len(args) == 0 {
			s.Fail("'new ssl " + authorityWords[kind].word + "' expects a filename")
			return
		}
		store := s.store()
		if store == nil {
			return
		}
		if err := store.NewAuthorities(kind, args[0]); err != nil {
			s.Fail(err.Error())
			return
		}
		s.Say("New " + kind.String() + " file created '" + args[0] + "'!")
	}
}

func deleteAuthorities(kind secure.AuthorityKind) func(*Session, []string) {
	return func(s *Session, args []string) {
		if len(args) == 0 {
			s.Fail("'del ssl " + authorityWords[kind].word + "' expects a " + kind.String() + " file name")
			return
		}
		store := s.store()
		if store == nil {
			return
		}
		if err := store.DeleteAuthorities(kind, args[0]); err != nil {
			s.Fail("Can't remove the " + kind.String() + " file: " + err.Error())
			return
		}
		s.Say(kind.String() + " file '" + args[0] + "' deleted!")
	}
}

// authorityFile finds what a word of show ssl ca-file or show ssl crl-file stands for; a is nil after the answer was given.
func (s *Session) authorityFile(kind secure.AuthorityKind, word string) (a *secure.Authorities, status secure.Status, index int) {
	store := s.store()
	if store == nil {
		return nil, "", 0
	}
	if a, status = store.LookupAuthorities(kind, word); a != nil {
		return a, status, 0
	}
	name, index, err := indexed(word)
	if err != nil {
		s.Fail("wrong " + kind.String() + " index after colons in '" + word + "'!")
		return nil, "", 0
	}
	if a, status = store.LookupAuthorities(kind, name); a == nil {
		s.Fail("Can't display the " + kind.String() + " file : Not found!")
	}
	return a, status, index
}

// authorityHead prints the first lines about a file.
func (s *Session) authorityHead(a *secure.Authorities, status secure.Status) {
	mark := ""
	if status == secure.Uncommitted {
		mark = "*"
	}
	s.Printf("Filename: %s%s\nStatus: %s\n", mark, a.Path, status)
}

func showAuthorities(s *Session, args []string) {
	if len(args) == 0 {
		s.authorityFiles(secure.CAFile, func(a *secure.Authorities) {
			s.Printf("%s - %d certificate(s)\n", a.Path, len(a.Certificates()))
		})
		return
	}
	a, status, index := s.authorityFile(secure.CAFile, args[0])
	if a == nil || index > len(a.Certificates()) || len(a.Certificates()) == 0 {
		return
	}
	s.authorityHead(a, status)
	for i, c := range a.Certificates() {
		if index == 0 || index == i+1 {
			s.Printf(" \nCertificate #%d:\n", i+1)
			s.certLines(c)
		}
	}
}

func showRevocations(s *Session, args []string) {
	if len(args) == 0 {
		s.authorityFiles(secure.CRLFile, func(a *secure.Authorities) { s.Printf("%s\n", a.Path) })
		return
	}
	a, status, index := s.authorityFile(secure.CRLFile, args[0])
	if a == nil {
		return
	}
	s.authorityHead(a, status)
	for i := range a.CRLs() {
		if index == 0 || index == i+1 {
			s.Printf(" \nCertificate Revocation List #%d:\n", i+1)
			s.out.Write(a.AppendCRL(nil, i))
		}
	}
}

// authorityFiles prints the files of a kind, the one of a transaction first.
func (s *Session) authorityFiles(kind secure.AuthorityKind, one func(*secure.Authorities)) {
	store := s.store()
	if store == nil {
		return
	}
	all, open := store.AuthorityFiles(kind)
	if open != nil {
		s.Printf("# transaction\n*")
		one(open)
	}
	s.Printf("# filename\n")
	for _, a := range all {
		one(a)
	}
}
