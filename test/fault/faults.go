package main

// fault is one way in which an exchange goes, and what must come of it.
type fault struct {
	name   string
	weight int    // how often it is chosen, relative to the others
	method string // of the request; POST and PUT carry a body
	origin func(*exchange) error
	client leaving // what the client does, when it is the one that fails
	want   wanted
}

// leaving says when a client closes its connection.
type leaving int

const (
	stays        leaving = iota
	afterRequest         // as soon as it has asked
	inUpload             // in the middle of its own body
	inDownload           // in the middle of the answer
)

// wanted is what the client and the log may tell of a fault.
type wanted struct {
	whole  []int    // statuses of complete answers
	cut    bool     // an answer that ends early and is seen to end early
	silent bool     // a close without an answer, on a connection that had an exchange before: the client may try again
	states []string // the first two letters of the termination state
	retry  bool     // the way through the frontend that repeats requests, on which it must succeed
}

// clean is the wish of exchanges in which nothing fails.
func clean() wanted { return wanted{whole: []int{200}, states: []string{"--"}} }

// refused is the wish of answers that the proxy cannot pass on.
func refused() wanted {
	return wanted{whole: []int{502}, silent: true, states: []string{"PH", "SH"}}
}

// faults are all of them. Those that wait for a time limit are rare, as each takes that long.
func faults() []*fault {
	return []*fault{
		{name: "length", weight: 200, method: "GET", origin: sendLength, want: clean()},
		{name: "chunked", weight: 100, method: "GET", origin: sendChunked, want: clean()},
		{name: "until-close", weight: 20, method: "GET", origin: sendUntilClose, want: clean()},
		{name: "upload", weight: 60, method: "POST", origin: sendLength, want: clean()},
		{name: "upload-chunked", weight: 40, method: "PUT", origin: sendChunked, want: clean()},
		{name: "head", weight: 30, method: "HEAD", origin: sendHead, want: clean()},
		{name: "no-content", weight: 20, method: "GET", origin: sendNoContent, want: wanted{whole: []int{204}, states: []string{"--"}}},
		{name: "interim-storm", weight: 20, method: "GET", origin: sendInterim, want: clean()},
		{name: "drip", weight: 20, method: "GET", origin: sendDrip, want: clean()},
		{name: "extra", weight: 30, method: "GET", origin: sendExtra, want: clean()},
		{name: "close-after", weight: 40, method: "GET", origin: sendAndClose, want: clean()},
		{name: "early-answer", weight: 10, method: "POST", origin: sendEarly,
			want: wanted{whole: []int{200, 502}, cut: true, silent: true, states: []string{"--", "SD", "SH", "LH", "SL", "CD", "CL", "CH"}}},

		{name: "reset", weight: 30, method: "GET", origin: resetAtOnce, want: refused()},
		{name: "close", weight: 30, method: "GET", origin: closeAtOnce, want: refused()},
		{name: "reset-upload", weight: 10, method: "POST", origin: resetAtOnce, want: refused()},
		{name: "garbage", weight: 20, method: "GET", origin: sendGarbage, want: refused()},
		{name: "two-lengths", weight: 10, method: "GET", origin: sendTwoLengths, want: refused()},
		{name: "huge-head", weight: 5, method: "GET", origin: sendHugeHead, want: refused()},
		{name: "cut-head", weight: 10, method: "GET", origin: sendHalfHead, want: refused()},
		{name: "cut", weight: 30, method: "GET", origin: sendCut, want: wanted{cut: true, states: []string{"SD"}}},
		{name: "cut-chunked", weight: 20, method: "GET", origin: sendCutChunked, want: wanted{cut: true, states: []string{"SD"}}},
		{name: "reset-inside", weight: 20, method: "GET", origin: sendAndReset, want: wanted{whole: []int{502}, cut: true, silent: true, states: []string{"SD", "SH"}}},
		{name: "bad-chunk", weight: 10, method: "GET", origin: sendBadChunk, want: wanted{whole: []int{502}, cut: true, states: []string{"PD", "SD", "PH", "SH"}}},
		{name: "stall", weight: 3, method: "GET", origin: stallAtOnce, want: wanted{whole: []int{504}, states: []string{"sH"}}},
		{name: "stall-inside", weight: 3, method: "GET", origin: sendAndStall, want: wanted{cut: true, states: []string{"sD"}}},

		{name: "flaky-close", weight: 10, method: "GET", origin: firstTime(closeAtOnce), want: retried()},
		{name: "flaky-garbage", weight: 10, method: "POST", origin: firstTime(sendGarbage), want: retried()},
		{name: "flaky-status", weight: 10, method: "GET", origin: firstTime(sendUnavailable), want: retried()},
		{name: "flaky-stall", weight: 2, method: "GET", origin: firstTime(stallAtOnce), want: retried()},

		{name: "leave", weight: 10, method: "GET", origin: sendLength, client: afterRequest, want: left()},
		{name: "leave-upload", weight: 10, method: "POST", origin: sendLength, client: inUpload, want: left()},
		{name: "leave-download", weight: 10, method: "GET", origin: sendLong, client: inDownload, want: left()},
	}
}

// retried is the wish of requests that the proxy repeats.
func retried() wanted {
	w := clean()
	w.retry = true
	return w
}

// left is the wish of exchanges that the client leaves: nothing can be seen of it but the log, and there the proxy may
// have been faster.
func left() wanted {
	return wanted{states: []string{"--", "CC", "CH", "CD", "CL", "CQ", "CR", "SD", "SH"}}
}
