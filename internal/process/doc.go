// Package process is the process around the proxies: what it prints, which limits of the system it needs and raises,
// which identity it takes, which signals it answers, and how it starts and stops a snapshot (management.txt 3 to 5, 13).
package process
