package directive

import (
	"os"
	"path/filepath"

	"sluice/internal/config"
)

// parseDefaultPath takes the policy for relative file names (configuration.txt 3.1). It counts for the lines behind it.
func parseDefaultPath(b *Builder, l *config.Line) {
	w := l.Arg(0)
	switch w.Value {
	case "":
		l.Errorf(l.End(), "missing default-path mode '' for 'default-path', supported modes include 'current', 'config', 'parent', and 'origin'.")
	case "current", "config", "parent":
		b.pathFrom, b.pathOrigin = w.Value, ""
		b.global.DefaultPath = w.Value
	case "origin":
		dir := l.Arg(1).Value
		if dir == "" {
			l.Errorf(l.End(), "'default-path origin' expects a directory as an argument.")
			return
		}
		if at, err := os.Stat(dir); err != nil || !at.IsDir() {
			l.Errorf(l.Arg(1), "couldn't set 'default-path' to origin '%s': no such directory.", dir)
			return
		}
		b.pathFrom, b.pathOrigin = w.Value, dir
		b.global.DefaultPath = w.Value + " " + dir
	default:
		l.Errorf(w, "unsupported default-path mode '%s' for 'default-path', supported modes include 'current', 'config', 'parent', and 'origin'.", w.Value)
	}
}

// path returns where a file named on a line of a configuration file is: relative names start at the place that
// default-path chose.
func (b *Builder) path(file, name string) string {
	if filepath.IsAbs(name) {
		return name
	}
	switch b.pathFrom {
	case "config":
		return filepath.Join(filepath.Dir(file), name)
	case "parent":
		return filepath.Join(filepath.Dir(file), "..", name)
	case "origin":
		return filepath.Join(b.pathOrigin, name)
	}
	return name
}
