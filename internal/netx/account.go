package netx

import (
	"fmt"
	"os/user"
	"strconv"
)

// UserID returns the number of a user of the system, and of his group, for the user keywords (configuration.txt 3.1 and
// 5.1).
func UserID(name string) (uid, gid int, err error) {
	u, err := user.Lookup(name)
	if err != nil {
		return 0, 0, fmt.Errorf("unknown user name '%s'", name)
	}
	if uid, err = strconv.Atoi(u.Uid); err == nil {
		gid, err = strconv.Atoi(u.Gid)
	}
	if err != nil {
		return 0, 0, fmt.Errorf("user name '%s': %w", name, ErrUnsupported)
	}
	return uid, gid, nil
}

// GroupID returns the number of a group of the system, for the group keywords.
func GroupID(name string) (int, error) {
	g, err := user.LookupGroup(name)
	if err != nil {
		return 0, fmt.Errorf("unknown group name '%s'", name)
	}
	gid, err := strconv.Atoi(g.Gid)
	if err != nil {
		return 0, fmt.Errorf("group name '%s': %w", name, ErrUnsupported)
	}
	return gid, nil
}
