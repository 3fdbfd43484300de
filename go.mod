module sluice

go 1.26.0

toolchain go1.26.8

require golang.org/x/sys v0.49.0

require (
	github.com/cespare/xxhash/v2 v2.3.0
	github.com/coreos/go-systemd/v22 v22.7.0
	github.com/dlclark/regexp2/v2 v2.12.0
	github.com/go-crypt/crypt v0.14.15
	github.com/klauspost/compress v1.20.3
	github.com/miekg/dns v1.1.73
	github.com/rogpeppe/go-internal v1.16.0
	github.com/zeebo/xxh3 v1.1.0
	golang.org/x/crypto v0.54.0
	pgregory.net/rapid v1.3.0
)

require (
	github.com/go-crypt/x v0.4.16 // indirect
	github.com/klauspost/cpuid/v2 v2.2.10 // indirect
	golang.org/x/net v0.57.0 // indirect
	golang.org/x/tools v0.48.0 // indirect
)
