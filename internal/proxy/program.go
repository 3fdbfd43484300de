package proxy

// Program is a command that a master runs beside its worker (the `program` sections of HAProxy until 3.2).
type Program struct {
	Pos      Pos
	Name     string
	Args     []string // the command and its arguments
	UID, GID int      // -1: those of the master
	Once     bool     // no option start-on-reload: a reload starts no other one
}
