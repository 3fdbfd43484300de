// Package style holds the tests of how Sluice is written: which room may import which, what a package may declare at
// its top level, how tables look, which words are not used, how long a file may be. They read the sources and run
// nothing of the product; docs/layers.md says why each rule exists.
package style
