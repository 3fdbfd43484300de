//go:build linux

package main

import (
	"bytes"
	"fmt"
	"net"
	"os"
	"runtime"
	"strconv"
	"syscall"
)

// originWord is the first argument of this program when it is the server behind the proxies.
const originWord = "origin"

// origin is the server behind the proxies: one epoll loop that answers GET /N with N bytes and anything else with 100,
// and reads the bodies of requests. It costs so little that the proxies are the bottleneck. A second socket takes log
// lines as datagrams and counts them.
type origin struct {
	epoll   int
	peers   map[int32]*peer
	answers map[int][]byte
	in      []byte
	log     int
	lines   int        // datagrams that came there
	files   []*os.File // what would be closed if nobody held it
}

// peer is one connection to the origin.
type peer struct {
	fd   int
	head []byte // the part of a head that has arrived
	body int    // bytes of a request's body that are still to come
	size int    // of the answer that is due when they have come
	last bool   // the request asked for a close after its answer
	out  []byte // what the socket did not take
}

// runOrigin serves until its standard input ends; it prints its ports at the start and the count of log lines for
// each line that it reads.
func runOrigin() error {
	runtime.LockOSThread()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	log, err := net.ListenPacket("udp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	o := &origin{peers: map[int32]*peer{}, answers: map[int][]byte{}, in: make([]byte, 256<<10)}
	if o.epoll, err = syscall.EpollCreate1(syscall.EPOLL_CLOEXEC); err != nil {
		return err
	}
	listenFile, err := listener.(*net.TCPListener).File()
	if err != nil {
		return err
	}
	logFile, err := log.(*net.UDPConn).File()
	if err != nil {
		return err
	}
	o.files = []*os.File{listenFile, logFile}
	o.log = int(logFile.Fd())
	accept := int(listenFile.Fd())
	for _, fd := range []int{accept, o.log, 0} {
		if err := syscall.SetNonblock(fd, true); err != nil {
			return err
		}
		o.watch(fd, syscall.EPOLLIN)
	}
	fmt.Println(port(listener.Addr()), port(log.LocalAddr()))
	return o.loop(accept)
}

func port(a net.Addr) string {
	_, p, _ := net.SplitHostPort(a.String())
	return p
}

func (o *origin) watch(fd int, events uint32) {
	syscall.EpollCtl(o.epoll, syscall.EPOLL_CTL_ADD, fd, &syscall.EpollEvent{Events: events, Fd: int32(fd)})
}

func (o *origin) loop(accept int) error {
	events := make([]syscall.EpollEvent, 512)
	for {
		n, err := syscall.EpollWait(o.epoll, events, -1)
		if err != nil && err != syscall.EINTR {
			return err
		}
		for _, e := range events[:max(n, 0)] {
			switch int(e.Fd) {
			case accept:
				o.accept(accept)
			case o.log:
				o.readLog()
			case 0:
				n, err := syscall.Read(0, o.in[:1])
				if n <= 0 && err != syscall.EAGAIN {
					return nil
				}
				fmt.Fprintln(os.Stdout, o.lines)
			default:
				p := o.peers[e.Fd]
				if p == nil {
					continue
				}
				if e.Events&syscall.EPOLLOUT != 0 && !o.write(p, nil) || e.Events&^syscall.EPOLLOUT != 0 && !o.read(p) {
					delete(o.peers, e.Fd)
					syscall.Close(p.fd)
				}
			}
		}
	}
}

func (o *origin) accept(fd int) {
	for {
		c, _, err := syscall.Accept4(fd, syscall.SOCK_NONBLOCK|syscall.SOCK_CLOEXEC)
		if err != nil {
			return
		}
		syscall.SetsockoptInt(c, syscall.IPPROTO_TCP, syscall.TCP_NODELAY, 1)
		o.peers[int32(c)] = &peer{fd: c}
		o.watch(c, syscall.EPOLLIN|syscall.EPOLLRDHUP)
	}
}

func (o *origin) readLog() {
	for {
		n, _, err := syscall.Recvfrom(o.log, o.in, syscall.MSG_DONTWAIT)
		if err != nil || n <= 0 {
			return
		}
		o.lines++
	}
}

// read takes what has arrived and answers every request in it. False means that the connection is over.
func (o *origin) read(p *peer) bool {
	n, err := syscall.Read(p.fd, o.in)
	if n <= 0 {
		return err == syscall.EAGAIN || err == syscall.EINTR
	}
	in := o.in[:n]
	for {
		if p.body > 0 {
			taken := min(p.body, len(in))
			p.body -= taken
			in = in[taken:]
			if p.body > 0 {
				return true
			}
			if !o.write(p, o.answer(p.size)) {
				return false
			}
		}
		if len(in) == 0 {
			return true
		}
		if len(p.head) > 0 {
			in = append(p.head, in...)
			p.head = nil
		}
		end := bytes.Index(in, []byte("\r\n\r\n"))
		if end < 0 {
			p.head = append([]byte(nil), in...)
			return len(p.head) < 64<<10
		}
		p.size, p.body = request(in[:end])
		p.last = bytes.Contains(in[:end], []byte("onnection: close"))
		in = in[end+4:]
		if p.body == 0 && !o.write(p, o.answer(p.size)) {
			return false
		}
	}
}

// request reads from a head how long its answer and how long its own body are.
func request(head []byte) (size, body int) {
	size = 100
	if line, found := bytes.CutPrefix(head, []byte("GET /")); found {
		if end := bytes.IndexByte(line, ' '); end > 0 {
			if n, err := strconv.Atoi(string(line[:end])); err == nil {
				size = n
			}
		}
		return size, 0
	}
	for _, name := range []string{"\r\nContent-Length: ", "\r\ncontent-length: "} {
		if i := bytes.Index(head, []byte(name)); i >= 0 {
			value := head[i+len(name):]
			if end := bytes.IndexByte(value, '\r'); end >= 0 {
				value = value[:end]
			}
			body, _ = strconv.Atoi(string(value))
		}
	}
	return size, body
}

// answer is the whole answer of a size, made once.
func (o *origin) answer(size int) []byte {
	a := o.answers[size]
	if a == nil {
		a = fmt.Appendf(nil, "HTTP/1.1 200 OK\r\nContent-Type: application/octet-stream\r\nContent-Length: %d\r\n\r\n", size)
		a = append(a, bytes.Repeat([]byte("s"), size)...)
		o.answers[size] = a
	}
	return a
}

// write sends bytes, and keeps for later what the socket does not take.
func (o *origin) write(p *peer, b []byte) bool {
	if len(p.out) > 0 {
		p.out = append(p.out, b...)
		b = p.out
	}
	for len(b) > 0 {
		n, err := syscall.Write(p.fd, b)
		if err == syscall.EAGAIN {
			if len(p.out) == 0 {
				o.change(p, syscall.EPOLLIN|syscall.EPOLLRDHUP|syscall.EPOLLOUT)
			}
			p.out = b[:len(b):len(b)] // what is appended later must not reach into an answer that others share
			return true
		}
		if err != nil {
			return false
		}
		b = b[n:]
	}
	if p.last {
		return false
	}
	if len(p.out) > 0 {
		p.out = nil
		o.change(p, syscall.EPOLLIN|syscall.EPOLLRDHUP)
	}
	return true
}

func (o *origin) change(p *peer, events uint32) {
	syscall.EpollCtl(o.epoll, syscall.EPOLL_CTL_MOD, p.fd, &syscall.EpollEvent{Events: events, Fd: int32(p.fd)})
}
