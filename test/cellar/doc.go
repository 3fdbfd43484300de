// Package cellar runs the real servers that tests need behind the proxy, such as databases: as an unprivileged user, in a
// folder that goes with the test.
package cellar
