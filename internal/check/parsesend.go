package check

import (
	"encoding/hex"
	"errors"
	"fmt"
	"strings"

	"sluice/internal/sample"
)

// send reads what stands behind `send` and its kin.
func (p *parser) send(name string) (written, error) {
	s := &send{digits: name == "send-binary-lf"}
	var err error
	switch name {
	case "send":
		var text string
		text, err = p.value("'string' expects a send as argument")
		s.text = []byte(text)
	case "send-binary":
		var text string
		if text, err = p.value("'binary string' expects a send-binary as argument"); err == nil {
			if s.text, err = fromHex(text); err != nil {
				err = fmt.Errorf("'%s' %w", text, err)
			}
		}
	default:
		s.format, err = p.format("'string' expects a " + name + " as argument")
	}
	if err != nil {
		return nil, err
	}
	for word, ok := p.next(); ok; word, ok = p.next() {
		if word != "comment" {
			return nil, fmt.Errorf("expects 'comment' but got '%s' as argument.", word)
		}
		if s.comment, err = p.value("'comment' expects a string as argument."); err != nil {
			return nil, err
		}
	}
	return s, nil
}

// fromHex reads digits, two for a byte.
func fromHex(text string) ([]byte, error) {
	if i := strings.IndexFunc(text, func(r rune) bool { return !strings.ContainsRune("0123456789abcdefABCDEF", r) }); i >= 0 && len(text)%2 == 0 {
		return nil, fmt.Errorf("invalid binary string (an hex digit is expected (found '%c'))", text[i])
	}
	b, err := hex.DecodeString(text)
	if err != nil {
		return nil, errors.New("invalid binary string (an even number of hex digit is expected)")
	}
	return b, nil
}

// httpSend reads what stands behind `http-check send`.
func (p *parser) httpSend() (written, error) {
	h := &httpSend{}
	const text = " expects a string as argument."
	for {
		word, ok := p.next()
		if !ok {
			return h, nil
		}
		var err error
		switch word {
		case "comment":
			h.comment, err = p.value("'comment'" + text)
		case "meth":
			h.method, err = p.value("'meth'" + text)
		case "ver":
			h.version, err = p.value("'ver'" + text)
		case "uri":
			h.uri, err = p.value("'uri'" + text)
			h.uriFormat = nil
		case "uri-lf":
			h.uriFormat, err = p.format("'uri-lf'" + text)
		case "hdr":
			err = p.httpHeader(h)
		case "body":
			h.body, err = p.value("'body'" + text)
			h.bodyFormat, h.hasBody = nil, true
		case "body-lf":
			h.bodyFormat, err = p.format("'body-lf'" + text)
			h.hasBody = true
		default:
			err = fmt.Errorf("expects 'comment', 'meth', 'uri', 'uri-lf', 'ver', 'hdr', 'body' or 'body-lf' but got '%s' as argument.", word)
		}
		if err != nil {
			return nil, err
		}
	}
}

// httpHeader reads a name and a format. Fields about the length of the body are made by the check itself.
func (p *parser) httpHeader(h *httpSend) error {
	const missing = "'hdr' expects <name> and <value> as arguments"
	name, err := p.value(missing)
	if err != nil {
		return err
	}
	text, err := p.value(missing)
	if err != nil {
		return err
	}
	f, err := sample.ParseFormat(text, sample.ForValue, p.Env)
	if err != nil {
		return err
	}
	h.hasFields = true
	if name = strings.ToLower(name); name != "content-length" && name != "transfer-encoding" {
		h.fields = append(h.fields, httpField{name, f})
	}
	return nil
}

// Request reads what stands behind `option httpchk` (configuration.txt 4.2): a target, or a method and more.
func (r *Rules) Request(words []string, lang Language) error {
	h := &httpSend{}
	const mostWords = 4
	switch len(words) {
	case 0:
	case 1:
		h.uri = words[0]
	default:
		h.method, h.uri = words[0], words[1]
	}
	if len(words) > mostWords {
		return &Error{Word: mostWords, Text: fmt.Sprintf("'option httpchk' cannot handle unexpected argument '%s'.", words[mostWords])}
	}
	if len(words) > 2 {
		h.version = words[2]
		if strings.ContainsAny(h.version, "\r\n") {
			return &Error{Word: 2, Text: "'option httpchk' : hiding headers or body at the end of the version string is unsupported.Use 'http-check send' directive instead.."}
		}
	}
	if len(words) == mostWords {
		f, err := sample.ParseFormat(words[3], sample.ForValue, lang.Env)
		if err != nil {
			return &Error{Word: 3, Text: fmt.Sprintf("'option httpchk' : %v.", err)}
		}
		h.fields, h.hasFields = []httpField{{"host", f}}, true
	}
	r.setRequest(h)
	return nil
}
