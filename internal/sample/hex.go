package sample

import (
	"errors"
	"fmt"

	"sluice/internal/value"
)

// ParseHex reads an even number of hexadecimal digits.
func ParseHex(text []byte) ([]byte, error) {
	if len(text)%2 != 0 {
		return nil, errors.New("an even number of hex digit is expected")
	}
	out := make([]byte, len(text)/2)
	for i, c := range text {
		d := value.HexDigit(c)
		if d < 0 {
			return nil, fmt.Errorf("an hex digit is expected (found '%c')", c)
		}
		out[i/2] = out[i/2]<<4 | byte(d)
	}
	return out, nil
}
