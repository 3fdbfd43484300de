package directive

import (
	"fmt"
	"os/user"
	"strconv"
	"strings"

	"sluice/internal/config"
	"sluice/internal/proxy"
)

// globalProcess are the keywords of process management (configuration.txt 3.1).
var globalProcess = []Keyword{
	{Name: "chroot", Doc: "The folder that becomes the process's root.", In: config.InGlobal,
		Min: 1, Max: 1, Expects: "a directory as an argument", Parse: parseChroot},
	{Name: "close-spread-time", Doc: "The time over which connections are closed in a soft stop.", In: config.InGlobal,
		Max: 1, Parse: parseCloseSpread},
	{Name: "cluster-secret", Doc: "The secret that the nodes of a cluster share.", In: config.InGlobal,
		Max: 1, Parse: parseClusterSecret},
	{Name: "default-path", Doc: "The folder that relative file names start from.", In: config.InGlobal,
		Max: -1, Parse: parseDefaultPath},
	{Name: "description", Doc: "A text for people who look at the statistics.", In: config.InGlobal,
		Max: -1, Parse: parseGlobalDescription},
	{Name: "expose-deprecated-directives", Doc: "Deprecated keywords are used without a warning.", In: config.InGlobal, Early: true,
		Parse: func(b *Builder, l *config.Line) { b.global.ExposeDeprecated = true; l.Expose(config.Deprecated) }},
	{Name: "expose-experimental-directives", Doc: "Experimental keywords may be used.", In: config.InGlobal,
		Parse: func(b *Builder, l *config.Line) { b.global.ExposeExperimental = true; l.Expose(config.Experimental) }},
	{Name: "fd-hard-limit", Doc: "The most descriptors the process may use, whatever the system allows.", In: config.InGlobal,
		Min: 1, Max: 1, Expects: "an integer argument", Parse: setCount(1, func(g *proxy.Global) *int { return &g.FDHardLimit })},
	{Name: "gid", Doc: "The group number the process takes.", In: config.InGlobal,
		Min: 1, Max: 1, Expects: "an integer argument", Parse: parseGID},
	{Name: "grace", Doc: "How long after a soft stop was asked for it begins.", In: config.InGlobal,
		Min: 1, Max: -1, Expects: "<time> as argument", Parse: setTime("grace", func(g *proxy.Global) *int64 { return &g.Grace })},
	{Name: "group", Doc: "The group the process takes.", In: config.InGlobal, Max: 1, Parse: parseGroup},
	{Name: "h1-accept-payload-with-any-method", Doc: "Requests of any method and version may have a body.", In: config.InGlobal,
		Parse: setFlag(func(g *proxy.Global) *bool { return &g.AcceptPayloadAnyMethod })},
	{Name: "h1-case-adjust", Doc: "A header name to be written in this case to old HTTP/1 programs.", In: config.InGlobal,
		Max: 2, Parse: parseCaseAdjust},
	{Name: "h1-case-adjust-file", Doc: "A file of header names to be written in this case.", In: config.InGlobal,
		Min: 1, Max: 1, Expects: "<file> as argument", Parse: parseCaseAdjustFile},
	{Name: "h1-do-not-close-on-insecure-transfer-encoding", Doc: "A request with both lengths does not end its connection.", In: config.InGlobal,
		Parse: setFlag(func(g *proxy.Global) *bool { return &g.NoCloseOnInsecureTE })},
	{Name: "hard-stop-after", Doc: "The longest a soft stop may take.", In: config.InGlobal,
		Min: 1, Max: -1, Expects: "<time> as argument",
		Parse: setTime("hard-stop-after", func(g *proxy.Global) *int64 { return &g.HardStopAfter })},
	{Name: "harden.reject-privileged-ports.tcp", Doc: "Connections from ports below 1024 are closed.", In: config.InGlobal, Max: 1, Parse: parseRejectPrivileged},
	{Name: "http-err-codes", Doc: "The statuses that count as client errors.", In: config.InGlobal,
		Max: -1, Parse: parseStatusCodes(func(g *proxy.Global) *proxy.StatusSet { return &g.HTTPErrCodes })},
	{Name: "http-fail-codes", Doc: "The statuses that count as failures of servers.", In: config.InGlobal,
		Max: -1, Parse: parseStatusCodes(func(g *proxy.Global) *proxy.StatusSet { return &g.HTTPFailCodes })},
	{Name: "insecure-fork-wanted", Doc: "The process may start others.", In: config.InGlobal, No: true,
		Parse: setFlag(func(g *proxy.Global) *bool { return &g.InsecureForkWanted })},
	{Name: "insecure-setuid-wanted", Doc: "The process may start programs that change their identity.", In: config.InGlobal,
		Parse: setFlag(func(g *proxy.Global) *bool { return &g.InsecureSetuidWanted })},
	{Name: "localpeer", Doc: "The name of this process among its peers.", In: config.InGlobal, Early: true,
		Min: 1, Max: 1, Expects: "a name as an argument", Parse: setText(func(g *proxy.Global) *string { return &g.LocalPeer })},
	{Name: "nbthread", Doc: "The number of loops.", In: config.InGlobal, Max: 1, Parse: parseNbThread},
	{Name: "node", Doc: "The name of this node in statistics.", In: config.InGlobal, Max: 1, Parse: parseNode},
	{Name: "numa-cpu-mapping", Doc: "The processors are chosen by their place in the machine.", In: config.InGlobal, Max: -1, No: true,
		Parse: moot("the scheduler of the system places the threads")},
	{Name: "pidfile", Doc: "The file that gets the process's number.", In: config.InGlobal, Early: true,
		Min: 1, Max: 1, Expects: "a file name as an argument", Parse: parsePidFile},
	{Name: "pp2-never-send-local", Doc: "PROXY headers of the proxy's own connections name an address.", In: config.InGlobal,
		Parse: setFlag(func(g *proxy.Global) *bool { return &g.PP2NeverSendLocal })},
	{Name: "set-dumpable", Doc: "The system may keep an image of the process when it crashes.", In: config.InGlobal, Max: 1, No: true, Parse: parseDumpable},
	{Name: "setcap", Doc: "The capabilities that are kept with another user than root.", In: config.InGlobal, Max: 1, Parse: parseSetCap},
	{Name: "strict-limits", Doc: "The process does not start when it cannot have the limits it needs.", In: config.InGlobal, No: true,
		Parse: setFlag(func(g *proxy.Global) *bool { return &g.StrictLimits })},
	{Name: "thread-groups", Doc: "The number of groups that the loops form.", In: config.InGlobal, Max: 1, Parse: parseThreadGroups},
	{Name: "thread-hard-limit", Doc: "The most loops that are started without nbthread.", In: config.InGlobal, Max: 1, Parse: parseThreadHardLimit},
	{Name: "uid", Doc: "The user number the process takes.", In: config.InGlobal,
		Min: 1, Max: 1, Expects: "an integer argument", Parse: parseUID},
	{Name: "ulimit-n", Doc: "The descriptors that the process asks the system for.", In: config.InGlobal,
		Min: 1, Max: 1, Expects: "an integer argument", Parse: parseUlimitN},
	{Name: "user", Doc: "The user the process becomes.", In: config.InGlobal, Max: 1, Parse: parseUser},
}

