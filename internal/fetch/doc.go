// Package fetch holds the sample fetches (configuration.txt 7.3.2 to 7.3.7) as rows, in files named after the manual's
// chapters.
package fetch

import (
	"slices"

	"sluice/internal/sample"
)

// Rows returns all sample fetches.
func Rows() []sample.Fetch {
	return slices.Concat(constantRows(), internalRows(), proxyRows(), layer4Rows(), fieldRows(), urlRows(), cookieRows(), messageRows(), timerRows(), authRows(), userRows(), bufferRows(), helloRows(), securityRows(), protocolRows(), blockRows(),
		connectionRows(), costRows(), stateRows(), trackedRows())
}
