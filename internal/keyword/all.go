package keyword

import (
	"fmt"
	"io"
	"slices"
	"strings"

	"sluice/internal/action"
	"sluice/internal/cli"
	"sluice/internal/config"
	"sluice/internal/conv"
	"sluice/internal/directive"
	"sluice/internal/fetch"
	"sluice/internal/master"
	"sluice/internal/proxy"
	"sluice/internal/rule"
	"sluice/internal/sample"
)

// Tables is every table of the product.
type Tables struct {
	registry *config.Registry[*directive.Builder]
	language directive.Language
}

// All joins the tables of all rooms. It panics when two rows claim the same word in the same place: that is a mistake of
// the program, found by every test that starts it.
func All() *Tables {
	return &Tables{
		language: directive.Language{
			Samples: sample.NewRegistry(fetch.Rows(), conv.Rows(), fetch.ACLs()),
			Actions: rule.NewRegistry(action.Rows(), action.Services()...),
			Names:   new(proxy.Names),
		},
		registry: config.NewRegistry(directive.Sections(), append(directive.Tables(), config.EnvKeywords[*directive.Builder]())...),
	}
}

// Config returns the sections and keywords of configuration files.
func (t *Tables) Config() *config.Registry[*directive.Builder] { return t.registry }

// Language returns what compiles expressions, formats and conditions.
func (t *Tables) Language() directive.Language { return t.language }

// A class is a row of the list that -dK chooses from.
type class struct {
	Name  string
	Doc   string // one sentence
	print func(t *Tables, w io.Writer)
}

var classes = [...]class{
	{Name: "acl", Doc: "ACL keywords.", print: (*Tables).printACLs},
	{Name: "cfg", Doc: "Configuration keywords.", print: (*Tables).printConfig},
	{Name: "cli", Doc: "CLI keywords.", print: (*Tables).printCommands},
	{Name: "cnv", Doc: "Sample converter keywords.", print: (*Tables).printConvs},
	{Name: "flt", Doc: "Filter names.", print: (*Tables).printFilters},
	{Name: "smp", Doc: "Sample fetch functions.", print: (*Tables).printFetches},
	{Name: "svc", Doc: "Service names.", print: (*Tables).printServices},
}

// Print prints the keywords of some classes, a list separated by commas, in HAProxy's form (-dK). What is no class is
// passed over, "help" lists the classes.
func (t *Tables) Print(w io.Writer, list string) {
	chosen := strings.Split(list, ",")
	if slices.Contains(chosen, "help") {
		fmt.Fprintln(w, "# List of supported keyword classes:\nall: list all keywords")
		for _, c := range classes {
			fmt.Fprintf(w, "%s: %s\n", c.Name, strings.TrimSuffix(c.Doc, "."))
		}
		return
	}
	for _, c := range classes {
		if c.print != nil && (slices.Contains(chosen, "all") || slices.Contains(chosen, c.Name)) {
			c.print(t, w)
		}
	}
}

func (t *Tables) printACLs(w io.Writer) {
	fmt.Fprintln(w, "# List of registered ACL keywords:")
	t.language.Samples.PrintACLs(w)
}

func (t *Tables) printFilters(w io.Writer) {
	fmt.Fprintln(w, "# List of registered filter names:")
	for _, f := range directive.Filters() {
		fmt.Fprintf(w, "%s [%s]\n", f.Name, f.Code)
	}
}

func (t *Tables) printServices(w io.Writer) {
	fmt.Fprintln(w, "# List of registered services:")
	for _, s := range t.language.Actions.Services() {
		fmt.Fprintln(w, s.Name)
	}
}

// PrintParts prints the services and filters in the form of -vv.
func (t *Tables) PrintParts(w io.Writer) {
	fmt.Fprint(w, "\nAvailable services :")
	for _, s := range t.language.Actions.Services() {
		fmt.Fprint(w, " "+s.Name)
	}
	fmt.Fprintln(w, "\nAvailable filters :")
	for _, f := range directive.Filters() {
		fmt.Fprintf(w, "\t[%s] %s\n", f.Code, f.Name)
	}
}

func (t *Tables) printCommands(w io.Writer) {
	fmt.Fprintln(w, "# List of registered CLI keywords:")
	w.Write(cli.AppendKeywords(nil, master.Names()))
}

func (t *Tables) printConvs(w io.Writer) {
	fmt.Fprintln(w, "# List of registered sample converter functions:")
	t.language.Samples.PrintConvs(w)
}

func (t *Tables) printFetches(w io.Writer) {
	fmt.Fprintln(w, "# List of registered sample fetch functions:")
	t.language.Samples.PrintFetches(w)
}