func parseRejectPrivileged(b *Builder, l *config.Line) {
	on := len(l.Args) == 1 && l.Arg(0).Value == "on"
	if !on && (len(l.Args) == 0 || l.Arg(0).Value != "off") {
		l.Errorf(l.Name(), "'%s' expects either 'on' or 'off'.", l.Keyword())
		return
	}
	b.global.RejectPrivileged = on
}

func parseChroot(b *Builder, l *config.Line) {
	if b.global.Chroot != "" {
		l.Warnf(l.Name(), "'chroot' is already specified. Continuing.")
		return
	}
	b.global.Chroot = l.Arg(0).Value
}

func parsePidFile(b *Builder, l *config.Line) {
	if b.global.PidFile != "" {
		l.Warnf(l.Name(), "'pidfile' already specified. Continuing.")
		return
	}
	b.global.PidFile = l.Arg(0).Value
}

func parseClusterSecret(b *Builder, l *config.Line) {
	switch {
	case len(l.Args) == 0:
		l.Errorf(l.End(), "expects an ASCII string argument.")
	case b.once(l, "cluster-secret", "'cluster-secret' already specified. Continuing."):
		b.global.ClusterSecret = l.Arg(0).Value
	}
}

func parseGlobalDescription(b *Builder, l *config.Line) {
	if len(l.Args) == 0 {
		l.Tightf(l.End(), "'description' expects a string argument.")
		return
	}
	b.global.Description = join(l.Args)
}

