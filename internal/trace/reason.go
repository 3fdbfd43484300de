package trace

// Reason says in words what the first two characters of a termination state mean (configuration.txt 8.5).
func Reason(state string) string {
	if len(state) < 2 {
		return ""
	}
	cause, phase := causes(state[0]), phases(state[1])
	switch {
	case state[0] == '-':
		return "complete"
	case phase == "":
		return cause
	}
	return cause + " " + phase
}

func causes(c byte) string {
	switch c {
	case 'C':
		return "aborted by the client"
	case 'D':
		return "the server went down"
	case 'I':
		return "an internal error"
	case 'K':
		return "killed by an operator"
	case 'L':
		return "answered by the proxy"
	case 'P':
		return "ended by a rule, a limit or an error"
	case 'R':
		return "a resource was exhausted"
	case 'S':
		return "no server, or it failed"
	case 'U':
		return "an active server came back"
	case 'c':
		return "the client was too slow"
	case 's':
		return "the server was too slow"
	}
	return "ended"
}

func phases(c byte) string {
	switch c {
	case 'C':
		return "while it was connected to"
	case 'D':
		return "in the middle of the data"
	case 'H':
		return "before the response's head"
	case 'L':
		return "at the end of the data"
	case 'Q':
		return "in the queue"
	case 'R':
		return "at the request"
	case 'T':
		return "in the tarpit"
	}
	return ""
}
