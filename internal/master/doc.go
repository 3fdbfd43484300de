// Package master is the process that supervises the one that serves (management.txt 3, -W; 4; 9.4). It starts a worker,
// which is the same program anew, and waits for it to serve. A reload starts another worker, which gets the listening
// sockets of the one before; that one is told to finish only once the new one serves, and goes on if it never does. The
// master itself reads no traffic and keeps its number for as long as it lives.
package master
