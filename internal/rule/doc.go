// Package rule reads the lines of rule sets, "<action> [arguments] [if|unless <condition>]" (configuration.txt 4.3), with
// the actions given as rows of tables, and makes proxy.Rule of them.
//
//	sets     Set                set.go: the rule sets and where their expressions run
//	rows     Action, Registry   registry.go
//	reading  Parse, Parser      parse.go, parser.go
package rule
