package netx

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"syscall"
)

// find returns the file of the program.
func (p *Program) find() (string, error) {
	path := ""
	for _, v := range p.Env {
		if value, ok := strings.CutPrefix(v, "PATH="); ok {
			path = value
		}
	}
	return FindProgram(p.Path, path)
}

// FindProgram returns the file that a program's name means: itself if it has a slash, else the first of that name in the
// folders of path that may be executed.
func FindProgram(name, path string) (string, error) {
	if strings.Contains(name, "/") {
		return name, executable(name)
	}
	failed := error(syscall.ENOENT)
	for _, folder := range filepath.SplitList(path) {
		file := filepath.Join(folder, name)
		err := executable(file)
		if err == nil {
			return file, nil
		}
		if errors.Is(err, syscall.EACCES) {
			failed = err
		}
	}
	return "", failed
}

// executable returns what would keep a file from being executed, as far as can be told.
func executable(file string) error {
	st, err := os.Stat(file)
	var why syscall.Errno
	switch {
	case errors.As(err, &why):
		return why
	case err != nil:
		return err
	case st.IsDir() || st.Mode()&0o111 == 0:
		return syscall.EACCES
	}
	return nil
}
