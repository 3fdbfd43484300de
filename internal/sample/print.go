package sample

import (
	"fmt"
	"io"
)

// PrintACLs prints the list of ACL keywords in the form of `-dKacl`, without its heading.
func (r *Registry) PrintACLs(w io.Writer) {
	for _, name := range r.ACLs() {
		a := r.acls[name]
		fmt.Fprintf(w, "%s = %s -m %s\n", a.Name, a.Fetch, a.Match)
	}
}

// PrintConvs prints the list of converters in the form of `-dKcnv`, without its heading.
func (r *Registry) PrintConvs(w io.Writer) {
	for _, name := range r.Convs() {
		c := r.convs[name]
		fmt.Fprintf(w, "%s%s: %s => %s\n", c.Name, inParens(c.Args), c.Out, c.In)
	}
}

// PrintFetches prints the list of sample fetches in the form of `-dKsmp`, with the legend of its columns and without its
// heading.
func (r *Registry) PrintFetches(w io.Writer) {
	for i, name := range placeNames {
		fmt.Fprintf(w, "#%*s", NPlaces-i+1, "")
		for range i {
			fmt.Fprint(w, "/ ")
		}
		fmt.Fprint(w, "_.")
		for range NPlaces - i {
			fmt.Fprint(w, "-")
		}
		fmt.Fprintf(w, " %s\n", name)
	}
	fmt.Fprint(w, "# ")
	for range NPlaces {
		fmt.Fprint(w, "/ ")
	}
	fmt.Fprint(w, " \n# ")
	for range NPlaces {
		fmt.Fprint(w, "| ")
	}
	fmt.Fprintln(w)
	for _, name := range r.Fetches() {
		f := r.fetches[name]
		fmt.Fprintf(w, "%s %s%s: %s\n", f.Uses.Places().matrix(), f.Name, inParens(f.Args), f.Out)
	}
}

func inParens(args string) string {
	if args == "" {
		return ""
	}
	return "(" + args + ")"
}
