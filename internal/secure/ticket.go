package secure

import (
	"encoding/base64"
	"fmt"
	"os"
	"strings"
)

// ReadTicketKeys reads the keys of session tickets (configuration.txt 5.1, tls-ticket-keys): one on each line, in base64,
// of 48 or 80 bytes. The last but one seals new tickets, all of them open old ones. Crypto/tls makes what it needs from 32
// bytes, so tickets are not understood by programs with OpenSSL, nor theirs here.
func ReadTicketKeys(path string) ([][32]byte, error) {
	b, err := os.ReadFile(path)
	if err != nil {
		return nil, fmt.Errorf("'%s' : unable to load TLS ticket keys file : %s", path, reason(err))
	}
	var keys [][32]byte
	n := 0
	for line := range strings.Lines(string(b)) {
		n++
		if line = strings.TrimSpace(line); line == "" {
			continue
		}
		raw, err := base64.StdEncoding.DecodeString(line)
		if err != nil || len(raw) != 48 && len(raw) != 80 {
			return nil, fmt.Errorf("'%s' : wrong sized key on line %d", path, n)
		}
		keys = append(keys, [32]byte(raw[len(raw)-32:]))
	}
	const least = 3
	if len(keys) < least {
		return nil, fmt.Errorf("'%s' : please supply at least 3 keys in the tls-tickets-file", path)
	}
	seal := len(keys) - 2
	return append([][32]byte{keys[seal]}, append(keys[:seal:seal], keys[seal+1:]...)...), nil
}
