// Package sample is the expression language (configuration.txt 7.3): sample fetches and converters as rows of tables,
// expressions compiled from text, and log-formats made of them (8.2.6).
//
//	rows        Fetch, Conv, Func           row.go: what a keyword room provides
//	arguments   Arg, Args                   args.go, argparse.go: parsed and checked once
//	places      Places, Source              places.go: where data exists
//	table       Registry                    registry.go, print.go
//	compiling   Env, ParseExpr, Expr        env.go, parse.go, expr.go
//	formats     ParseFormat, Format, Alias  format*.go
//
// Whatever can be wrong is found while compiling: a function of a row runs only where its data can exist and with
// arguments that were checked.
package sample
