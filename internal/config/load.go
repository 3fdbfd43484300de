package config

import (
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"syscall"
)

// MaxFile is the number of bytes from which on a file is taken for no configuration.
const MaxFile = 1 << 30

// Load reads the files of -f and -- in order. A directory stands for the files in it whose names end in ".cfg" and do not
// begin with a dot, in the order of their bytes (management.txt 3). The error names the path in HAProxy's words.
func Load(paths []string) ([]*File, error) {
	var files []*File
	for _, path := range paths {
		names, err := expandPath(path)
		if err != nil {
			return nil, cannotOpen(path, err)
		}
		for _, name := range names {
			text, err := readFile(name)
			if err != nil {
				return nil, cannotOpen(name, err)
			}
			files = append(files, Scan(name, text))
		}
	}
	if len(files) == 0 && len(paths) > 0 {
		return nil, fmt.Errorf("config : There is no configuration file (*.cfg) in %s", strings.Join(paths, ", "))
	}
	return files, nil
}

// expandPath lists the configuration files that a path stands for.
func expandPath(path string) ([]string, error) {
	st, err := os.Stat(path)
	if err != nil {
		return nil, err
	}
	if !st.IsDir() {
		return []string{path}, nil
	}
	entries, err := os.ReadDir(path) // sorted by name
	if err != nil {
		return nil, err
	}
	var names []string
	for _, e := range entries {
		name := path + "/" + e.Name()
		if strings.HasPrefix(e.Name(), ".") || !strings.HasSuffix(e.Name(), ".cfg") {
			continue
		}
		if st, err := os.Stat(name); err == nil && !st.Mode().IsRegular() {
			continue
		}
		names = append(names, name)
	}
	return names, nil
}

func readFile(name string) ([]byte, error) {
	f, err := os.Open(name)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	text, err := io.ReadAll(io.LimitReader(f, MaxFile+1))
	if err == nil && len(text) > MaxFile {
		err = syscall.EFBIG
	}
	return text, err
}

func cannotOpen(path string, err error) error {
	var errno syscall.Errno
	reason := err.Error()
	if errors.As(err, &errno) {
		reason = errno.Error()
	}
	if reason != "" {
		reason = strings.ToUpper(reason[:1]) + reason[1:]
	}
	return fmt.Errorf("config : Cannot open configuration file/directory %s : %s", path, reason)
}
