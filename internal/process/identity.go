package process

import (
	"fmt"
	"os"
	"runtime/debug"
	"syscall"

	"sluice/internal/netx"
	"sluice/internal/proxy"
)

// mayTakeIdentity finds out what would keep takeIdentity from succeeding, before anybody can connect.
func (r *run) mayTakeIdentity() bool {
	g := r.Snapshot.Global
	if dir := g.Chroot; dir != "" && dir != "/" && dir != "auto" {
		err := error(nil)
		if st, e := os.Stat(dir); e != nil {
			err = e
		} else if !st.IsDir() {
			err = syscall.ENOTDIR
		} else if os.Geteuid() != 0 {
			err = syscall.EPERM
		}
		if err != nil {
			r.Console.Alertf("[%s.main()] Cannot chroot(%s): %s.", r.Name, dir, Reason(err))
			return false
		}
	}
	if os.Geteuid() != 0 {
		switch {
		case g.GID >= 0 && g.GID != os.Getegid():
			r.Console.Alertf("[%s.main()] Cannot set gid %d: %s.", r.Name, g.GID, Reason(syscall.EPERM))
			return false
		case g.UID >= 0 && g.UID != os.Geteuid():
			r.Console.Alertf("[%s.main()] Cannot set uid %d: %s.", r.Name, g.UID, Reason(syscall.EPERM))
			return false
		}
	}
	return true
}

// takeIdentity gives up what the process needs no more once its sockets are open: the view of the file system
// (chroot), then the privileges of root (configuration.txt 3.1, management.txt 13).
func (r *run) takeIdentity() bool {
	g := r.Snapshot.Global
	root := os.Geteuid() == 0
	if root && g.Chroot == "" {
		r.Console.Warnf("[%s.main()] started as root without 'chroot': an intruder would see the whole file system. "+
			"Write 'chroot auto' in the global section, or 'chroot /' if this is meant.", r.Name)
	}
	if g.Chroot != "" && g.Chroot != "/" {
		if err := enter(g.Chroot); err != nil {
			r.Console.Alertf("[%s.main()] Cannot chroot(%s): %s.", r.Name, g.Chroot, Reason(err))
			return false
		}
	}
	if root && g.UID < 0 {
		r.Console.Warnf("[%s.main()] started as root without 'user' or 'uid': an intruder would be root. "+
			"Write 'user <name>' in the global section, or 'uid 0' if this is meant.", r.Name)
	}
	if err := become(g); err != nil {
		r.Console.Alertf("[%s.main()] %v", r.Name, err)
		return false
	}
	if g.Dumpable {
		debug.SetTraceback("crash")
		if err := netx.SetDumpable(); err != nil {
			r.Console.Warnf("[%s.main()] set-dumpable: %s.", r.Name, Reason(err))
		}
	}
	if !g.InsecureSetuidWanted {
		if err := netx.NoNewPrivileges(); err != nil {
			r.Console.Warnf("[%s.main()] cannot do without new privileges for child processes: %s.", r.Name, Reason(err))
		}
	}
	return true
}

// enter changes the root of the file system; "auto" is an empty folder without a name.
func enter(dir string) error {
	if dir == "auto" {
		name, err := os.MkdirTemp("", "sluice-")
		if err != nil {
			return err
		}
		if err := os.Chdir(name); err != nil {
			return err
		}
		if err := os.Remove(name); err != nil {
			return err
		}
		dir = "."
	} else if err := os.Chdir(dir); err != nil {
		return err
	}
	if err := syscall.Chroot(dir); err != nil {
		return err
	}
	return os.Chdir("/")
}

// become takes the group, then the user, of the configuration.
func become(g *proxy.Global) error {
	if g.GID >= 0 && g.GID != os.Getegid() {
		if err := syscall.Setgroups([]int{g.GID}); err != nil {
			return fmt.Errorf("Cannot drop supplementary groups: %s.", Reason(err))
		}
		if err := syscall.Setgid(g.GID); err != nil {
			return fmt.Errorf("Cannot set gid %d: %s.", g.GID, Reason(err))
		}
	}
	if g.UID < 0 || g.UID == os.Geteuid() {
		return nil
	}
	if g.Capabilities != 0 {
		if err := netx.KeepCapabilities(); err != nil {
			return fmt.Errorf("Cannot keep capabilities: %s.", Reason(err))
		}
	}
	if err := syscall.Setuid(g.UID); err != nil {
		return fmt.Errorf("Cannot set uid %d: %s.", g.UID, Reason(err))
	}
	if g.Capabilities != 0 {
		if err := netx.SetCapabilities(g.Capabilities); err != nil {
			return fmt.Errorf("Cannot set the capabilities of setcap: %s.", Reason(err))
		}
	}
	return nil
}
