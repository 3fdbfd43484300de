package check

// ParseHead and Decode read a response, for tests.
var (
	ParseHead = parseHead
	Decode    = decode
)
