package cli

import (
	"crypto/sha1"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"slices"
	"strings"

	"sluice/internal/secure"
)

// tlsCommands are all that are about TLS.
func tlsCommands() []Command {
	return slices.Concat(certCommands(), authorityCommands(), listCommands(), ocspCommands(), ticketCommands())
}

// certCommands are about certificates (management.txt 9.3).
func certCommands() []Command {
	return []Command{
		{Name: "abort ssl cert", Args: "<certfile>", Doc: "Forgets the transaction about a certificate.", Access: Admin, Run: abortCert},
		{Name: "commit ssl cert", Args: "<certfile>", Doc: "Puts the certificate of a transaction in place.", Access: Admin, Run: commitCert},
		{Name: "del ssl cert", Args: "<certfile>", Doc: "Deletes a certificate that nobody uses.", Access: Admin, Run: deleteCert},
		{Name: "dump ssl cert", Args: "<certfile>", Doc: "Prints a certificate with its key and chain in PEM.", Access: Admin, Run: dumpCert},
		{Name: "new ssl cert", Args: "<certfile>", Doc: "Makes an empty certificate, to be used in a list or folder.", Access: Admin, Run: newCert},
		{Name: "set ssl cert", Args: "<certfile> <payload>", Doc: "Puts a certificate into a transaction.", Access: Admin, Run: setCert},
		{Name: "show ssl cert", Args: "[<certfile>]", Doc: "Lists the certificates, or shows one.", Run: showCert},
	}
}

// store returns the certificates, nil after it has said that there are none.
func (s *Session) store() *secure.Store {
	if s.srv.Certs == nil {
		s.Fail("There are no certificates.")
	}
	return s.srv.Certs
}

// failed answers that a file could not be changed.
func (s *Session) failed(err error, verb, name string) {
	s.Fail(err.Error() + "\nCan't " + verb + " " + name + "!")
}

func setCert(s *Session, args []string) {
	if len(args) == 0 || len(s.payload) == 0 {
		s.Fail("'set ssl cert' expects a filename and a certificate as a payload")
		return
	}
	store := s.store()
	if store == nil {
		return
	}
	name, created, err := store.SetCertificate(args[0], s.payload)
	switch {
	case err != nil:
		s.failed(err, "update", args[0])
	case created:
		s.Say("Transaction created for certificate " + name + "!")
	default:
		s.Say("Transaction updated for certificate " + name + "!")
	}
}

func commitCert(s *Session, args []string) {
	if len(args) == 0 {
		s.Fail("'commit ssl cert' expects a filename")
		return
	}
	store := s.store()
	if store == nil {
		return
	}
	s.commit(args[0], func() error { return store.OpenCertificate(args[0], secure.ToCommit) },
		func() (int, error) { return store.CommitCertificate(args[0]) })
}

// commit ends a transaction: open says whether there is one, and put does it.
func (s *Session) commit(name string, open func() error, put func() (int, error)) {
	if err := open(); err != nil {
		s.failed(err, "commit", name)
		return
	}
	s.done("Committing "+name, put)
}

// done says what is being done, a dot for each part, and how it ended.
func (s *Session) done(what string, do func() (int, error)) {
	parts, err := do()
	if err != nil {
		s.Fail(what + "\n" + err.Error() + ".\nFailed!")
		return
	}
	s.Say(what + strings.Repeat(".", parts) + "\nSuccess!")
}

func abortCert(s *Session, args []string) {
	if len(args) == 0 {
		s.Fail("'abort ssl cert' expects a filename")
		return
	}
	store := s.store()
	if store == nil {
		return
	}
	if err := store.AbortCertificate(args[0]); err != nil {
		s.Fail(err.Error())
		return
	}
	s.Say("Transaction aborted for certificate '" + args[0] + "'!")
}

func newCert(s *Session, args []string) {
	if len(args) == 0 {
		s.Fail("'new ssl cert' expects a filename")
		return
	}
	store := s.store()
	if store == nil {
		return
	}
	if err := store.NewCertificate(args[0]); err != nil {
		s.Fail(err.Error())
		return
	}
	s.Say("New empty certificate store '" + args[0] + "'!")
}

