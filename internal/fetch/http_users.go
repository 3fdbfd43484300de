package fetch

import (
	"fmt"

	"sluice/internal/password"
	"sluice/internal/proxy"
	"sluice/internal/sample"
	"sluice/internal/value"
)

// userRows are the fetches of credentials that a userlist knows (configuration.txt 7.3.6, 12.2).
func userRows() []sample.Fetch {
	return []sample.Fetch{
		{Name: "http_auth", Doc: "Whether the client gave the name and password of a user.", Args: "user list", Out: value.Bool, Uses: sample.RequestHeaders, Eval: httpAuth},
		{Name: "http_auth_group", Doc: "Name of the user whose password the client gave.", Args: "user list", Out: value.Str, Uses: sample.RequestHeaders, Eval: httpAuthUser},
	}
}

// groupACL is http_auth_group as a keyword of ACLs: its patterns are groups, and the sample is each group of the user.
var groupACL = sample.ACLKeyword{Name: "http_auth_group", Doc: "Whether the client is a user of one of the groups.", Fetch: "http_auth_group", Match: "str",
	Each: httpAuthGroups, Verify: knownGroups}

// authenticated returns the user of the list whose name and password the client gave, nil without; given says
// whether it gave any.
func authenticated(s *proxy.Stream, a sample.Args, v *value.Value) (user *proxy.User, given bool) {
	name, pass, given := basic(s, v)
	if !given || a[0].Users == nil {
		return nil, given
	}
	user = a[0].Users.Users[string(name)]
	if user == nil || user.Secret == nil || !fits(s, a[0].Users.Cache, user.Secret, pass) {
		return nil, given
	}
	return user, given
}

// fits compares a password with a secret. What takes long is done once for a client, and not on the thread of the loop,
// while the stream waits.
func fits(s *proxy.Stream, c *password.Cache, secret *password.Secret, pass []byte) bool {
	if secret.Fast() {
		return secret.Fits(pass)
	}
	m := s.Arena.Mark()
	k := c.KeyOf(secret, pass, s.Arena.Alloc(c.RoomFor(secret, pass)))
	s.Arena.Release(m)
	now := s.Wall()
	ok, known := c.Look(&k, now)
	switch {
	case known:
		return ok
	case s.Task == nil:
		return c.Compare(&k, secret, pass, now)
	}
	return offload(s, c, k, secret, string(pass), now)
}

// offload has the comparison made on an ordinary goroutine, with copies of its own: when the stream is cancelled they
// outlive it.
func offload(s *proxy.Stream, c *password.Cache, k password.Key, secret *password.Secret, pass string, now int64) bool {
	ok := new(bool)
	cause := s.Task.Offload(func() { *ok = c.Compare(&k, secret, []byte(pass), now) }, 0)
	return cause.Err() == nil && *ok
}

func httpAuth(s *proxy.Stream, a sample.Args, v *value.Value) bool {
	user, given := authenticated(s, a, v)
	v.SetBool(user != nil)
	return given
}

func httpAuthUser(s *proxy.Stream, a sample.Args, v *value.Value) bool {
	user, _ := authenticated(s, a, v)
	return user != nil && setName(s, user.Name, v)
}

// httpAuthGroups gives one group of the user after the other.
func httpAuthGroups(s *proxy.Stream, a sample.Args, v *value.Value) bool {
	user, _ := authenticated(s, a, v)
	if user == nil || int(v.Cursor) >= len(user.Groups) {
		return false
	}
	setName(s, user.Groups[v.Cursor], v)
	v.Cursor++
	v.Flags |= value.NotLast
	return true
}

// knownGroups checks that the patterns are groups of the list.
func knownGroups(a sample.Args, patterns []string) error {
	if a[0].Users == nil {
		return nil // that there is no such list is said of itself
	}
	if len(patterns) == 0 {
		return fmt.Errorf("no groups specified")
	}
	for _, p := range patterns {
		if !a[0].Users.Groups[p] {
			return fmt.Errorf("invalid group '%s'", p)
		}
	}
	return nil
}
