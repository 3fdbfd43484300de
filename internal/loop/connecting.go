package loop

// Connecting says that the socket c was opened with is still connecting: until the system reports the end of it, c is not
// writable, so a Watch for Out waits for that moment. Connected tells when it has come and SocketError how it ended.
func (c *Conn) Connecting() {
	if c.flags&(sawOut|sawHup|sawErr) == 0 {
		c.flags &^= canWrite
	}
}

// Connected reports whether the end of a connect that was in progress is known, good or bad.
func (c *Conn) Connected() bool { return c.flags&(sawOut|sawHup|sawErr) != 0 }
