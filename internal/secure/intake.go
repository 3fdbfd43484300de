package secure

import (
	"io"

	"sluice/internal/loop"
)

// intake is what was read of the wire and not used yet: room[r:w]. It has memory only while there is some.
type intake struct {
	*loop.Below
	room []byte
	r, w int
}

// fill reads once more of the wire.
func (k *intake) fill() error {
	if k.room == nil {
		k.room = k.Take()
		k.r, k.w = 0, 0
	}
	if k.r > 0 {
		k.w = copy(k.room, k.room[k.r:k.w])
		k.r = 0
	}
	n, err := k.Below.Read(k.room[k.w:])
	k.w += n
	if k.w == 0 {
		k.drop()
	}
	return err
}

// take counts n bytes as used.
func (k *intake) take(n int) {
	if k.r += n; k.r == k.w {
		k.drop()
	}
}

// drop gives the memory back.
func (k *intake) drop() {
	k.Give(k.room)
	k.room, k.r, k.w = nil, 0, 0
}

// whole makes sure that n bytes are there.
func (k *intake) whole(n int) error {
	for k.w-k.r < n {
		if err := k.fill(); err != nil {
			if err == io.EOF && k.w > k.r {
				err = io.ErrUnexpectedEOF
			}
			return err
		}
	}
	return nil
}

// size is the length of the record that begins at r, of which the head is there.
func (k *intake) size() int { return headSize + int(k.room[k.r+3])<<8 + int(k.room[k.r+4]) }
