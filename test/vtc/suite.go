package main

import (
	"bytes"
	"context"
	"errors"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"time"
)

// A suite is a folder of test files, the program that runs them and the proxy that they are about.
type suite struct {
	folder string
	tester string // varnishtest
	proxy  string // absolute path
	limit  time.Duration
	files  []string // paths from folder, sorted
}

type verdict int

const (
	passed verdict = iota
	failed
	skipped // the file itself says why: a feature that this proxy or machine does not have
)

type result struct {
	file    string
	verdict verdict
	took    time.Duration
	log     []byte
}

// find returns the test files below a folder, sorted.
func find(folder string) ([]string, error) {
	var files []string
	err := filepath.WalkDir(folder, func(path string, _ fs.DirEntry, err error) error {
		if err == nil && strings.HasSuffix(path, ".vtc") {
			short, _ := filepath.Rel(folder, path)
			files = append(files, short)
		}
		return err
	})
	if err == nil && len(files) == 0 {
		err = errors.New("no .vtc file in " + folder)
	}
	return files, err
}

// choose returns the files whose path begins with one of the words, all without words.
func (s *suite) choose(words []string) []string {
	if len(words) == 0 {
		return s.files
	}
	var out []string
	for _, file := range s.files {
		for _, word := range words {
			word = strings.TrimPrefix(filepath.ToSlash(word), filepath.ToSlash(s.folder)+"/")
			if strings.HasPrefix(filepath.ToSlash(file), word) {
				out = append(out, file)
				break
			}
		}
	}
	return out
}

// run runs files, jobs at a time, and reports each result from one goroutine at a time.
func (s *suite) run(files []string, jobs int, report func(result)) {
	queue := make(chan string)
	var wait sync.WaitGroup
	var lock sync.Mutex
	for range max(jobs, 1) {
		wait.Go(func() {
			for file := range queue {
				r := s.one(file)
				lock.Lock()
				report(r)
				lock.Unlock()
			}
		})
	}
	for _, file := range files {
		queue <- file
	}
	close(queue)
	wait.Wait()
}

// one runs one file in a temporary folder of its own.
func (s *suite) one(file string) result {
	begin := time.Now()
	r := result{file: file, verdict: failed}
	folder, err := os.MkdirTemp("", "vtc-")
	if err != nil {
		r.log = []byte(err.Error())
		return r
	}
	defer os.RemoveAll(folder)
	// The tester keeps its own time; ours is for the case that it does not.
	limit, cancel := context.WithTimeout(context.Background(), s.limit+10*time.Second)
	defer cancel()
	cmd := exec.CommandContext(limit, s.tester, "-v", "-t", seconds(s.limit), filepath.Base(file))
	cmd.Dir = filepath.Join(s.folder, filepath.Dir(file))
	cmd.Env = append(os.Environ(), "HAPROXY_PROGRAM="+s.proxy, "TMPDIR="+folder)
	if os.Getenv("HAPROXY_ARGS") == "" {
		cmd.Env = append(cmd.Env, "HAPROXY_ARGS=-dW") // a warning about one of these files is a fault as well
	}
	r.log, err = cmd.CombinedOutput()
	r.took = time.Since(begin)
	var exit *exec.ExitError
	switch {
	case err == nil:
		r.verdict = passed
	case errors.As(err, &exit) && exit.ExitCode() == 77:
		r.verdict = skipped
	}
	return r
}

func seconds(d time.Duration) string {
	return strconv.Itoa(int(d.Round(time.Second).Seconds()))
}

// excerpt is the part of a log that tells why a file failed: its last lines.
func (r result) excerpt() string {
	lines := bytes.Split(bytes.TrimSpace(r.log), []byte("\n"))
	var out strings.Builder
	for _, line := range lines[max(0, len(lines)-60):] {
		out.WriteString("      ")
		out.Write(line)
		out.WriteByte('\n')
	}
	return out.String()
}

// reason is what a log says about why its file was skipped.
func (r result) reason() string {
	for line := range strings.Lines(string(r.log)) {
		if i := strings.Index(line, "SKIPPING"); i >= 0 {
			return strings.TrimSpace(line[i:])
		}
	}
	return "a feature is missing"
}
