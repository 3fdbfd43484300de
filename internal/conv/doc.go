// Package conv holds the converters (configuration.txt 7.3.1) as rows, in files by what they work on.
package conv

import (
	"slices"

	"sluice/internal/sample"
)

// Rows returns all converters.
func Rows() []sample.Conv {
	return slices.Concat(textRows())
}
