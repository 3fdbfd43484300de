package process

import (
	"net"
	"os"

	"sluice/internal/listener"
	"sluice/internal/logs"
	"sluice/internal/netx"
	"sluice/internal/proxy"
)

// forwarder is the sockets of one log-forward section, before and while they are read.
type forwarder struct {
	conf     *proxy.LogForward
	socks    []*netx.Listener
	receiver *logs.Receiver
}

// forwards opens the sockets of the log-forward sections.
func (r *run) forwards() bool {
	ok := true
	for _, conf := range r.Snapshot.Forwards {
		f := &forwarder{conf: conf}
		for i, b := range append(append([]*proxy.Bind{}, conf.Binds...), conf.Dgrams...) {
			spec, err := listener.Spec(b, r.Snapshot.Global)
			if i >= len(conf.Binds) {
				t := &r.Snapshot.Global.Tune
				spec.Kind, spec.Buffers = netx.Datagram, netx.Buffers{Recv: t.RcvBufFront, Send: t.SndBufFront}
			}
			var sock *netx.Listener
			if err == nil {
				err = r.retry(func() (err error) { sock, err = r.heritage.Bind(&spec); return err })
			}
			if err != nil {
				r.Console.Alertf("Binding [%v] for log-forward %s: %v.", b.Pos, conf.Name, err)
				ok = false
				continue
			}
			f.socks = append(f.socks, sock)
		}
		r.forwarders = append(r.forwarders, f)
	}
	return ok
}

// receive begins to listen for messages of elsewhere, when everything else is there.
func (r *run) receive() bool {
	ok := true
	for _, f := range r.forwarders {
		f.receiver = logs.NewReceiver(f.conf, r.Snapshot.Global.Tune.BufSize)
		f.receiver.Rejects = r.Snapshot.Global.RejectPrivileged
		for i, sock := range f.socks {
			var layer proxy.Wrapper
			if i < len(f.conf.Binds) {
				layer, _ = f.conf.Binds[i].TLS.(proxy.Wrapper)
			}
			if err := f.open(sock, i < len(f.conf.Binds), layer); err != nil {
				r.Console.Alertf("Binding for log-forward %s: %v.", f.conf.Name, err)
				ok = false
			}
		}
	}
	return ok
}

// open gives a socket to the receiver.
func (f *forwarder) open(sock *netx.Listener, stream bool, layer proxy.Wrapper) error {
	if err := sock.Listen(); err != nil {
		return err
	}
	file := os.NewFile(uintptr(sock.FD), f.conf.Name)
	defer file.Close() // the net package has a descriptor of its own
	if !stream {
		c, err := net.FilePacketConn(file)
		if err == nil {
			f.receiver.Packets(c)
		}
		return err
	}
	l, err := net.FileListener(file)
	if err == nil {
		f.receiver.Streams(l, layer)
	}
	return err
}

// stopReceiving closes the sockets of the log-forward sections.
func (r *run) stopReceiving() {
	for _, f := range r.forwarders {
		if f.receiver != nil {
			f.receiver.Close()
		}
	}
}
