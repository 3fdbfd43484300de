//go:build race

package secure

const raceOn = true
