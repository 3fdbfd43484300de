// Package sticktable holds the tables that remember what was seen of a key (configuration.txt 11.1): which server it was
// given, how many connections, requests, errors and bytes it caused, and what rules noted about it.
//
//	what is stored   Field, Store     field.go, layout.go
//	one table        Table, Entry     table.go, entry.go, counter.go
//	memory           shard            shard.go, order.go
//	rates            freq             rate.go
//
// A table is shared by all loops. It is split into shards by the hash of the key; each has a short lock, its own memory and
// its own order of age, so that two loops seldom meet. Entries are records of 32-bit words in slabs: the garbage collector
// sees a few large blocks without pointers, and neither a look-up nor a change of a known key allocates. As every entry of a
// table lives equally long after its last use, the order of use is the order of expiry as well: what is over stands at one
// end of a list, and so does what has to make room for others. Nothing ever scans a table to find either.
//
// All times are monotonic nanoseconds of the loops' clock.
package sticktable
