package cli

import (
	"os"
	"strconv"
	"strings"
	"time"

	"sluice/internal/proxy"
)

// debugCommands are those for developers that do no harm to memory (management.txt 9.3, debug dev): the others look at the
// insides of a program that this one is not.
func debugCommands() []Command {
	return []Command{
		{Name: "debug dev exit", Args: "[code]", Doc: "Ends the process at once.", Access: Admin, Expert: true, Run: debugExit},
		{Name: "debug dev log", Args: "[msg] ...", Doc: "Sends a line to the loggers of the process.", Access: Admin, Expert: true, Run: debugLog},
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
