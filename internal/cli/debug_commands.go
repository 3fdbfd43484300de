package cli

import (
	"os"
	"strconv"
	"strings"
	"time"

	"sluice/internal/loop"
	"sluice/internal/netx"
	"sluice/internal/proxy"
)

// debugCommands are those for developers that do no harm to memory (management.txt 9.3, debug dev): the others look at the
// insides of a program that this one is not.
func debugCommands() []Command {
	return []Command{
		{Name: "debug dev close", Args: "<fd> [hard]", Doc: "Closes a descriptor, whoever has it.", Access: Admin, Expert: true, Run: debugClose},
		{Name: "debug dev delay", Args: "[ms]", Doc: "Waits before it answers.", Access: Admin, Expert: true, Run: debugDelay},
		{Name: "debug dev exit", Args: "[code]", Doc: "Ends the process at once.", Access: Admin, Expert: true, Run: debugExit},
		{Name: "debug dev hash", Args: "[msg]", Doc: "Answers with what a text becomes in the anonymized mode.", Run: debugHash},
		{Name: "debug dev log", Args: "[msg] ...", Doc: "Sends a line to the loggers of the process.", Access: Admin, Expert: true, Run: debugLog},
		{Name: "debug dev loop", Args: "<ms> [isolated|warn]", Doc: "Keeps a loop busy for that long.", Access: Admin, Expert: true, Run: debugLoop},
		{Name: "debug dev panic", Doc: "Has a task panic, which ends it and nothing else.", Access: Admin, Expert: true, Run: debugPanic},
		{Name: "debug dev write", Args: "[size]", Doc: "Answers with that many bytes.", Access: Admin, Expert: true, Run: debugWrite},
	}
}

// debugExit ends the process as a crash would: nothing is finished. The status is that of exit(3), 0 without a number.
func debugExit(_ *Session, args []string) {
	code, _ := strconv.Atoi(first(args))
	os.Exit(code & 0xff)
}

func debugLog(s *Session, args []string) {
	snap := s.srv.Engine.Snapshot()
	line := []byte(strings.Join(args, " "))
	for _, l := range snap.Global.Loggers {
		if l.Sink != nil {
			l.Sink.Write(-1, l, proxy.LogInfo, time.Now().UnixNano(), snap.Global.LogTag, nil, line)
		}
	}
}

// debugClose closes a descriptor under whoever has it: by shutdown, so that they notice; hard takes it away.
func debugClose(s *Session, args []string) {
	fd, err := strconv.Atoi(first(args))
	if err != nil || fd < 0 {
		s.Fail("Missing file descriptor number (optionally followed by 'hard').")
		return
	}
	hard := len(args) > 1 && args[1] == "hard"
	if err := netx.ShutDescriptor(fd, hard); err != nil {
		s.Fail("File descriptor number " + strconv.Itoa(fd) + " cannot be closed: " + err.Error() + ".")
	}
}

func debugDelay(s *Session, args []string) {
	ms, _ := strconv.Atoi(first(args))
	s.pause(min(time.Duration(ms)*time.Millisecond, longestDelay))
}

// longestDelay bounds what a command may wait for, in a connection that has a place of its own among few.
const longestDelay = time.Minute

func debugHash(s *Session, args []string) { s.Say(s.anon.Hash(first(args))) }

// debugLoop keeps the first loop busy, so that its clients wait.
func debugLoop(s *Session, args []string) {
	ms, _ := strconv.Atoi(first(args))
	d := min(time.Duration(ms)*time.Millisecond, longestDelay)
	l := s.srv.Engine.Group.Loops()[0]
	done := make(chan struct{})
	if !l.Post(func() {
		defer close(done)
		for begun := time.Now(); time.Since(begun) < d; {
		}
	}) {
		return
	}
	<-done
}

// debugPanic shows what happens when a task fails.
func debugPanic(s *Session, _ []string) {
	s.srv.Engine.Group.Loops()[0].PostSpawn(loop.RunFunc(func(*loop.Task) { panic("asked for by 'debug dev panic'") }))
}

// debugWrite answers with lines of 64 bytes.
func debugWrite(s *Session, args []string) {
	size, _ := strconv.Atoi(first(args))
	line := strings.Repeat(".", 63) + "\n"
	for size = min(size, mostWritten); size > 0 && !s.over; size -= len(line) {
		s.out.WriteString(line[max(0, len(line)-size):])
	}
}

// mostWritten bounds an answer that is made for its size.
const mostWritten = 1 << 30
