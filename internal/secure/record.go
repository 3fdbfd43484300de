package secure

import (
	"crypto/tls"

	"sluice/internal/proxy"
)

// limited is a connection whose records carry no more than so much (configuration.txt 3.2, tune.ssl.hard-maxrecord).
type limited struct {
	*tls.Conn
	most int
}

// Write writes b in parts.
func (c *limited) Write(b []byte) (int, error) {
	total := 0
	for len(b) > 0 {
		n, err := c.Conn.Write(b[:min(len(b), c.most)])
		total += n
		if err != nil {
			return total, err
		}
		b = b[n:]
	}
	return total, nil
}

// Records is how the records that leave are made (configuration.txt 3.2, tune.ssl.hard-maxrecord, tune.ssl.maxrecord).
type Records struct {
	Most  int  // bytes in one, 0: as many as there may be
	Small bool // small ones at the beginning and after a pause
}

// put makes a connection the layer.
func (r *Records) put(h *proxy.Handshake, conn *tls.Conn) {
	if r.Most > 0 {
		h.Conn.SetLayer(&limited{conn, r.Most})
	} else {
		h.Conn.SetLayer(conn)
	}
}

// agree shakes hands.
func agree(h *proxy.Handshake, conn *tls.Conn, server bool) error {
	h.State.Conn = conn
	err := conn.Handshake()
	if err != nil {
		fail(h.State, err, server)
	}
	return err
}
