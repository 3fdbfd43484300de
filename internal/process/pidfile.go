package process

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
)

// A PIDFile is a file for the number of a process (management.txt 3, -p). It is opened while the process may, and what was in
// it stays until there is a process that serves. The nil PIDFile is none.
type PIDFile struct {
	file *os.File
	made bool // it was not there before
}

// OpenPID opens the file.
func OpenPID(path string) (*PIDFile, error) {
	_, err := os.Stat(path)
	made := errors.Is(err, fs.ErrNotExist)
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE, 0o644)
	if err != nil {
		return nil, err
	}
	return &PIDFile{file: f, made: made}, nil
}

// Write writes the number, once.
func (p *PIDFile) Write(pid int) {
	if p == nil || p.file == nil {
		return
	}
	p.file.Truncate(0)
	fmt.Fprintf(p.file, "%d\n", pid)
	p.file.Close()
	p.file = nil
}

// Abandon has a start that failed leave no file that was not there before.
func (p *PIDFile) Abandon() {
	if p == nil || p.file == nil {
		return
	}
	if p.made {
		os.Remove(p.file.Name())
	}
	p.file.Close()
	p.file = nil
}