func parseNode(b *Builder, l *config.Line) {
	name := l.Arg(0).Value
	if name == "" || permitted(name) != 0 || strings.Contains(name, ":") {
		l.Tightf(l.Arg(0), "'node' requires valid node name - non-empty string with digits(0-9), letters(A-Z, a-z), dot(.), hyphen(-) or underscode(_).")
		return
	}
	b.global.Node = name
}

func parseUlimitN(b *Builder, l *config.Line) {
	if b.once(l, "ulimit-n", "'ulimit-n' already specified. Continuing.") {
		if n, ok := atLeast(l, l.Arg(0), 1); ok {
			b.global.UlimitN = n
		}
	}
}

// identity reads the number of a user or group; what is none gets HAProxy's hint at the keyword for names.
func identity(l *config.Line, byName string) (int, bool) {
	w := l.Arg(0)
	n, err := strconv.ParseUint(w.Value, 10, 31)
	if err != nil {
		l.Errorf(w, "%s: string '%s' is not a number.\n   | You might want to use the '%s' parameter to use a system %s name.",
			l.Keyword(), w.Value, byName, byName)
		return 0, false
	}
	return int(n), true
}

func parseUID(b *Builder, l *config.Line) {
	if !b.once(l, "user", "user/uid already specified. Continuing.") {
		return
	}
	if n, ok := identity(l, "user"); ok {
		b.global.UID = n
	}
}

func parseGID(b *Builder, l *config.Line) {
	if !b.once(l, "group", "gid/group was already specified. Continuing.") {
		return
	}
	if n, ok := identity(l, "group"); ok {
		b.global.GID = n
	}
}

func parseUser(b *Builder, l *config.Line) {
	if !b.once(l, "user", "user/uid already specified. Continuing.") {
		return
	}
	id, ok := userID(l.Arg(0).Value)
	if !ok {
		l.Errorf(l.Arg(0), "cannot find user id for '%s' (0:Success)", l.Arg(0).Value)
		return
	}
	b.global.User, b.global.UID = l.Arg(0).Value, id
}

func parseGroup(b *Builder, l *config.Line) {
	if !b.once(l, "group", "gid/group was already specified. Continuing.") {
		return
	}
	id, ok := groupID(l.Arg(0).Value)
	if !ok {
		l.Errorf(l.Arg(0), "cannot find group id for '%s' (0:Success)", l.Arg(0).Value)
		return
	}
	b.global.Group, b.global.GID = l.Arg(0).Value, id
}

// userID and groupID ask the system for the number of a name.
func userID(name string) (int, bool) {
	u, err := user.Lookup(name)
	if err != nil {
		return 0, false
	}
	id, err := strconv.Atoi(u.Uid)
	return id, err == nil
}

func groupID(name string) (int, bool) {
	g, err := user.LookupGroup(name)
	if err != nil {
		return 0, false
	}
	id, err := strconv.Atoi(g.Gid)
	return id, err == nil
}

