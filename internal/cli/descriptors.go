package cli

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"sluice/internal/loop"
	"sluice/internal/netx"
	"sluice/internal/proxy"
)

// descriptorCommands list what the process has open.
func descriptorCommands() []Command {
	return []Command{
		{Name: "show fd", Args: "[-!plcfbs]* [<fd>]", Doc: "Shows the descriptors that are open.", Access: Operator, Run: showDescriptors},
		{Name: "show libs", Doc: "Shows the files that are mapped into memory, and the modules that are built in.", Access: Operator, Run: showLibraries},
	}
}

// fdKind is what a descriptor is for: the letters of show fd.
type fdKind byte

const (
	fdOther    fdKind = 0
	fdPipe     fdKind = 'p'
	fdListener fdKind = 'l'
	fdFront    fdKind = 'f'
	fdBack     fdKind = 'b'
)

// descriptor is what is known of one.
type descriptor struct {
	fd    int
	kind  fdKind
	loops uint64 // a bit each: those that look at it
	flags string
	text  string // whose it is
}

// fdFilter chooses descriptors (management.txt 9.3, show fd).
type fdFilter struct {
	kinds  string // to show; "" for all
	hidden string
	fd     int // the only one, -1: all
}

func readFDFilter(args []string) (f fdFilter, ok bool) {
	f.fd = -1
	for _, a := range args {
		if a != "" && (a[0] == '-' || a[0] == '!' || a[0] >= 'a' && a[0] <= 'z') {
			if !f.letters(a) {
				return f, false
			}
			continue
		}
		_, fd, two := strings.Cut(a, "/")
		if !two {
			fd = a
		}
		if two && fd == "" {
			continue
		}
		n, err := strconv.Atoi(fd)
		if err != nil || n < 0 {
			return f, false
		}
		f.fd = n
	}
	return f, true
}

// letters reads one word of letters; behind a sign they are hidden.
func (f *fdFilter) letters(word string) bool {
	list := &f.kinds
	for _, c := range word {
		switch c {
		case '-', '!':
			list = &f.hidden
		case 'p', 'l', 'f', 'b':
			*list += string(c)
		case 's':
			*list += "b"
		case 'c':
			*list += "fb"
		default:
			return false
		}
	}
	return true
}

func (f *fdFilter) picks(d *descriptor) bool {
	is := func(list string) bool { return d.kind != fdOther && strings.IndexByte(list, byte(d.kind)) >= 0 }
	return (f.fd < 0 || f.fd == d.fd) && (f.kinds == "" || is(f.kinds)) && !is(f.hidden)
}

func showDescriptors(s *Session, args []string) {
	f, ok := readFDFilter(args)
	if !ok {
		s.Fail("Expects letters out of 'p', 'l', 'c', 'f', 'b' and 's', behind '-' or '!' for the others, or the number of a descriptor.")
		return
	}
	for _, d := range s.descriptors() {
		if f.picks(d) {
			s.Printf("%7d : tmask=0x%x%s%s\n", d.fd, d.loops, d.flags, d.text)
		}
	}
}

// descriptors gathers what is open and whose it is, by number.
func (s *Session) descriptors() []*descriptor {
	known := map[int]*descriptor{}
	entries, err := os.ReadDir("/proc/self/fd")
	if err != nil {
		return nil
	}
	for _, e := range entries {
		fd, err := strconv.Atoi(e.Name())
		target, gone := os.Readlink(filepath.Join("/proc/self/fd", e.Name()))
		if err == nil && gone == nil { // the folder's own is closed by now
			known[fd] = newDescriptor(fd, target)
		}
	}
	s.connections(known)
	for _, v := range s.gather(&streamFilter{}) {
		if d := known[v.clientFD]; d != nil {
			d.kind, d.text = fdFront, d.text+" fe="+s.anon.Hash(v.front.Name)+" strm=0x"+strconv.FormatUint(v.id, 16)
		}
		if d := known[v.serverFD]; d != nil && v.back != nil {
			d.kind, d.text = fdBack, d.text+" px="+s.anon.Hash(v.back.Name)+" sv="+s.serverName(v.server)+" strm=0x"+strconv.FormatUint(v.id, 16)
		}
	}
	s.listening(known)
	list := make([]*descriptor, 0, len(known))
	for _, d := range known {
		list = append(list, d)
	}
	slices.SortFunc(list, func(a, b *descriptor) int { return a.fd - b.fd })
	return list
}

// newDescriptor tells from the kernel's word for it what a descriptor is.
func newDescriptor(fd int, target string) *descriptor {
	d := &descriptor{fd: fd}
	kind, _, _ := strings.Cut(target, ":")
	switch kind {
	case "pipe":
		d.kind, d.text = fdPipe, " pipe"
	case "socket":
		d.text = family(fd)
	case "anon_inode":
		d.text = " " + strings.Trim(target[len(kind)+1:], "[]")
	default:
		d.text = " file=" + printable(target)
	}
	return d
}

// family tells of a socket, its ports included.
func family(fd int) string {
	own, err := netx.LocalAddr(fd)
	if err != nil || !own.IsValid() {
		return " fam=unix"
	}
	text := " fam=ipv4"
	if !own.Addr().Unmap().Is4() {
		text = " fam=ipv6"
	}
	text += " lport=" + strconv.Itoa(int(own.Port()))
	if peer, err := netx.PeerAddr(fd); err == nil && peer.IsValid() {
		text += " rport=" + strconv.Itoa(int(peer.Port()))
	}
	return text
}

// connections adds what the loops know of their connections.
func (s *Session) connections(known map[int]*descriptor) {
	s.srv.Engine.Group.Each(func(l *loop.Loop) {
		l.EachConn(func(c *loop.Conn) {
			d := known[c.FD()]
			if d == nil {
				return
			}
			d.loops |= 1 << l.ID()
			d.flags = fdFlags(c)
			who := c.Attended()
			if who != nil {
				d.flags += " iocb=" + strings.TrimPrefix(fmt.Sprintf("%T", who), "*")
			}
			switch x := who.(type) {
			case *proxy.IdleConn:
				d.kind, d.text = fdBack, d.text+" px="+s.anon.Hash(x.Server.Proxy.Name)+" sv="+s.serverName(x.Server)+" idle"
			case interface{ Frontend() *proxy.Proxy }:
				d.kind, d.text = fdFront, d.text+" fe="+s.anon.Hash(x.Frontend().Name)+" idle"
			}
		})
	})
}

// fdFlags are the state of a connection: capital letters for what is so.
func fdFlags(c *loop.Conn) string {
	flags := []byte(" (hr)")
	if c.PeerClosed() {
		flags[2] = 'H'
	}
	if c.Readable() {
		flags[3] = 'R'
	}
	return string(flags)
}

// listening adds the sockets of frontends and of the runtime API.
func (s *Session) listening(known map[int]*descriptor) {
	for _, l := range s.srv.Listeners.Listeners() {
		state := "RDY"
		switch st := l.Bind.Proxy.State; {
		case st.Stopped.Load():
			state = "NEW"
		case st.Paused.Load():
			state = "PAU"
		}
		for _, fd := range l.FDs() {
			if d := known[fd]; d != nil {
				d.kind, d.text = fdListener, " l.st="+state+" fe="+s.anon.Hash(l.Bind.Proxy.Name)+d.text
			}
		}
	}
	s.srv.mu.Lock()
	defer s.srv.mu.Unlock()
	for _, k := range s.srv.socks {
		if d := known[k.made.FD]; d != nil {
			d.kind, d.text = fdListener, " l.st=RDY fe=GLOBAL"+d.text
		}
	}
}
