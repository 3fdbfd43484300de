// Package examples runs every recipe of examples/ as its page tells: the program with the very file, small servers
// behind it and clients before it. A recipe without a test here is a failure. The variable SLUICE names another program
// to run the recipes with, such as haproxy.
package examples
