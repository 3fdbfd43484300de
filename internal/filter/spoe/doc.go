// Package spoe is the filter that offers streams to agents (configuration.txt 9.3, SPOE.txt): what it sends at which
// moment, and what becomes of the answers. Connections to agents are made by the machine that runs streams, which the
// filter sees as a proxy.Offloader.
package spoe
