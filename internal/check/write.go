package check

import "sluice/internal/proxy"

// write sends bytes on the connection of a check.
func write(x *proxy.CheckRun, b []byte) proxy.CheckVerdict {
	x.Sent = true
	if _, err := x.Conn.Write(x.Task, b, x.Deadline); err != nil {
		return WriteFailed(x, err)
	}
	return proxy.CheckNext
}

// forget drops what was received so far: what comes next answers another question.
func forget(x *proxy.CheckRun) {
	x.In, x.Body = x.In[:0], nil
	x.Head, x.Looked, x.Parsed = 0, 0, false
}
