package check

import (
	"bytes"

	"sluice/internal/proxy"
)

// redisSteps make option redis-check (configuration.txt 4.2): a PING.
func redisSteps([]string) ([]proxy.CheckStep, error) {
	return []proxy.CheckStep{say("*1\r\n$4\r\nPING\r\n"), hears(redisPong)}, nil
}

// redisPong judges the answer, one line. Anything but a PONG is what is wrong.
func redisPong(x *proxy.CheckRun) (proxy.CheckVerdict, bool) {
	switch {
	case bytes.Contains(x.In, []byte("+PONG\r\n")):
		return pass(x, 0, "Redis server is ok")
	case x.EOF || bytes.Contains(x.In, []byte("\r\n")):
		return badAnswer(x, 0, shown(firstLine(x.In)))
	}
	return wait()
}
