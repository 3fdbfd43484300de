//go:build linux

package examples

import (
	"os"
	"path/filepath"
	"testing"

	"sluice/test/program"
)

// recipes are the tests of the folders of examples/, by the name of the folder.
func recipes() map[string]func(*kitchen) {
	return map[string]func(*kitchen){
		"blue-green":      blueGreen,
		"circuit-breaker": circuitBreaker,
		"club-sandwich":   clubSandwich,
		"crispy-jwt":      crispyJWT,
		"docker-cake":     dockerCake,
		"double-postgres": doublePostgres,
		"environment":     environment,
		"namespaces":      namespaces,
		"offload":         offload,
		"path-routing":    pathRouting,
		"soft-stop":       softStop,
		"stacked":         stacked,
		"three-instances": threeInstances,
		"tls-calzone":     tlsCalzone,
		"two-machines":    twoMachines,
		"vip-customers":   vipCustomers,
	}
}

func TestRecipes(t *testing.T) {
	sluice := program.Sluice(t)
	root := filepath.Join(program.Root(t), "examples")
	folders, err := os.ReadDir(root)
	if err != nil {
		t.Fatal(err)
	}
	tests := recipes()
	for _, folder := range folders {
		if !folder.IsDir() {
			continue
		}
		name := folder.Name()
		cook, known := tests[name]
		delete(tests, name)
		t.Run(name, func(t *testing.T) {
			if !known {
				t.Fatal("no test runs this recipe")
			}
			for _, pattern := range []string{"README.md", "*.cfg"} {
				if files, _ := filepath.Glob(filepath.Join(root, name, pattern)); files == nil {
					t.Errorf("the recipe has no %s", pattern)
				}
			}
			t.Parallel()
			cook(&kitchen{T: t, program: sluice, folder: filepath.Join(root, name)})
		})
	}
	for name := range tests {
		t.Errorf("there is a test of %s, and no such folder", name)
	}
}
