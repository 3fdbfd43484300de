//go:build linux

package main

import (
	"fmt"
	"os"
	"strings"
)

func haproxyArgs(file string) []string  { return []string{"-db", "-f", file} }
func haproxyCheck(file string) []string { return []string{"-c", "-q", "-f", file} }

// haproxyConfig is the configuration of Sluice and HAProxy for a case.
func haproxyConfig(b *bench, c *caseOf, port string) string {
	var s strings.Builder
	mode, log, rules, more, secure := "http", "", "", "", ""
	if c.tls {
		secure = " ssl crt " + b.cert()
	}
	maxconn := b.maxconn
	if c.checks > 0 {
		maxconn = 1000 // checks need descriptors too
	}
	if c.tcp {
		mode = "tcp"
	}
	if c.log {
		log = "    log 127.0.0.1:" + b.origin.log + " local0\n    option httplog\n"
	}
	if c.rules {
		rules = rulesConfig
	}
	switch {
	case c.closeServer:
		more = "    option httpclose\n"
	case c.close: // the first request of a client may go over a connection that another one opened, as in nginx
		more = "    http-reuse always\n"
	}
	fmt.Fprintf(&s, `global
    nbthread 1
    maxconn %d

defaults
    mode %s
    timeout connect 5s
    timeout client  100s
    timeout server  100s

frontend fe
    bind 127.0.0.1:%s%s
%s%s    default_backend be

backend be
%s    server s1 127.0.0.1:%s
`, maxconn, mode, port, secure, log, rules, more, b.origin.port)
	for i := range c.backends {
		fmt.Fprintf(&s, "\nbackend b%d\n    balance roundrobin\n    server s1 127.0.0.1:%s\n", i, b.origin.port)
	}
	if c.checks > 0 {
		s.WriteString(checksConfig(c))
	}
	return s.String()
}

func nginxArgs(file string) []string  { return []string{"-c", file, "-g", "daemon off;"} }
func nginxCheck(file string) []string { return []string{"-q", "-t", "-c", file} }

// nginxStream is where Debian's package puts the module that relays TCP.
const nginxStream = "/usr/lib/nginx/modules/ngx_stream_module.so"

// nginxConfig is the equal of haproxyConfig: one worker, connections to the server kept, bodies passed on as they come
// through buffers of 16 KB, no log unless the case asks for it. Empty when this nginx cannot do what the case wants.
func nginxConfig(b *bench, c *caseOf, port string) string {
	var s strings.Builder
	const head = `worker_processes 1;
pid %s/nginx-%s.pid;
error_log stderr crit;
events { worker_connections %d; }
`
	if c.rules || c.checks > 0 {
		return ""
	}
	if c.tcp {
		if _, err := os.Stat(nginxStream); err != nil {
			return ""
		}
		fmt.Fprintf(&s, "load_module "+nginxStream+";\n"+head, b.dir, port, 2*b.maxconn)
		fmt.Fprintf(&s, `stream {
    server { listen 127.0.0.1:%s; proxy_pass 127.0.0.1:%s; proxy_timeout 100s; }
}
`, port, b.origin.port)
		return s.String()
	}
	kept, connection := "keepalive 1000; keepalive_requests 1000000000;", ""
	if c.closeServer {
		kept, connection = "", "close"
	}
	log := "access_log off;"
	if c.log {
		log = `log_format http '$remote_addr:$remote_port [$time_local] $server_name $upstream_addr $request_time '
        '$upstream_connect_time $upstream_header_time $status $bytes_sent $connections_active "$request"';
    access_log syslog:server=127.0.0.1:` + b.origin.log + `,facility=local0,tag=nginx http;`
	}
	fmt.Fprintf(&s, head, b.dir, port, 2*b.maxconn)
	fmt.Fprintf(&s, `http {
    %s
    client_body_temp_path %[2]s/body;
    proxy_temp_path %[2]s/proxy;
    fastcgi_temp_path %[2]s/fastcgi;
    uwsgi_temp_path %[2]s/uwsgi;
    scgi_temp_path %[2]s/scgi;
    keepalive_timeout 100s;
    keepalive_requests 1000000000;
    client_max_body_size 100m;
    proxy_http_version 1.1;
    proxy_set_header Connection "%[4]s";
    proxy_request_buffering off;
    proxy_buffer_size 16k;
    proxy_buffers 8 16k;
    proxy_max_temp_file_size 0;
    upstream origin { server 127.0.0.1:%[3]s; %[5]s }
`, log, b.dir, b.origin.port, connection, kept)
	for i := range c.backends {
		fmt.Fprintf(&s, "    upstream b%d { server 127.0.0.1:%s; }\n", i, b.origin.port)
	}
	fmt.Fprintf(&s, "    server {\n        listen 127.0.0.1:%s%s;\n        location / { proxy_pass http://origin; }\n", port, nginxSecure(b, c))
	for i := range c.backends {
		fmt.Fprintf(&s, "        location /b%d/ { proxy_pass http://b%d; }\n", i, i)
	}
	s.WriteString("    }\n}\n")
	return s.String()
}

// nginxSecure is what a listen line of nginx has for TLS.
func nginxSecure(b *bench, c *caseOf) string {
	if !c.tls {
		return ""
	}
	return fmt.Sprintf(" ssl;\n        ssl_certificate %s;\n        ssl_certificate_key %[1]s;\n        ssl_protocols TLSv1.2 TLSv1.3", b.cert())
}
