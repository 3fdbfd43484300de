package cpu

import (
	"cmp"
	"slices"
	"strings"
)

// Policies are the names of the policies, in the order of HAProxy's messages (configuration.txt 3.1, cpu-policy).
func Policies() []string {
	return []string{"none", "performance", "group-by-ccx", "group-by-2-ccx", "group-by-3-ccx", "group-by-4-ccx", "group-by-cluster",
		"group-by-2-clusters", "group-by-3-clusters", "group-by-4-clusters", "efficiency", "resource", "first-usable-node"}
}

// groups chooses among the processors that are left, and groups them. With nbthread or thread-groups nothing is chosen.
func (c *Config) groups(left []CPU, restricted bool) [][]CPU {
	ccx := func(m *CPU) int { return m.CCX }
	cluster := func(m *CPU) int { return m.Cluster }
	switch policy := c.Policy; {
	case policy == "first-usable-node":
		if restricted || c.Threads > 0 || len(left) == 0 {
			return [][]CPU{left}
		}
		node := left[0].Node
		for i := range left {
			node = min(node, left[i].Node)
		}
		return [][]CPU{slices.DeleteFunc(left, func(m CPU) bool { return m.Node != node })}
	case policy == "none", c.Threads > 0, c.Groups > 0:
		return [][]CPU{left}
	case policy == "" || policy == "performance":
		return c.sized(by(fastest(left), ccx, 1))
	case policy == "efficiency":
		return c.sized(by(slowest(left), ccx, 1))
	case policy == "resource":
		return c.sized(smallest(by(left, cluster, 1)))
	case strings.HasSuffix(policy, "ccx"):
		return c.sized(by(left, ccx, several(policy)))
	default:
		return c.sized(by(left, cluster, several(policy)))
	}
}

// several is the number in a policy's name, 1 without.
func several(policy string) int {
	for _, r := range policy {
		if r >= '1' && r <= '9' {
			return int(r - '0')
		}
	}
	return 1
}

// by makes groups of the processors of n neighbours.
func by(left []CPU, of func(*CPU) int, n int) [][]CPU {
	var out [][]CPU
	place := map[int]int{}
	for i := range left {
		key := of(&left[i])
		k, known := place[key]
		if !known {
			k = len(place)
			place[key] = k
			if k%n == 0 {
				out = append(out, nil)
			}
		}
		out[k/n] = append(out[k/n], left[i])
	}
	return out
}

// sized splits groups that are larger than max-threads-per-group into equal parts, each with processors of its own; with
// "loose" they stay what they are, as all of their loops may run anywhere in them.
func (c *Config) sized(groups [][]CPU) [][]CPU {
	most := c.PerGroup
	if most == 0 {
		most = 16
	}
	var out [][]CPU
	for _, g := range groups {
		parts := (len(g) + most - 1) / most
		if c.Loose || parts <= 1 {
			out = append(out, g)
			continue
		}
		for i := range parts {
			first, size := share(i, parts, len(g))
			out = append(out, g[first:first+size])
		}
	}
	return out
}

// fastest drops clusters that have less than 80% of the speed of the next faster one, slowest those that have more than 125%
// of the next slower one, and all behind them.
func fastest(left []CPU) []CPU {
	clusters := bySpeed(left)
	slices.Reverse(clusters)
	return until(clusters, func(last, next int) bool { return next*100 < last*80 })
}

func slowest(left []CPU) []CPU {
	return until(bySpeed(left), func(last, next int) bool { return next*100 > last*125 })
}

func bySpeed(left []CPU) [][]CPU {
	clusters := by(left, func(m *CPU) int { return m.Cluster }, 1)
	slices.SortStableFunc(clusters, func(a, b []CPU) int { return cmp.Compare(a[0].Speed, b[0].Speed) })
	return clusters
}

func until(clusters [][]CPU, ends func(last, next int) bool) []CPU {
	var out []CPU
	for i, one := range clusters {
		if i > 0 && ends(clusters[i-1][0].Speed, one[0].Speed) {
			break
		}
		out = append(out, one...)
	}
	slices.SortFunc(out, func(a, b CPU) int { return cmp.Compare(a.Number, b.Number) })
	return out
}

// smallest keeps the group with the fewest processors, the slowest of equal ones.
func smallest(groups [][]CPU) [][]CPU {
	if len(groups) == 0 {
		return nil
	}
	return [][]CPU{slices.MinFunc(groups, func(a, b []CPU) int {
		return cmp.Or(cmp.Compare(len(a), len(b)), cmp.Compare(a[0].Speed, b[0].Speed))
	})}
}
