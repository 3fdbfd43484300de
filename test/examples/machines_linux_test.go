package examples

import (
	"errors"
	"fmt"
	"io"
	"net"
	"strings"
	"syscall"
	"time"
)

func namespaces(k *kitchen) {
	red, blue, port := k.namespace(), k.namespace(), k.port()
	k.serveInside(red, "127.0.0.1:8000", "red")
	k.serveInside(blue, "127.0.0.1:8000", "blue")
	k.start("haproxy.cfg", env{"HTTP_PORT": port, "RED": red, "BLUE": blue, "SHARED_PORT": k.origin("shared")})

	k.expect(200, "red", port, "/", "Host: red.example.com")
	k.expect(200, "blue", port, "/", "Host: Blue.Example.Com:8080")
	k.expect(503, "", port, "/", "Host: green.example.com")
	r, err := fetch(way(red), "GET", "http://127.0.0.1:5000/")
	k.must(err)
	if r.from() != "shared" {
		k.Errorf("red reached %q", r.from())
	}
	k.wants(r.body, "X-Tenant: red\n", "X-Forwarded-For: 127.0.0.1\n")
	if r, err := fetch(way(blue), "GET", "http://127.0.0.1:5000/"); err == nil {
		k.Errorf("blue reached what is red's: %v", r)
	}
	k.refused("haproxy.cfg", env{"RED": "no-such-namespace", "BLUE": blue}, "haproxy.cfg:2", "Cannot open namespace 'no-such-namespace'")
}

func twoMachines(k *kitchen) {
	net := k.connect("client", "first", "second")
	client, first, second := net["client"], net["first"], net["second"]
	app := k.serveInside(first.namespace, "127.0.0.1:8000", "app of first")
	k.serveInside(second.namespace, "127.0.0.1:8000", "app of second")
	p := first.run("haproxy.cfg", env{"NEIGHBOUR": second.address})
	q := second.run("haproxy.cfg", env{"NEIGHBOUR": first.address})
	web := func(m *machine) string { return "http://" + m.address + ":8080/" }

	client.sees(200, "app of first", web(first))
	client.sees(200, "app of second", web(second))
	p.order("set server site/here state maint")
	r := client.sees(200, "app of second", web(first))
	if strings.Count(r.body, "X-Forwarded-For: ") != 1 {
		k.Errorf("the application saw\n%s", r.body)
	}
	k.wants(r.body, "X-Forwarded-For: "+client.address+"\n")
	q.order("set server site/here state maint")
	client.sees(200, "app of first", web(second))
	// Both are out: an error, and no circle.
	p.order("set server here_only/here state maint")
	client.sees(503, "", web(second))
	p.order("set server here_only/here state ready")
	p.order("set server site/here state ready")
	client.sees(200, "app of first", web(first))
	app.Close()
	client.sees(503, "", web(first))

	// The port for the neighbour is shut for others, whatever they say.
	const said = "PROXY TCP4 10.77.0.99 10.77.0.2 1000 8090\r\nGET / HTTP/1.0\r\n\r\n"
	if out := client.say(second.address+":8090", said); out != "" {
		k.Errorf("a stranger got %q", out)
	}
	k.wants(first.say(second.address+":8090", said), "HTTP/1.0 200", "X-Forwarded-For: 10.77.0.99\n")
	if out := first.say(second.address+":8090", "GET / HTTP/1.0\r\n\r\n"); strings.Contains(out, "200") {
		k.Errorf("the neighbour without the PROXY protocol got %q", out)
	}
}

func stacked(k *kitchen) {
	machines := k.connect("client", "front", "left", "right", "other")
	client, front, other := machines["client"], machines["front"], machines["other"]
	behind := map[string]*proxy{}
	for _, name := range []string{"left", "right"} {
		m := machines[name]
		k.serveInside(m.namespace, "127.0.0.1:9001", name+" one")
		k.serveInside(m.namespace, "127.0.0.1:9002", name+" two")
		behind[name] = m.run("machine.cfg", env{"MACHINE": name, "FRONT": front.address, "LISTEN": m.address + ":8081"})
	}
	p := front.run("front.cfg", env{"LEFT": machines["left"].address + ":8081", "RIGHT": machines["right"].address + ":8081"})
	url := "http://" + front.address + "/"

	name := ""
	for range 8 {
		r, err := client.get(url)
		k.must(err)
		now, _, _ := strings.Cut(r.from(), " ")
		if name == "" {
			name = now
		}
		if now != name || r.status != 200 {
			k.Errorf("%d from %q, after %q", r.status, r.from(), name)
		}
		k.wants(r.body, "X-Machine: "+name+"\n", "X-Forwarded-For: "+client.address+"\n")
	}
	for _, q := range behind {
		q.order("add acl blocked.lst " + client.address)
	}
	client.sees(429, "", url)
	if r, err := other.get(url); err != nil || r.status != 200 {
		k.Errorf("another client: %d, %v", r.status, err)
	}
	for _, q := range behind {
		q.order("del acl blocked.lst " + client.address)
	}
	if out := client.say(machines[name].address+":8081", "GET / HTTP/1.0\r\n\r\n"); out != "" {
		k.Errorf("past the front came %q", out)
	}

	// A machine goes; its clients come to the other one.
	behind[name].Stop()
	r, err := client.get(url)
	k.must(err)
	if r.status != 200 || strings.HasPrefix(r.from(), name) {
		k.Errorf("after %s has gone: %d from %q", name, r.status, r.from())
	}
	k.until("the log", func() error {
		if !strings.Contains(p.Said(), client.address+":") {
			return fmt.Errorf("no client in\n%s", p.Said())
		}
		return nil
	})
}

// say sends bytes from a machine to an address, and gives everything that comes back.
func (m *machine) say(address, text string) string {
	m.k.Helper()
	var c net.Conn
	err := inside(m.namespace, func() (err error) {
		c, err = net.DialTimeout("tcp", address, patience)
		return err
	})
	if errors.Is(err, syscall.ECONNRESET) {
		return "" // the other side was faster
	}
	m.k.must(err)
	return hear(c, text)
}

// hear sends bytes and gives what comes back until the end, whichever way that comes.
func hear(c net.Conn, text string) string {
	defer c.Close()
	c.SetDeadline(time.Now().Add(patience))
	io.WriteString(c, text)
	out, _ := io.ReadAll(c)
	return string(out)
}
