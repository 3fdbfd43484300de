//go:build linux

package examples

import (
	"fmt"
	"strings"
)

func pathRouting(k *kitchen) {
	port := k.port()
	k.start("haproxy.cfg", env{
		"HTTP_PORT": port, "STATIC_PORT": k.origin("static"), "API_PORT": k.origin("api"),
		"API_NEW_PORT": k.origin("api_new"), "SHOP_PORT": k.origin("shop"), "TRIAL_PORT": k.origin("trial"),
	})
	for _, c := range []struct {
		server, path string
		headers      []string
	}{
		{"shop", "/", nil},
		{"shop", "/apis", nil},
		{"shop", "/%61pi/users", nil},
		{"static", "/static/x", nil},
		{"static", "/logo.svg", nil},
		{"static", "/logo.svg?trial", nil},
		{"api", "/api/users", nil},
		{"api", "/users", []string{"Host: api.example.com"}},
		{"api", "/users", []string{"Host: API.example.com:8080"}},
		{"shop", "/users", []string{"Host: api.example.com.evil.example"}},
		{"api_new", "/api/users", []string{"X-Api-Version: 2"}},
		{"api", "/api/users", []string{"X-Api-Version: 22"}},
		{"shop", "/", []string{"X-Api-Version: 2"}},
		{"trial", "/?trial=", nil},
		{"shop", "/?trial", nil},
		{"trial", "/?a=b&trial=1", nil},
		{"shop", "/?trials=1", nil},
		{"trial", "/", []string{"Cookie: a=b; tester=yes"}},
		{"shop", "/", []string{"Cookie: tester=no"}},
	} {
		k.expect(200, c.server, port, c.path, c.headers...)
	}
	k.wants(k.get(port, "/api/users?q=1").body, "GET /users?q=1\n", "X-Forwarded-For: 127.0.0.1\n")
	k.wants(k.get(port, "/?trial=1").head.Get("Set-Cookie"), "tester=yes; ")
	k.wants(k.get(port, "/a.css").head.Get("Cache-Control"), "max-age=3600")

	k.refused("haproxy.cfg", env{"SHOP_PORT": "99999"}, "haproxy.cfg:", "99999")
}

func threeInstances(k *kitchen) {
	port, gone := k.port(), k.unused()
	values := env{"HTTP_PORT": port, "ONE_PORT": k.origin("one"), "TWO_PORT": k.origin("two"), "THREE_PORT": k.origin("three")}
	p := k.start("haproxy.cfg", values)

	turn := map[string]int{}
	for range 9 {
		r := k.expect(200, "", port, "/")
		turn[r.from()]++
		k.wants(r.head.Get("Set-Cookie"), "INSTANCE="+r.from(), "HttpOnly")
	}
	if fmt.Sprint(turn) != "map[one:3 three:3 two:3]" {
		k.Errorf("the turn was %v", turn)
	}
	for range 5 {
		r := k.expect(200, "two", port, "/", "Cookie: INSTANCE=two; mine=1")
		if r.head.Get("Set-Cookie") != "" || strings.Contains(r.body, "INSTANCE") {
			k.Errorf("a visitor who has the cookie gives:\n%v\n%s", r.head, r.body)
		}
	}

	p.order("set server application/two state drain")
	k.expect(200, "two", port, "/", "Cookie: INSTANCE=two")
	for range 4 {
		if r := k.expect(200, "", port, "/"); r.from() == "two" {
			k.Error("a new visitor reached the server that drains")
		}
	}
	p.order("set server application/two state maint")
	if r := k.expect(200, "", port, "/", "Cookie: INSTANCE=two"); r.from() == "two" {
		k.Error("a server in maintenance answered")
	}
	p.order("set server application/two state ready")
	k.expect(200, "two", port, "/", "Cookie: INSTANCE=two")
	k.wants(p.ask("set server application/four state maint"), "No such server")

	// One instance is not there: no visitor is told.
	port = k.port()
	values["HTTP_PORT"], values["TWO_PORT"] = port, gone
	k.start("haproxy.cfg", values)
	for range 6 {
		k.expect(200, "", port, "/")
		r := k.expect(200, "", port, "/", "Cookie: INSTANCE=two")
		k.wants(r.head.Get("Set-Cookie"), "INSTANCE="+r.from())
	}
}

func environment(k *kitchen) {
	one, spare := k.origin("one"), k.origin("spare")
	file := "haproxy.cfg"

	port := k.port()
	p := k.start(file, env{"HTTP_PORT": port})
	k.wants(k.get(port, "/").body, "no stage")
	k.wants(p.Said(), "STAGE is neither production nor test")

	port = k.port()
	k.start(file, env{"HTTP_PORT": port, "STAGE": "test", "APP_HOST": "127.0.0.1", "APP_PORT": one, "PLACE": "home"})
	r := k.expect(200, "one", port, "/")
	if r.head.Get("X-Place") != "home" || r.head.Get("X-Greeting") != "from home" || r.head.Get("X-Robots-Tag") != "noindex" {
		k.Errorf("%v", r.head)
	}

	port = k.port()
	k.start(file, env{"HTTP_PORT": port, "STAGE": "production", "APP_HOST": "127.0.0.1", "APP_PORT": one,
		"SPARE_PORT": spare, "WEIGHT_SPARE": "0", "GREETING": "from outside"})
	for range 4 {
		r = k.expect(200, "one", port, "/")
	}
	if r.head.Get("X-Place") != "nowhere" || r.head.Get("X-Greeting") != "from nowhere" || r.head.Get("X-Robots-Tag") != "" {
		k.Errorf("%v", r.head)
	}

	port = k.port()
	k.start(file, env{"HTTP_PORT": port, "MAINTENANCE": `at "noon"`})
	k.wants(k.expect(503, "", port, "/").body, `back soon: at "noon"`)

	k.refused(file, env{"TIMEOUT_CONNECT": "5 s"}, "haproxy.cfg:", "timeout connect")
	k.refused(file, env{"STAGE": "production", "WEIGHT_ONE": "1000"}, "haproxy.cfg:", "256")
	k.refused(file, env{"HTTP_ADDRESS": "no.such.host.invalid"}, "haproxy.cfg:", "no.such.host.invalid")
}