func deleteCert(s *Session, args []string) {
	if len(args) == 0 {
		s.Fail("'del ssl cert' expects a certificate name")
		return
	}
	store := s.store()
	if store == nil {
		return
	}
	if err := store.DeleteCertificate(args[0]); err != nil {
		s.Fail("Can't remove the certificate: " + err.Error())
		return
	}
	s.Say("Certificate '" + args[0] + "' deleted!")
}

// noCert answers that a certificate is not known.
func (s *Session) noCert() {
	s.Fail("Can't display the certificate: Not found or the certificate is a bundle!")
}

func dumpCert(s *Session, args []string) {
	store := s.store()
	if store == nil {
		return
	}
	if len(args) == 0 {
		s.noCert()
		return
	}
	c, _ := store.Lookup(args[0])
	if c == nil {
		s.noCert()
		return
	}
	if key := c.TLS.PrivateKey; key != nil {
		if der, err := x509.MarshalPKCS8PrivateKey(key); err == nil {
			pem.Encode(s.out, &pem.Block{Type: "PRIVATE KEY", Bytes: der})
		}
	}
	for _, der := range c.TLS.Certificate {
		pem.Encode(s.out, &pem.Block{Type: "CERTIFICATE", Bytes: der})
	}
}

func showCert(s *Session, args []string) {
	store := s.store()
	if store == nil {
		return
	}
	if len(args) == 0 {
		names, open := store.Names()
		if open != "" {
			s.Printf("# transaction\n*%s\n", open)
		}
		s.Printf("# filename\n")
		for _, name := range names {
			s.Printf("%s\n", name)
		}
		return
	}
	c, status := store.Lookup(args[0])
	if der, ok := store.ResponseOf(args[0]); c == nil && ok {
		s.response(der)
		return
	}
	if c == nil {
		s.noCert()
		return
	}
	mark := ""
	if status == secure.Uncommitted {
		mark = "*"
	}
	s.Printf("Filename: %s%s\n", mark, c.Path)
	for _, f := range [...][2]string{{"Crt", c.Files.Crt}, {"Key", c.Files.Key}, {"OCSP", c.Files.OCSP}, {"Issuer", c.Files.Issuer}, {"SCTL", c.Files.SCTL}} {
		if f[1] != "" {
			s.Printf("%s filename: %s\n", f[0], f[1])
		}
	}
	update, jwt := "off", "off"
	if c.Updated() {
		update = "on"
	}
	if store.ForTokens(c.Path) {
		jwt = "on"
	}
	s.Printf("Option: ocsp-update %s\nOption: jwt %s\nStatus: %s\n", update, jwt, status)
	if c.Chain != "" {
		s.Printf("Chain Filename: %s\n", c.Chain)
	}
	if c.TLS.Leaf != nil {
		s.certLines(c.TLS.Leaf)
		for _, der := range c.TLS.Certificate[1:] {
			if x, err := x509.ParseCertificate(der); err == nil {
				s.Printf("Chain Subject: %s\nChain Issuer: %s\n", secure.NameText(x.RawSubject), secure.NameText(x.RawIssuer))
			}
		}
	}
	s.Printf("OCSP Response Key: %s\n", c.StapleID())
}

// certLines prints what is in a certificate.
func (s *Session) certLines(c *x509.Certificate) {
	names, _ := secure.AppendAltNames(nil, c)
	s.Printf("Serial: %s\nnotBefore: %s\nnotAfter: %s\nSubject Alternative Name: %s\nAlgorithm: %s\nSHA1 FingerPrint: %X\nSubject: %s\nIssuer: %s\n",
		secure.SerialText(c), secure.DateText(c.NotBefore), secure.DateText(c.NotAfter), names, secure.KeyName(c), sha1.Sum(c.Raw),
		secure.NameText(c.RawSubject), secure.NameText(c.RawIssuer))
}

// indexed takes the number behind the last colon off a name. A name that is known with its colon has none.
func indexed(word string) (name string, index int, err error) {
	at := strings.LastIndexByte(word, ':')
	if at < 0 {
		return word, 0, nil
	}
	n := 0
	for _, c := range word[at+1:] {
		if c < '0' || c > '9' || n > 1<<20 {
			return word[:at], 0, errIndex
		}
		n = n*10 + int(c-'0')
	}
	if n == 0 {
		return word[:at], 0, errIndex
	}
	return word[:at], n, nil
}

// errIndex says that what follows a colon is no number from 1.
var errIndex = errors.New("cli: no index")
