package directive

import (
	"fmt"
	"slices"
	"strings"

	"sluice/internal/config"
	"sluice/internal/proxy"
)

// AddBackend makes the backend that the runtime API's "add backend" asks for, of a named defaults section (management.txt
// 9.3). The mode "" is that of the section, the guid "" none. It belongs to no list yet; Withdraw takes it back. An error
// is what HAProxy answers. One goroutine at a time may call it.
func (b *Builder) AddBackend(name, defaults, modeWord, guid string) (*proxy.Proxy, error) {
	if c := permitted(name); c != 0 {
		return nil, &refusal{fmt.Sprintf("Invalid character '%c' in backend name.", c)}
	}
	from := b.defaults[defaults]
	if from == nil || !from.named {
		return nil, &refusal{"Cannot find default proxy '" + defaults + "'."}
	}
	mode, err := backendMode(from, modeWord)
	if err != nil {
		return nil, err
	}
	if other := b.withName(name); other != nil {
		return nil, created("name is already used by other proxy '%s %s'.", noun(other.Caps), other.Name)
	}
	if owner, taken := b.guids[guid]; taken && guid != "" {
		return nil, created("GUID insertion : duplicate entry with %s.", owner)
	}
	report := &config.Report{}
	l := config.Command([]string{"backend", name, "from", defaults}, config.InBackend, b.Env, report)
	d := b.newDraft(l, proxy.CapBackend)
	d.Name, d.GUID, d.Unpublished = name, guid, true
	role := from.role
	d.mayTake(l, from)
	if text := firstAlert(report); text != "" {
		from.role = role
		_, text, _ = strings.Cut(text, "]: ")
		return nil, created("%s", text)
	}
	d.take(from)
	d.Mode = mode
	r := &resolver{b: b, report: report, threads: b.global.Threads()}
	r.proxy(d)
	b.settlePending(report)
	if text := firstAlert(report); text != "" {
		from.role = role
		return nil, created("%s", text)
	}
	b.number(d)
	b.drafts = append(b.drafts, d)
	d.sameName, b.names[d.Name] = b.names[d.Name], d
	if d.GUID != "" {
		b.guids[d.GUID] = "backend " + d.Name
	}
	return d.Proxy, nil
}

// created is an error that shows once a backend is being made.
func created(format string, args ...any) error {
	return &refusal{"Error during backend creation : " + fmt.Sprintf(format, args...)}
}

// backendMode is the mode of a backend that is added: HTTP or TCP, by the command or else by the defaults section.
func backendMode(from *draft, word string) (proxy.Mode, error) {
	switch {
	case from.Mode != proxy.ModeHTTP && from.Mode != proxy.ModeTCP:
		name := from.Mode.String()
		if from.Mode == proxy.ModeLog {
			name = "syslog" // what the mode is called in messages
		}
		return 0, &refusal{"Dynamic backends only support TCP or HTTP mode, whereas default proxy '" + from.Name + "' uses 'mode " + name + "'."}
	case word == "http":
		return proxy.ModeHTTP, nil
	case word == "tcp":
		return proxy.ModeTCP, nil
	case word == "log" || word == "spop":
		return 0, &refusal{"Dynamic backends are compatible with only TCP or HTTP mode."}
	case word != "":
		return 0, &refusal{"Unknown proxy mode."}
	case !from.moded:
		return 0, &refusal{"Mode is required as '" + from.Name + "' default proxy does not explicitly defines it."}
	}
	return from.Mode, nil
}

// withName returns a proxy of any role that has the name.
func (b *Builder) withName(name string) *draft {
	i := slices.IndexFunc(b.drafts, func(d *draft) bool { return d.Name == name })
	if i < 0 {
		return nil
	}
	return b.drafts[i]
}

// Withdraw forgets a backend that was deleted. Its name and its guid are free again.
func (b *Builder) Withdraw(p *proxy.Proxy) {
	b.drafts = slices.DeleteFunc(b.drafts, func(d *draft) bool { return d.Proxy == p })
	if d := b.names[p.Name]; d != nil && d.Proxy == p {
		delete(b.names, p.Name)
	}
	if p.GUID != "" {
		delete(b.guids, p.GUID)
	}
}

// DefaultsNames returns the names of the defaults sections that have one, in order.
func (b *Builder) DefaultsNames() (names []string) {
	for _, p := range b.snap.Defaults {
		if p.Name != "" && !slices.Contains(names, p.Name) {
			names = append(names, p.Name)
		}
	}
	return names
}
