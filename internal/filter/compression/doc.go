// Package compression is the filter that compresses bodies on their way (configuration.txt 4.2, compression; 9.2). The
// rules of when a message is compressed are those of HAProxy 3.5; the bytes are in the formats of RFC 1950 to 1952.
//
// A loop has one encoder for each level, and every piece of every body goes through it: a piece knows nothing of the ones
// before, so that a stream that waits for its client holds a few words and no window.
package compression
