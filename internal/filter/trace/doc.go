// Package trace is the filter that tells on the standard error stream what passes, and that can pass on payload in pieces of
// random size, to try other filters and the proxy itself (configuration.txt 9.1).
package trace
