package main

import (
	"net"
	"regexp"
	"strconv"
	"sync"
)

// journal receives the proxy's log lines.
type journal struct {
	conn *net.UDPConn
	done chan struct{}

	lock  sync.Mutex
	lines map[uint64]entry
	odd   int // lines without a request of ours
}

// entry is what the log tells about a request.
type entry struct {
	status int
	state  string // the four letters of how it ended
}

func openJournal() (*journal, error) {
	conn, err := net.ListenUDP("udp", &net.UDPAddr{IP: net.IPv4(127, 0, 0, 1)})
	if err != nil {
		return nil, err
	}
	conn.SetReadBuffer(16 << 20)
	j := &journal{conn: conn, done: make(chan struct{}), lines: map[uint64]entry{}}
	go j.read()
	return j, nil
}

func (j *journal) close() {
	j.conn.Close()
	<-j.done
}

// read takes lines of option httplog: timers, status, bytes, two cookies, state, ... and the request in quotes.
func (j *journal) read() {
	defer close(j.done)
	line := regexp.MustCompile(` [-+0-9]+/[-+0-9]+/[-+0-9]+/[-+0-9]+/\+?[-0-9]+ (-?[0-9]+) \+?[0-9]+ - - (\S{4}) .* "[A-Z]+ /[-a-z]+/([0-9]+)/`)
	piece := make([]byte, 65536)
	for {
		n, err := j.conn.Read(piece)
		if err != nil {
			return
		}
		m := line.FindSubmatch(piece[:n])
		j.lock.Lock()
		if m == nil {
			j.odd++
		} else {
			id, _ := strconv.ParseUint(string(m[3]), 10, 64)
			status, _ := strconv.Atoi(string(m[1]))
			j.lines[id] = entry{status: status, state: string(m[2])}
		}
		j.lock.Unlock()
	}
}

// take returns what the log said about a request, once.
func (j *journal) take(id uint64) (entry, bool) {
	j.lock.Lock()
	defer j.lock.Unlock()
	e, found := j.lines[id]
	delete(j.lines, id)
	return e, found
}

func (j *journal) count() int {
	j.lock.Lock()
	defer j.lock.Unlock()
	return len(j.lines)
}
