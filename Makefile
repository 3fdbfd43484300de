# Everything here works on a machine that has Go and nothing else; what wants more says so and does the rest.
#
#   make build   bin/sluice          make test    every test           make bench   the table of docs/performance.md
#   make demo    try it              make lint    form and faults      make fuzz    FUZZTIME=10s for each parser
#   make vtc     the end-to-end tests alone; HAPROXY=haproxy runs them against the real one
#   make profile what is hot under load, for the compiler: cmd/sluice/default.pgo (on a quiet machine, two minutes)
#   make fault   100,000 requests through servers that fail in every way; HAPROXY= as above

GO       ?= go
FUZZTIME ?= 10s
# The proxy that the end-to-end tests are about.
HAPROXY  ?= bin/sluice

# The version is that of the repository, where there is one.
VERSION := $(shell git describe --tags --always --dirty 2>/dev/null)
DATE    := $(shell git log -1 --format=%cd --date=format:%Y/%m/%d 2>/dev/null)
LDFLAGS := -s -w $(if $(VERSION),-X main.version=$(VERSION)) $(if $(DATE),-X main.date=$(DATE))

# The race detector wants a C compiler; without one the tests run all the same, and are told so.
CC_FOUND := $(shell command -v gcc || command -v clang || command -v cc)
RACE     := $(if $(CC_FOUND),-race)

export GOFLAGS := $(GOFLAGS) -buildvcs=false

.PHONY: build demo test vtc fault bench profile lint fuzz clean

build:
	CGO_ENABLED=0 $(GO) build -trimpath -ldflags '$(LDFLAGS)' -o bin/sluice ./cmd/sluice

demo: build
	bin/sluice demo

test:
	@test/need varnishtest haproxy nginx socat hatop openssl postgres mariadbd redis-server slapd
	@$(if $(RACE),,echo "no C compiler: the tests run without the race detector")
	$(if $(RACE),CGO_ENABLED=1) $(GO) test $(RACE) ./...

vtc: $(if $(filter bin/sluice,$(HAPROXY)),build)
	@test/need varnishtest
	$(GO) run ./test/vtc -program $(HAPROXY)

fault: $(if $(filter bin/sluice,$(HAPROXY)),build)
	$(GO) run ./test/fault -program $(HAPROXY) $(FAULT)

bench: build
	@test/need haproxy nginx nginx-stream wrk
	$(GO) run ./bench -sluice bin/sluice $(BENCH)

# The cases of the benchmark, without the other proxies.
profile: build
	@test/need wrk
	rm -rf bin/profile && mkdir bin/profile
	SLUICE_CPUPROFILE=$(CURDIR)/bin/profile $(GO) run ./bench -sluice bin/sluice -haproxy '' -nginx '' \
		-cases keepalive,connect,body,post,tcp,httplog,rules,tls -seconds 2 -rounds 2
	$(GO) tool pprof -proto -symbolize=none bin/profile/*.pprof > cmd/sluice/default.pgo
	rm -r bin/profile

lint:
	@unformatted=$$(gofmt -l .); [ -z "$$unformatted" ] || { echo "gofmt -w these:"; echo "$$unformatted"; exit 1; }
	$(GO) mod tidy -diff
	$(GO) vet ./...
	$(GO) tool -modfile=tools/go.mod staticcheck ./...

fuzz:
	test/fuzz $(FUZZTIME)

clean:
	rm -rf bin
	$(GO) clean -testcache
