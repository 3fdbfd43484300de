package secure

import (
	"crypto/x509/pkix"
	"encoding/asn1"
	"testing"
)

func TestEntriesOfNames(t *testing.T) {
	der, err := asn1.Marshal(pkix.Name{Organization: []string{"Calzone", "Pizza"}, CommonName: "anna"}.ToRDNSequence())
	if err != nil {
		t.Fatal(err)
	}
	n, ok := ParseName(der)
	if !ok {
		t.Fatal("the name cannot be read")
	}
	for _, c := range []struct {
		name string
		nth  int
		want string
	}{{"CN", 1, "anna"}, {"cn", 1, "anna"}, {"Cn", -1, "anna"}, {"commonName", 1, ""}, {"2.5.4.3", 1, ""}, {"cn", 2, ""}, {"cn", -2, ""}} {
		got, ok := n.AppendEntry(nil, c.name, c.nth)
		if string(got) != c.want || ok != (c.want != "") {
			t.Errorf("%s,%d: %q, %v, want %q", c.name, c.nth, got, ok, c.want)
		}
	}
}
