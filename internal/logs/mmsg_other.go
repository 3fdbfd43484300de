//go:build !linux

package logs

// multi exists where sendmmsg does; elsewhere nothing opens a datagram socket (netx.ErrUnsupported).
type multi struct{}

func (m *multi) send(_ int, msgs [][]byte) int { return len(msgs) }
