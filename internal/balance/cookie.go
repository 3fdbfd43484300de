package balance

import (
	"encoding/binary"

	"github.com/cespare/xxhash/v2"

	"sluice/internal/proxy"
)

// SetDynamicCookies switches the cookies that servers without one of their own get from their address
// (configuration.txt 4.2, cookie, dynamic; management.txt 9.3, enable dynamic-cookie).
func SetDynamicCookies(p *proxy.Proxy, on bool) {
	changeCookies(p, func(st *proxy.State) { st.DynCookies.Store(on) })
}

// SetDynamicKey changes the key of dynamic cookies.
func SetDynamicKey(p *proxy.Proxy, key string) {
	changeCookies(p, func(st *proxy.State) { st.DynKey.Store(&key) })
}

func changeCookies(p *proxy.Proxy, edit func(*proxy.State)) {
	p.State.Changes.Lock()
	defer p.State.Changes.Unlock()
	edit(p.State)
	for _, srv := range p.All() {
		dynamicCookie(srv)
	}
}

// dynamicCookie gives the server the cookie that its address and the backend's key make, or none.
func dynamicCookie(srv *proxy.Server) {
	if srv.Cookie != "" {
		return
	}
	st := srv.Proxy.State
	key := st.DynKey.Load()
	value := cookieOf(srv.State.Addr.Load(), key)
	if !st.DynCookies.Load() || value == nil {
		srv.State.Cookie.Store(nil)
		return
	}
	srv.State.Cookie.Store(&value)
}

// cookieOf returns the 64-bit xxHash of key, address and port in hexadecimal digits; nil without a key, or an address
// of the internet protocols.
func cookieOf(a *proxy.Addr, key *string) []byte {
	if key == nil || *key == "" || a.IsUnix() || !a.IP.IsValid() {
		return nil
	}
	b := append([]byte(*key), a.IP.Unmap().AsSlice()...)
	b = binary.BigEndian.AppendUint32(b, uint32(a.Port))
	sum := xxhash.Sum64(b)
	out := make([]byte, 16)
	for i := range out {
		out[i] = "0123456789abcdef"[sum>>(60-4*i)&15]
	}
	return out
}
