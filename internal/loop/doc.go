// Package loop runs the data path: event loops, one per core, and tasks, which are coroutines that belong to one loop.
//
// A [Loop] is a goroutine that waits for readiness of connections, for timers and for posts from other threads, and
// runs what became runnable. A [Task] is straight-line code that yields to its loop wherever it would block: it reads
// and writes a [Conn], sleeps, waits for several connections at once. A connection nobody works on costs its struct
// only: an [IdleHandler] is called when something arrives.
//
// What belongs to a loop (its connections, timers, tasks and everything that the code above keeps with them) is touched
// by that loop's thread only, so that none of it needs a lock. The exceptions are named: [Loop.Post] and its variants,
// [Ref], and the methods of [Group].
//
// There are two forms behind one interface. In the epoll form (Linux) a loop is locked to a thread and connections are
// file descriptors. In the goroutine form (every system, and tests under testing/synctest) a connection is a net.Conn
// that two goroutines pump into small buffers; scheduling, timers and posts are the same code.
//
// All times are nanoseconds of the group's own monotonic clock (see [Loop.Now]); zero means no deadline.
// docs/loops.md explains how to write code that runs here.
package loop
