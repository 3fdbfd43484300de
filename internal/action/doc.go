// Package action holds the actions of rules (configuration.txt 4.3, 4.4) as rows, in files by what they act on.
package action

import (
	"slices"

	"sluice/internal/rule"
)

// Rows returns all actions.
func Rows() []rule.Action {
	return slices.Concat(verdictRows(), replyRows(), fieldRows(), binaryRows(), targetRows(), variableRows(), addressRows(),
		captureRows(), lineRows(), tuningRows(), waitRows(), serviceRows(), logRows(), mapRows(), spoeRows(), trackRows(), counterRows(),
		resolveRows())
}
