//go:build !race

package secure

const raceOn = false
