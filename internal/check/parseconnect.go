package check

import (
	"fmt"
	"strconv"
)

// connect reads what stands behind `connect`.
func (p *parser) connect() (written, error) {
	c := &connect{}
	h := &c.how
	for {
		word, ok := p.next()
		if !ok {
			return c, nil
		}
		var err error
		switch word {
		case "default":
			h.Default = true
		case "send-proxy":
			h.SendProxy = true
		case "via-socks4":
			h.ViaSocks4 = true
		case "linger":
			h.Linger = true
		case "ssl":
			h.SSL = true
		case "addr":
			err = p.connectAddr(c)
		case "port":
			err = p.connectPort(c)
		case "sni":
			h.SNI, err = p.value("'sni' expects a string as argument.")
		case "alpn":
			var list string
			list, err = p.value("'alpn' : missing the comma-delimited ALPN protocol suite")
			h.ALPN = p.ALPN(list)
		case "proto":
			err = p.connectProto()
		case "comment":
			c.comment, err = p.value("'comment' expects a string as argument.")
		default:
			err = fmt.Errorf("expects 'comment', 'port', 'addr', 'send-proxy', 'ssl', 'sni', 'alpn' or 'via-socks4', 'linger', 'default' but got '%s' as argument.", word)
		}
		if err != nil {
			return nil, err
		}
	}
}

func (p *parser) connectAddr(c *connect) error {
	text, err := p.value("'addr' expects <ipv4|ipv6> as argument.")
	if err != nil {
		return err
	}
	a, err := p.Addr(text)
	if err != nil {
		return fmt.Errorf("'addr' : %v.", err)
	}
	c.how.Addr = &a
	return nil
}

// maxPort is the highest port.
const maxPort = 65535

func (p *parser) connectPort(c *connect) error {
	text, err := p.value("'port' expects a port number or a sample expression as argument.")
	if err != nil {
		return err
	}
	n, err := strconv.Atoi(text)
	if err == nil {
		if n <= 0 || n > maxPort {
			return fmt.Errorf("expects a valid TCP port (from range 1 to 65535) or a sample expression, got %d.", n)
		}
		c.how.Port = n
		return nil
	}
	p.at--
	e, err := p.expr()
	if err != nil {
		return fmt.Errorf("error detected while parsing port expression : %w", err)
	}
	c.how.PortExpr = e
	return nil
}

// connectProto takes the one protocol that the connections of each kind of check speak.
func (p *parser) connectProto() error {
	name, err := p.value("'proto' expects a MUX protocol as argument.")
	own := "none"
	if p.http {
		own = "h1"
	}
	switch {
	case err != nil:
		return err
	case name == own:
		return nil
	case name == "h1" || name == "none":
		return fmt.Errorf("'proto' : invalid MUX protocol '%s' for %s", name, p.keyword())
	}
	return fmt.Errorf("'proto' : unknown MUX protocol '%s'.", name)
}
