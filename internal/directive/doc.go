// Package directive is every keyword of the configuration's sections: a row of a table and a small function each, in
// files named after the chapters of the manual (configuration.txt 3 to 5, 12). The functions fill a Builder; Build then
// resolves what lines say of each other and returns the immutable snapshot.
//
//	global_*.go   the global section (3)
//	proxy_*.go    frontend, backend, listen and defaults (4)
//	bind_*.go     the options of bind lines (5.1)
//	server_*.go   the options of server lines (5.2)
//	ring.go, ...  the other sections (12)
//	resolve_*.go  what can only be judged when everything is read
package directive
