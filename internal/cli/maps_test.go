package cli_test

import (
	"regexp"
	"strings"
	"testing"

	"sluice/internal/pattern"
	"sluice/internal/proxy"
	"sluice/internal/sample"
	"sluice/internal/value"
)

// maps are a map that is searched in two ways, and a file of addresses.
func maps(t *testing.T) *pattern.Lists {
	lists := pattern.NewLists()
	env := &sample.Env{Pos: proxy.Pos{File: "a.cfg", Line: 3}, ReadFile: func(string) ([]byte, error) { return []byte("k v one\nk again\n#c\nx y\n"), nil }}
	for _, use := range []sample.MapUse{
		{Name: "f.map", Method: "str", Value: value.Str}, {Name: "f.map", Method: "beg", Value: value.Str},
		{Name: "virt@ip", Method: "ip", Value: value.Sint},
	} {
		if _, err := lists.Map(use, env); err != nil {
			t.Fatal(err)
		}
	}
	lists.Number()
	return lists
}

// TestMaps walks through the commands; the answers are those of 3.5.
func TestMaps(t *testing.T) {
	h := open(t)
	ref := regexp.MustCompile(`0x[0-9a-f]+`)
	for _, step := range [][2]string{
		{"show map", "# id (file) description\n" +
			"0 (f.map) pattern loaded from file 'f.map' used by map at file 'a.cfg' line 3, by map at file 'a.cfg' line 3. curr_ver=0 next_ver=0 entry_cnt=3\n" +
			"1 (virt@ip) pattern loaded from file 'virt@ip' used by map at file 'a.cfg' line 3. curr_ver=0 next_ver=0 entry_cnt=0\n\n"},
		{"show acl", "# id (file) description\n\n"},
		{"show map #0", "REF k v one\nREF k again\nREF x y\n\n"},
		{"show map file@f.map", "REF k v one\nREF k again\nREF x y\n\n"},
		{"show acl #0", "Unknown ACL identifier. Please use #<id> or <file>.\n\n"},
		{"get map f.map kk", "type=str, case=sensitive, found=no\ntype=beg, case=sensitive, found=yes, idx=tree, key=\"k\", value=\"v one\", type=\"str\"\n\n"},
		{"get map f.map", "Missing map identifier and/or key.\n\n"},
		{"add map virt@ip 10.0.0.0/8 5", "\n"},
		{"add map virt@ip ten 5", "'ten' is not a valid IPv4 or IPv6 address.\n\n"},
		{"add map virt@ip 10.1.0.0/16 five", "unable to parse 'five'.\n\n"},
		{"get map #1 10.1.2.3", "type=ip, case=sensitive, found=yes, idx=tree, key=\"10.0.0.0/8\", value=\"5\", type=\"sint\"\n\n"},
		{"set map virt@ip 10.0.0.0/8 x", "unable to parse 'x'.\n\n"},
		{"set map virt@ip 10.0.0.0/8 6", "\n"},
		{"set map virt@ip 10.9.0.0/16 6", "entry not found.\n\n"},
		{"set map virt@ip #0x1 6", "key or pattern not found.\n\n"},
		{"set map virt@ip #0xz 6", "Malformed identifier. Please use #<id> or <file>.\n\n"},
		{"show map virt@ip", "REF 10.0.0.0/8 6\n\n"},
		{"del map virt@ip 10.0.0.0/8", "\n"},
		{"del map virt@ip 10.0.0.0/8", "Key not found.\n\n"},
		{"prepare map f.map", "New version created: 1\n\n"},
		{"add map @2 f.map a b", "Version number in the future, please use 'prepare map' before.\n\n"},
		{"add map @1 f.map <<\na b c\nd  e \n", "\n"},
		{"add map @1 f.map <<\nonly\n", "Missing value for key 'only'.\n\n"},
		{"show map @1 f.map", "REF a b c\nREF d e \n\n"},
		{"commit map f.map", "Missing version number.\n\n"},
		{"commit map @1", "Missing map identifier.\n\n"},
		{"commit map @2 f.map", "Version number out of range.\n\n"},
		{"commit map @1 f.map", "\n"},
		{"show map f.map", "REF a b c\nREF d e \n\n"},
		{"show map @0 f.map", "\n"},
		{"clear map @7 f.map", "\n"},
		{"clear map f.map", "\n"},
		{"show map f.map", "\n"},
		{"clear map", "Missing map identifier.\n\n"},
		{"add map f.map a", "'add map' expects three parameters (map identifier, key and value) or one parameter (map identifier) and a payload\n\n"},
		{"add acl f.map a", "Unknown ACL identifier. Please use #<id> or <file>.\n\n"},
		{"add acl f.map", "'add acl' expects two parameters: ACL identifier and pattern.\n\n"},
		{"del acl f.map", "This command expects two parameters: ACL identifier and key.\n\n"},
		{"prepare acl", "Unknown ACL identifier. Please use #<id> or <file>.\n\n"},
	} {
		if got := ref.ReplaceAllString(h.run(step[0]), "REF"); got != strings.TrimSuffix(step[1], "\n") {
			t.Errorf("%q\n got %q\nwant %q", step[0], got, step[1])
		}
	}
}
