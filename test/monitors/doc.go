// Package monitors looks at the program with the tools that people look at HAProxy with: HATop, halog and socat, each as its
// package ships it.
package monitors
