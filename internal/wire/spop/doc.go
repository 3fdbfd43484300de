// Package spop reads and writes the Stream Processing Offload Protocol, the side of the proxy (SPOE.txt 3): frames, the
// lists in them, typed values. It does no I/O. What comes from an agent is not trusted: every length is checked against
// the bytes that are there, and nothing is allocated by what they claim.
package spop
