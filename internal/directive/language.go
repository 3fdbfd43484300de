package directive

import (
	"errors"

	"sluice/internal/config"
	"sluice/internal/proxy"
)

// A Language compiles what the lines of a configuration say in the language of samples (configuration.txt 7, 8.2.6).
type Language interface {
	// Expr compiles the expression at the beginning of words, and returns how many words it took.
	Expr(words []config.Word, use Use) (proxy.Expr, int, error)
	// Format compiles a log-format.
	Format(text string, use Use) (proxy.Format, proxy.LogWait, error)
	// Cond compiles the condition "if ..." or "unless ..." that words are.
	Cond(words []config.Word, use Use) (proxy.Cond, error)
	// Var gives the number of a variable's name in a scope that use allows.
	Var(name string, use Use) (scope proxy.Scope, id uint32, err error)
}

// Use says where an expression stands: what it may look at depends on it.
type Use struct {
	Proxy  *proxy.Proxy // nil in the global section
	Where  Where
	Report *config.Report // for warnings
	Pos    proxy.Pos
}

// Where is a place of the language: the columns of the matrix that -dKsmp prints.
type Where uint8

// The places.
const (
	AtGlobal Where = iota // configuration parser
	AtFrontRequest
	AtBackRequest
	AtSwitching
	AtServerChoice
	AtSource
	AtLog
	AtFrontResponse
	AtBackResponse
	AtConnection
)

// NoLanguage returns a Language that knows nothing: every expression is an error that says so.
func NoLanguage() Language { return noLanguage{} }

// noLanguage is the Language of a program without one.
type noLanguage struct{}

var errNoLanguage = errors.New("sample expressions are not supported yet")

func (noLanguage) Expr([]config.Word, Use) (proxy.Expr, int, error) { return nil, 0, errNoLanguage }
func (noLanguage) Format(string, Use) (proxy.Format, proxy.LogWait, error) {
	return nil, 0, errNoLanguage
}
func (noLanguage) Cond([]config.Word, Use) (proxy.Cond, error) { return nil, errNoLanguage }
func (noLanguage) Var(string, Use) (proxy.Scope, uint32, error) {
	return 0, 0, errNoLanguage
}
