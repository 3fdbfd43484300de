package directive

import (
	"fmt"
	"slices"
	"strings"

	"sluice/internal/config"
	"sluice/internal/password"
	"sluice/internal/proxy"
)

// userKeywords are those of a userlist section (configuration.txt 12.2).
var userKeywords = []Keyword{
	{Name: "group", Doc: "A group of users.", In: config.InUserlist, Max: -1, Parse: parseUserGroup},
	{Name: "user", Doc: "A user, with a password and groups.", In: config.InUserlist, Max: -1, Parse: parseListUser},
}

// userDraft is a userlist while it is read: users and groups may name each other before they are declared.
type userDraft struct {
	*proxy.Userlist
	users  []*proxy.User
	groups []groupLine
}

type groupLine struct {
	name  string
	users []string
}

func openUserlist(b *Builder, l *config.Line) {
	u := &userDraft{Userlist: &proxy.Userlist{Pos: place(l), Users: map[string]*proxy.User{}, Groups: map[string]bool{}, Cache: password.NewCache()}}
	b.users = u
	if len(l.Args) == 0 {
		l.Tightf(l.End(), "'userlist' expects <name> as arguments.")
		return
	}
	u.Name = l.Arg(0).Value
	switch c := permitted(u.Name); {
	case len(l.Args) > 1:
		l.Alertf(l.Arg(1), "'userlist' cannot handle unexpected argument '%s'.", l.Arg(1).Value)
		return
	case c != 0:
		l.Tightf(l.Arg(0), "character '%c' is not permitted in 'userlist' name '%s'.", c, u.Name)
		return
	}
	for _, old := range b.snap.Userlists {
		if old.Name == u.Name {
			warnTight(l, "ignoring duplicated userlist '%s'.", u.Name)
			return
		}
	}
	b.snap.Userlists = append(b.snap.Userlists, u.Userlist)
}

// closeUserlist joins users and groups, which may be given on either side.
func closeUserlist(b *Builder, l *config.Line) {
	u := b.users
	b.users = nil
	for _, user := range u.users {
		for _, g := range user.Groups {
			if !u.Groups[g] {
				l.Report().Errorf(user.Pos, "userlist '%s': no such group '%s' specified in user '%s'", u.Name, g, user.Name)
			}
		}
	}
	for _, g := range u.groups {
		for _, name := range g.users {
			user := u.Users[name]
			if user == nil {
				l.Report().Errorf(u.Pos, "userlist '%s': no such user '%s' specified in group '%s'", u.Name, name, g.name)
				continue
			}
			if !slices.Contains(user.Groups, g.name) {
				user.Groups = append(user.Groups, g.name)
			}
		}
	}
}

func parseUserGroup(b *Builder, l *config.Line) {
	if len(l.Args) == 0 {
		l.Tightf(l.End(), "'group' expects <name> as arguments.")
		return
	}
	g := groupLine{name: l.Arg(0).Value}
	if b.users.Groups[g.name] {
		warnTight(l, "ignoring duplicated group '%s' in userlist '%s'.", g.name, b.users.Name)
		return
	}
	for i := 1; i < len(l.Args); i += 2 {
		if l.Arg(i).Value != "users" {
			l.Tightf(l.Arg(i), "'group' only supports 'users' option.")
			return
		}
		g.users = names(l.Arg(i + 1).Value)
	}
	b.users.Groups[g.name] = true
	b.users.groups = append(b.users.groups, g)
}

// warnTight is a warning in the form that this section's messages have.
func warnTight(l *config.Line, format string, args ...any) {
	l.Report().Warnf(place(l), "config : parsing [%v]: %s", place(l), fmt.Sprintf(format, args...))
}

// names cuts a list at its commas.
func names(list string) []string {
	return strings.FieldsFunc(list, func(c rune) bool { return c == ',' })
}

func parseListUser(b *Builder, l *config.Line) {
	if len(l.Args) == 0 {
		l.Tightf(l.End(), "'user' expects <name> as arguments.")
		return
	}
	u := &proxy.User{Name: l.Arg(0).Value, Pos: place(l)}
	if b.users.Users[u.Name] != nil {
		warnTight(l, "ignoring duplicated user '%s' in userlist '%s'.", u.Name, b.users.Name)
		return
	}
	for i := 1; i < len(l.Args); i += 2 {
		word := l.Arg(i + 1)
		switch l.Arg(i).Value {
		case "password":
			secret, err := password.Parse(word.Value)
			if err != nil && len(word.Value) > 1 { // a single character locks the user, as in /etc/shadow
				warnTight(l, "the password of user '%s' cannot be verified, so nobody is this user: %v.", u.Name, err)
			}
			u.Secret = secret
		case "insecure-password":
			u.Secret = password.Plain(word.Value)
		case "groups":
			u.Groups = names(word.Value)
		default:
			l.Tightf(l.Arg(i), "'user' only supports 'password', 'insecure-password' and 'groups' options.")
			return
		}
	}
	b.users.Users[u.Name] = u
	b.users.users = append(b.users.users, u)
}
