//go:build !linux

package logs

// multi exists where sendmmsg does; elsewhere nothing opens a datagram socket (netx.ErrUnsupported).
type multi struct{ runs bool }

func (m *multi) send(_ int, msgs [][]byte) int { return len(msgs) }

func (m *multi) trySend(_ int, msgs [][]byte) (left, lost int) { return 0, len(msgs) }

const maxMulti = 32
