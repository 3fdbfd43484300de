package stream

import "sluice/internal/freq"

// KeyRate counts the handshakes of one side on one loop.
type KeyRate struct {
	All  freq.Rate // handshakes
	Keys freq.Rate // those that agreed on new keys instead of resuming
}

func (k *KeyRate) add(now int64, resumed bool) {
	k.All.Add(now, 1)
	if !resumed {
		k.Keys.Add(now, 1)
	}
}

// KeyRates returns the rates of handshakes with clients and servers. To be called on the home's loop.
func (h *Home) KeyRates() (front, back *KeyRate) { return &h.frontKeys, &h.backKeys }
