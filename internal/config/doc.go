// Package config is the configuration language apart from any keyword's meaning (configuration.txt 2): files become a
// lossless tree of lines and words; conditional blocks, environment and sections are walked in order; each line is handed
// to the row of its keyword; what is wrong is collected as diagnostics in HAProxy's words.
//
// The rooms above own the keywords. They describe them as rows of tables (Keyword, Section, Option), join the tables to a
// Registry, and call Parse with whatever they build (the type parameter B). A row's function sees a Line: the words after
// the keyword, already unquoted and expanded, and the methods that report an error at one of them.
//
//	file    File -> RawLine -> RawWord          tree.go, lex.go: total, byte for byte, no environment
//	line    Line -> Word                        expand.go: quotes, escapes, environment
//	frame   Parse, Registry, Section, Keyword   keyword.go, frame.go: which line goes to which row
//	values  ParseTime, ParseSize, ParseAddress  time.go, number.go, address.go
package config
