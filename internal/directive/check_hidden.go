package directive

import (
	"strings"

	"sluice/internal/config"
)

// hiddenRequest finds headers and a body at the end of the version of an `option httpchk`, where files have them that are
// older than `http-check send`. It cuts them off the words and returns the arguments of the line that says the same, nil
// where nothing is hidden. The Host header goes first, since it takes the place of the one that is made otherwise.
func (b *Builder) hiddenRequest(l *config.Line, words []string) []string {
	if len(words) != 3 || !strings.ContainsAny(words[2], "\r\n") {
		return nil
	}
	lines := strings.ReplaceAll(words[2], "\r\n", "\n")
	version, rest, _ := strings.Cut(lines, "\n")
	head, body, _ := strings.Cut(rest, "\n\n")
	send := []string{"send"}
	for line := range strings.SplitSeq(strings.TrimSuffix(head, "\n"), "\n") {
		name, v, ok := strings.Cut(line, ":")
		if !ok {
			if line == "" {
				continue
			}
			return nil // what is left there is refused
		}
		if strings.EqualFold(strings.TrimSpace(name), "connection") {
			continue // every check has one of its own
		}
		send = append(send, "hdr", strings.TrimSpace(name), literal(strings.TrimSpace(v)))
	}
	if body != "" {
		send = append(send, "body", body)
	}
	words[2] = version
	l.Oldf(l.Arg(2), "'option httpchk' : hiding headers or body at the end of the version string is unsupported.Use 'http-check send' directive instead..",
		"'option httpchk' : headers at the end of the version are honoured here, and were removed in HAProxy 2.5: write 'http-check %s'.", strings.Join(send, " "))
	return send
}

// literal writes a text so that a log-format gives it as it is.
func literal(text string) string { return strings.ReplaceAll(text, "%", "%%") }
