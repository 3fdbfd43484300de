package cli

import (
	"encoding/base64"
	"strings"
	"time"

	"sluice/internal/secure"
)

// ocspCommands are about what authorities say of certificates (management.txt 9.3).
func ocspCommands() []Command {
	return []Command{
		{Name: "set ssl ocsp-response", Args: "<resp|payload>", Doc: "Puts what an authority says of a certificate in place.", Access: Admin, Run: setResponse},
		{Name: "show ssl ocsp-response", Args: "[[text|base64] id]", Doc: "Lists what authorities are known to say, or shows it of one certificate.", Access: Admin, Run: showResponse},
		{Name: "show ssl ocsp-updates", Doc: "Lists the certificates whose authorities are asked again.", Access: Admin, Run: showUpdates},
		{Name: "update ssl ocsp-response", Args: "<certfile>", Doc: "Asks a certificate's authority.", Access: Admin, Run: updateResponse},
	}
}

func setResponse(s *Session, args []string) {
	text := s.payload
	if len(text) == 0 && len(args) > 0 {
		text = []byte(args[0])
	}
	if len(text) == 0 {
		s.Fail("'set ssl ocsp-response' expects response in base64 encoding.")
		return
	}
	der, err := base64.StdEncoding.DecodeString(strings.Join(strings.Fields(string(text)), ""))
	if err != nil || len(der) == 0 {
		s.Fail("'set ssl ocsp-response' received invalid base64 encoded response.")
		return
	}
	store := s.store()
	if store == nil {
		return
	}
	if err := store.SetResponse(der); err != nil {
		s.Fail(err.Error() + ".")
		return
	}
	s.Say("OCSP Response updated!")
}

func showResponse(s *Session, args []string) {
	store := s.store()
	if store == nil {
		return
	}
	if len(args) == 0 {
		s.staples(store)
		return
	}
	form := "text"
	if len(args) > 1 {
		if form = args[0]; form != "text" && form != "base64" {
			s.Fail("'show ssl ocsp-response' expects 'text' or 'base64' before the certid.")
			return
		}
		args = args[1:]
	}
	st := store.StapleOf(args[0])
	if st == nil {
		s.Fail("'show ssl ocsp-response' expects a valid certid or certificate path.")
		return
	}
	if form == "base64" {
		s.Printf("%s\n", base64.StdEncoding.EncodeToString(st.DER()))
		return
	}
	s.response(st.DER())
}

// staples lists what authorities are known to say something about.
func (s *Session) staples(store *secure.Store) {
	all := store.Staples()
	if len(all) > 0 {
		s.Printf("# Certificate IDs\n")
	}
	for _, st := range all {
		s.Printf("Certificate ID key : %s\nCertificate path : %s\n", st.ID, st.Path)
		s.out.Write(st.AppendID(nil))
	}
}

// response prints an answer of an authority, nothing when there is none.
func (s *Session) response(der []byte) {
	if der == nil {
		return
	}
	text, err := secure.AppendResponse(nil, der)
	if err != nil {
		s.Fail(err.Error() + ".")
		return
	}
	s.out.Write(text)
}

func showUpdates(s *Session, _ []string) {
	store := s.store()
	if store == nil {
		return
	}
	s.Printf("OCSP Certid | Path | Next Update | Last Update | Successes | Failures | Last Update Status | Last Update Status (str)\n")
	for _, u := range store.UpdateLines(time.Now()) {
		last := "-"
		if !u.Last.IsZero() {
			last = u.Last.Format(updateDate)
		}
		s.Printf("%s | %s | %s | %s | %d | %d | %d | %v\n", u.ID, u.Path, u.Next.Format(updateDate), last, u.Successes, u.Failures, u.Status, u.Status)
	}
}

// updateDate is how the list of updates writes a time.
const updateDate = "02/Jan/2006:15:04:05 -0700"

func updateResponse(s *Session, args []string) {
	if len(args) == 0 {
		s.Fail("'update ssl ocsp-response' expects a filename")
		return
	}
	store := s.store()
	if store == nil {
		return
	}
	if err := store.Ask(args[0]); err != nil {
		s.Fail(err.Error() + "\nCan't send ocsp request for " + args[0] + "!")
	}
}
