package process

import "testing"

func TestPercentFor(t *testing.T) {
	for lives, want := range map[uint64]int{0: 400, 1 << 20: 400, 4 << 20: 400, 8 << 20: 200, 16 << 20: 100, 1 << 30: 100, 1 << 40: 100} {
		if got := percentFor(lives); got != want {
			t.Errorf("%d bytes: %d, want %d", lives, got, want)
		}
	}
}
