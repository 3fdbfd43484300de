package demo

import (
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"time"
)

// Limits of what a request may ask for.
const (
	maxSize  = 1 << 30
	maxDelay = 10 * time.Minute
)

// switches are what a request asks a server to do, in its query or, for the first three, as its path:
//
//	?status=404   /status/404    answer with this status
//	?size=10k     /size/10k      answer with this many bytes
//	?delay=300ms  /delay/300ms   wait first
//	?fail=reset                  fail: reset, close, truncate, stall, garbage
//	?only=red                    only the server of this name does any of it
type switches struct {
	status int
	size   int64 // bytes, -1: tell about the request
	delay  time.Duration
	fail   func(http.ResponseWriter, *http.Request)
}

// read reads the switches of a request; its errors are for the person who wrote them.
func read(r *http.Request, server string) (switches, error) {
	asked := switches{status: http.StatusOK, size: -1}
	query := r.URL.Query()
	if only := query.Get("only"); only != "" && only != server {
		return asked, nil
	}
	for _, name := range [...]string{"status", "size", "delay", "fail"} {
		value := query.Get(name)
		if rest, found := strings.CutPrefix(r.URL.Path, "/"+name+"/"); found && value == "" {
			value = rest
		}
		if value == "" {
			continue
		}
		if err := asked.set(name, value); err != nil {
			return asked, err
		}
	}
	return asked, nil
}

func (s *switches) set(name, value string) (err error) {
	switch name {
	case "status":
		s.status, err = strconv.Atoi(value)
		if err != nil || s.status < 200 || s.status > 599 {
			return fmt.Errorf("status=%q: write a number from 200 to 599", value)
		}
	case "size":
		s.size, err = bytes(value)
	case "delay":
		s.delay, err = duration(value)
	case "fail":
		if s.fail = failure(value); s.fail == nil {
			return fmt.Errorf("fail=%q: write reset, close, truncate, stall or garbage", value)
		}
	}
	return err
}

// bytes reads a number of bytes with the units of the configuration: k, m, g.
func bytes(text string) (int64, error) {
	digits, shift := strings.ToLower(text), 0
	for unit, by := range map[string]int{"k": 10, "m": 20, "g": 30} {
		if rest, found := strings.CutSuffix(digits, unit); found {
			digits, shift = rest, by
			break
		}
	}
	n, err := strconv.ParseInt(digits, 10, 32)
	if err != nil || n < 0 || n<<shift > maxSize {
		return 0, fmt.Errorf("size=%q: write a number of bytes up to 1g, as 500, 10k or 3m", text)
	}
	return n << shift, nil
}

// duration reads a time; a bare number is in milliseconds, as in the configuration.
func duration(text string) (time.Duration, error) {
	d, err := time.ParseDuration(text)
	if n, e := strconv.Atoi(text); e == nil {
		if n > int(maxDelay/time.Millisecond) {
			n = -1
		}
		d, err = time.Duration(n)*time.Millisecond, nil
	}
	if err != nil || d < 0 || d > maxDelay {
		return 0, errors.New("delay=" + strconv.Quote(text) + ": write a time up to 10m, as 300 (milliseconds), 300ms or 2s")
	}
	return d, nil
}