// The limits of threads, as the version page shows them.
const (
	MaxThreads      = 1024
	MaxThreadGroups = 32
)

// threads reads a number of threads between low and high; high 0 is no bound.
func threads(l *config.Line, high int) (int, bool) {
	w := l.Arg(0)
	n, err := strconv.Atoi(w.Value)
	switch {
	case err != nil:
		l.Errorf(w, "'%s' passed a missing or unparsable integer value in '%s'", l.Keyword(), w.Value)
	case high == 0 && n < 1:
		l.Errorf(w, "'%s' value must be at least 1 (was %d)", l.Keyword(), n)
	case high > 0 && (n < 1 || n > high):
		l.Errorf(w, "'%s' value must be between 1 and %d (was %d)", l.Keyword(), high, n)
	default:
		return n, true
	}
	return 0, false
}

func parseNbThread(b *Builder, l *config.Line) {
	if n, ok := threads(l, MaxThreads); ok {
		b.global.NbThread = n
	}
}

func parseThreadGroups(b *Builder, l *config.Line) {
	n, ok := threads(l, MaxThreadGroups)
	if ok {
		b.cpu.Groups = n
	}
	if ok && n > 1 {
		l.Noticef(l.Name(), "'thread-groups %d': all loops form one group, which shares its idle connections.", n)
	}
}

func parseThreadHardLimit(b *Builder, l *config.Line) {
	if n, ok := threads(l, 0); ok {
		b.global.ThreadHardLimit = n
	}
}

// parseStatusCodes makes the function of the keywords that replace, extend or reduce a set of statuses.
func parseStatusCodes(field func(*proxy.Global) *proxy.StatusSet) func(*Builder, *config.Line) {
	return func(b *Builder, l *config.Line) {
		if len(l.Args) == 0 {
			l.Errorf(l.End(), "Missing status codes range for '%s'.", l.Keyword())
			return
		}
		set := *field(b.global)
		for _, w := range l.Args {
			if err := changeStatuses(&set, w.Value); err != nil {
				l.Errorf(w, "Invalid status codes range '%s' in '%s'%v", w.Value, l.Keyword(), err)
				return
			}
		}
		*field(b.global) = set
	}
}

// changeStatuses applies "[+-]low[-high],..." to a set. The error is the rest of a sentence.
func changeStatuses(set *proxy.StatusSet, text string) error {
	sign, list := byte(0), text
	if text != "" && (text[0] == '+' || text[0] == '-') {
		sign, list = text[0], text[1:]
	}
	next := *set
	if sign == 0 {
		next = proxy.StatusSet{}
	}
	at := len(text) - len(list)
	for part := range strings.SplitSeq(list, ",") {
		low, high, ranged := strings.Cut(part, "-")
		a, err := strconv.Atoi(low)
		z := a
		if ranged && err == nil {
			z, err = strconv.Atoi(high)
		}
		if err != nil {
			return fmt.Errorf(" at position %d. Ranges must be in the form [+-]{low[-{high}]}[,...].", at)
		}
		if a < 100 || z > 599 || a > z {
			return fmt.Errorf(".\n Codes must be between 100 and 599 and ranges in ascending order.")
		}
		for code := a; code <= z; code++ {
			if sign == '-' {
				next.Del(code)
			} else {
				next.Add(code)
			}
		}
		at += len(part) + 1
	}
	*set = next
	return nil
}

// parseCloseSpread takes a time or "infinite", which keeps active connections open (configuration.txt 3.1).
func parseCloseSpread(b *Builder, l *config.Line) {
	switch {
	case len(l.Args) == 0:
		l.Errorf(l.End(), "'close-spread-time' expects <time> as argument.")
	case l.Arg(0).Value == "infinite":
		b.global.CloseSpreadTime = -1
	default:
		if d, ok := duration(l, l.Arg(0), "close-spread-time"); ok {
			b.global.CloseSpreadTime = d
		}
	}
}
