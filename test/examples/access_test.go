//go:build linux

package examples

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"net/http"
	"os/exec"
	"path/filepath"
	"strings"
	"time"
)

func vipCustomers(k *kitchen) {
	port := k.port()
	p := k.start("haproxy.cfg", env{"HTTP_PORT": port, "EVERYONE_PORT": k.origin("everyone"), "VIP_PORT": k.origin("vip")})
	login := func(name, password string) string {
		return "Authorization: Basic " + base64.StdEncoding.EncodeToString([]byte(name+":"+password))
	}
	anna, bert, clara := login("anna", "anna123"), login("bert", "bert123"), login("clara", "clara123")

	k.wants(k.expect(401, "", port, "/").head.Get("Www-Authenticate"), `Basic realm="Shop"`)
	for _, wrong := range []string{login("anna", "bert123"), login("anna", ""), login("", ""), login("dora", "dora123"),
		"Authorization: Basic ???", "Authorization: Bearer x", "Authorization: Basic", "X-Customer: anna"} {
		k.expect(401, "", port, "/", wrong)
	}
	r := k.expect(200, "vip", port, "/", anna, "X-Customer: root")
	k.wants(r.body, "X-Customer: anna\n")
	if strings.Contains(r.body, "root") || strings.Contains(r.body, "Authorization") {
		k.Errorf("the application saw\n%s", r.body)
	}
	k.expect(200, "everyone", port, "/", bert)
	k.expect(403, "", port, "/back-office/x", bert)
	k.expect(200, "everyone", port, "/back-office/x", clara)
	k.until("the name in the log", func() error {
		if !strings.Contains(p.Said(), "{bert}") {
			return fmt.Errorf("no {bert} in\n%s", p.Said())
		}
		return nil
	})

	p.order("set map customers.map anna everyone")
	p.order("add map customers.map bert vip")
	k.expect(200, "everyone", port, "/", anna)
	k.expect(200, "vip", port, "/", bert)
	k.wants(p.ask("show map customers.map"), "anna everyone", "bert vip")
	p.order("del map customers.map bert")
	k.expect(200, "everyone", port, "/", bert)
	p.order("set map customers.map anna nobody")
	k.expect(503, "", port, "/", anna)
	k.wants(p.ask("set map customer.map anna vip"), "nknown map")
	k.wants(p.ask("set map customers.map dora vip"), "not found")
}

// token is what the login service of crispy-jwt would give.
func token(head, body, secret string) string {
	url := base64.RawURLEncoding
	signed := url.EncodeToString([]byte(head)) + "." + url.EncodeToString([]byte(body))
	sum := hmac.New(sha256.New, []byte(secret))
	sum.Write([]byte(signed))
	return "Authorization: Bearer " + signed + "." + url.EncodeToString(sum.Sum(nil))
}

func crispyJWT(k *kitchen) {
	const secret = "a-secret-of-our-own-that-nobody-else-may-read"
	port := k.port()
	p := k.start("haproxy.cfg", env{"HTTP_PORT": port, "ORDERS_PORT": k.origin("orders")})

	head := func(alg, kid string) string { return fmt.Sprintf(`{"alg":%q,"typ":"JWT","kid":%q}`, alg, kid) }
	body := func(iss, aud, sub, scope string, exp time.Duration) string {
		return fmt.Sprintf(`{"iss":%q,"aud":%q,"sub":%q,"scope":%q,"exp":%d}`, iss, aud, sub, scope, time.Now().Add(exp).Unix())
	}
	const us = "https://login.example.com"
	h, b := head("HS256", "2026-a"), body(us, "orders", "anna", "mail orders:read", time.Hour)
	good := token(h, b, secret)

	k.wants(k.expect(401, "", port, "/").head.Get("Www-Authenticate"), `Bearer realm="orders"`)
	r := k.expect(200, "orders", port, "/", good, "X-User: root")
	k.wants(r.body, "X-User: anna\n")
	if strings.Contains(r.body, "root") || strings.Contains(r.body, "Bearer") {
		k.Errorf("the application saw\n%s", r.body)
	}
	// The last character of a signature of 32 bytes has two bits that mean nothing: the one before it changes.
	forged := good[:len(good)-2] + string(rune('A'+(good[len(good)-2]-'A'+1)%2)) + good[len(good)-1:]
	none := token(head("none", "2026-a"), b, "")
	for name, bad := range map[string]string{
		"another secret":  token(h, b, "guess"),
		"a byte changed":  forged,
		"none":            none,
		"none, unsigned":  none[:strings.LastIndexByte(none, '.')+1],
		"no signature":    good[:strings.LastIndexByte(good, '.')+1],
		"HS512 claimed":   token(head("HS512", "2026-a"), b, secret),
		"a key of nobody": token(head("HS256", "2025-z"), b, secret),
		"no key named":    token(`{"alg":"HS256"}`, b, secret),
		"another issuer":  token(h, body("https://evil.example", "orders", "anna", "orders:read", time.Hour), secret),
		"another service": token(h, body(us, "mail", "anna", "orders:read", time.Hour), secret),
		"nobody":          token(h, body(us, "orders", "", "orders:read", time.Hour), secret),
		"expired":         token(h, body(us, "orders", "anna", "orders:read", -time.Second), secret),
		"no expiry":       token(h, `{"iss":"`+us+`","aud":"orders","sub":"anna","scope":"orders:read"}`, secret),
		"expiry as text":  token(h, `{"iss":"`+us+`","aud":"orders","sub":"anna","scope":"orders:read","exp":"never"}`, secret),
		"no JSON":         token(h, `{`, secret),
		"not a token":     "Authorization: Bearer x",
		"basic":           "Authorization: Basic YTpi",
	} {
		if r := k.get(port, "/", bad); r.status != 401 {
			k.Errorf("%s: %d\n%s", name, r.status, r.body)
		}
	}
	for _, scope := range []string{"", "orders", "orders:reading", "orders:write"} {
		k.expect(403, "", port, "/", token(h, body(us, "orders", "anna", scope, time.Hour), secret))
	}
	writes := func(scope string) int {
		t := token(h, body(us, "orders", "anna", scope, time.Hour), secret)
		r, err := fetch(http.DefaultTransport, "DELETE", "http://127.0.0.1:"+port+"/7", t)
		k.must(err)
		return r.status
	}
	if a, b := writes("orders:read"), writes("orders:read orders:write"); a != 403 || b != 200 {
		k.Errorf("DELETE gave %d and %d", a, b)
	}

	next := token(head("HS256", "2026-b"), b, "another-secret")
	k.expect(401, "", port, "/", next)
	p.order("add map keys.map 2026-b another-secret")
	k.expect(200, "orders", port, "/", next)
	k.expect(200, "orders", port, "/", good)
	p.order("del map keys.map 2026-a")
	k.expect(401, "", port, "/", good)
	k.expect(200, "orders", port, "/", next)
	p.order("set map keys.map 2026-b a-third-one")
	k.expect(401, "", port, "/", next)

	if _, err := exec.LookPath("openssl"); err != nil {
		k.Skip("openssl is not installed: the script of the recipe was not tried")
	}
	out, err := exec.Command(filepath.Join(k.folder, "token"), "2026-b", "a-third-one", "bert", "orders:read").Output()
	k.must(err)
	k.wants(k.expect(200, "orders", port, "/", "Authorization: Bearer "+strings.TrimSpace(string(out))).body, "X-User: bert\n")
}
