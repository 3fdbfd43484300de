// Package docs holds the tests of what the repository tells people: every configuration in examples/ and in a code
// block of a page must be valid, for Sluice and for HAProxy, and every link must lead somewhere.
package docs
