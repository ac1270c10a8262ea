# Countersign. `make run` opens the console on a simulated ward; `make test` runs every test. Both install what they
# need on Debian and Ubuntu, as root or through sudo, and say what. Programs go to bin/, everything else to build/.

TAGS     = migrated_fynedo,no_emoji,sqlite_omit_load_extension
HEADLESS = $(TAGS),ci
VERSION := $(shell git describe --tags --always --dirty 2>/dev/null || echo unversioned)
LDFLAGS  = -X main.version=$(VERSION)
EXE     := $(shell go env GOEXE)

FUZZTIME    ?= 10s
SOAK        ?= 20
STATICCHECK  = honnef.co/go/tools/cmd/staticcheck@v0.8.2

BUILD_NEEDS   = gcc libc6-dev pkg-config libgl1-mesa-dev xorg-dev libxkbcommon-dev libwayland-dev
TEST_NEEDS    = $(BUILD_NEEDS) xvfb xdotool imagemagick socat avahi-daemon avahi-utils dbus iproute2 \
                python3-pymodbus python3-serial-asyncio mbpoll strace jing libreoffice-calc
WINDOWS_NEEDS = gcc-mingw-w64-x86-64

# The tests of the real window and the real programs find them by these names.
export COUNTERSIGN_BIN        = $(CURDIR)/bin/countersign$(EXE)
export COUNTERSIGN_SIM_BIN    = $(CURDIR)/bin/countersign-sim$(EXE)
export COUNTERSIGN_VERIFY_BIN = $(CURDIR)/bin/countersign-verify$(EXE)

.PHONY: help run demo build programs build-verify build-windows test quick race lint bench soak fuzz

help: ## list the targets
	@sed -n 's/^\([a-z-]*\):.*## /\1\t/p' Makefile | expand -t 15

run: build ## open the console in training mode on a simulated ward
	@if [ "$$(uname -s)" = Linux ] && [ -z "$$DISPLAY$$WAYLAND_DISPLAY" ]; then \
		echo "There is no display here: the guided story is played in a virtual one instead (make demo)."; \
		$(MAKE) --no-print-directory demo; \
	else \
		$(COUNTERSIGN_BIN) --training --ward $(COUNTERSIGN_SIM_BIN); \
	fi

demo: build ## play the guided story in a virtual display and leave it in build/demo
	@.ci/need $(TEST_NEEDS)
	@rm -rf build/demo && mkdir -p build/demo
	COUNTERSIGN_WINDOW=1 COUNTERSIGN_STORY_OUT=$(CURDIR)/build/demo \
		go test -count=1 -tags $(TAGS) -run 'TestTheStory' -v ./app/story
	@ls build/demo

build: ## build the console, the simulated ward and the auditor's tool
	@.ci/need $(BUILD_NEEDS)
	@$(MAKE) --no-print-directory programs

# The flags are those of the tests too, so that the window's C code is compiled once and kept.
programs:
	go build -tags $(TAGS) -ldflags '$(LDFLAGS)' -o $(COUNTERSIGN_BIN) ./app
	go build -tags $(TAGS) -ldflags '$(LDFLAGS)' -o $(COUNTERSIGN_SIM_BIN) ./app/simulate
	CGO_ENABLED=0 go build -trimpath -ldflags '$(LDFLAGS)' -o $(COUNTERSIGN_VERIFY_BIN) ./app/verify

# No paths, no names of a machine and no table of symbols: the same source gives the same bytes, wherever it is built.
VERIFY_FOR = linux-amd64 linux-arm64 windows-amd64 windows-arm64 darwin-amd64 darwin-arm64

build-verify: ## build the auditor's tool for this computer and for six others, without cgo
	CGO_ENABLED=0 go build -trimpath -ldflags '-s -w -buildid= $(LDFLAGS)' -o bin/countersign-verify$(EXE) ./app/verify
	@for target in $(VERIFY_FOR); do \
		os=$${target%-*}; exe=; if [ $$os = windows ]; then exe=.exe; fi; \
		echo "bin/verify/countersign-verify-$$target$$exe"; \
		CGO_ENABLED=0 GOOS=$$os GOARCH=$${target#*-} go build -trimpath -ldflags '-s -w -buildid= $(LDFLAGS)' \
			-o bin/verify/countersign-verify-$$target$$exe ./app/verify || exit 1; \
	done

build-windows: ## build countersign.exe with Debian's mingw-w64 (slow)
	@.ci/need $(WINDOWS_NEEDS)
	CGO_ENABLED=1 GOOS=windows GOARCH=amd64 CC=x86_64-w64-mingw32-gcc \
		go build -tags $(TAGS) -ldflags '$(LDFLAGS) -H windowsgui' -o bin/countersign.exe ./app
	CGO_ENABLED=0 GOOS=windows GOARCH=amd64 \
		go build -tags $(TAGS) -ldflags '$(LDFLAGS)' -o bin/countersign-sim.exe ./app/simulate

# What proves by numbers counts in full without the race detector, which finds in a tenth of them whatever it can find.
PROOFS       = ./app ./internal/audit ./internal/breakglass ./internal/change ./internal/store/powercut
PROOF_TESTS  = 'Edit|TenThousand|Mutant|Model|Whatever|Cut|Killed|DamagedDatabase'

# Each run ends with a line that says how, because a pipe keeps only the status of its last command.
test: build ## run every test, those in a real window too
	@.ci/need $(TEST_NEEDS)
	@mkdir -p build && rm -f build/summary
	@.ci/fhir-schemas build/fhir
	go vet -tags $(TAGS) ./...
	@{ \
		go test -race -json -timeout 15m -tags $(HEADLESS) ./...; echo "exit status $$?"; \
		go test -json -timeout 15m -tags $(HEADLESS) -run $(PROOF_TESTS) $(PROOFS); echo "exit status $$?"; \
		COUNTERSIGN_WINDOW=1 go test -count=1 -json -timeout 15m -tags $(TAGS) ./app/story; echo "exit status $$?"; \
	} | tee build/test.json | go run ./internal/house/testreport -skips .ci/skips -summary build/summary

quick: ## test and vet all that needs neither cgo nor a display
	CGO_ENABLED=0 go test $$(.ci/cgofree ./assets/... ./drivers/... ./internal/...)
	@for os in windows darwin; do \
		echo "go vet for $$os"; \
		CGO_ENABLED=0 GOOS=$$os go vet -tags $(TAGS) $$(GOOS=$$os .ci/cgofree ./...) || exit 1; \
	done

race: ## the headless tests with the race detector, uncached
	@.ci/need $(TEST_NEEDS)
	go test -race -count=1 -timeout 15m -tags $(HEADLESS) ./...

soak: ## the engine's and the drivers' tests SOAK times in changing order, 10,000 power cuts, and every mutant
	@.ci/need $(TEST_NEEDS)
	go test -race -count=$(SOAK) -shuffle=on -timeout 2h -tags $(HEADLESS) \
		$$(go list -tags $(HEADLESS) ./drivers/... ./internal/... | grep -v /powercut)
	COUNTERSIGN_CUTS=10000 go test -count=1 -timeout 30m -tags $(HEADLESS) -run 'Cut|Killed' ./internal/store/powercut ./internal/breakglass
	COUNTERSIGN_MUTANTS=1 go test -count=1 -timeout 60m -tags $(HEADLESS) -run Mutant ./internal/change

fuzz: ## every fuzz test for FUZZTIME
	@.ci/need $(BUILD_NEEDS)
	@.ci/fuzz $(FUZZTIME) -tags $(HEADLESS)

bench: build ## measure, print the table and write build/bench.json
	@.ci/need $(TEST_NEEDS)
	@mkdir -p build && rm -f build/figures build/bench.json
	COUNTERSIGN_WINDOW=1 COUNTERSIGN_FIGURES=$(CURDIR)/build/figures \
		go test -p 1 -run '^$$' -bench . -timeout 30m -tags $(TAGS) \
		$$(grep -rl --include='*_test.go' '^func Benchmark' app drivers internal | xargs -n 1 dirname | sort -u | sed 's,^,./,')
	@go run ./internal/house/benchtable -in build/figures -out build/bench.json

lint: ## gofmt, go vet, staticcheck, and golangci-lint where it is installed
	@.ci/need $(BUILD_NEEDS)
	@unformatted=$$(gofmt -l app assets drivers internal); \
	if [ -n "$$unformatted" ]; then echo "not as gofmt writes it:"; echo "$$unformatted"; exit 1; fi
	go vet -tags $(TAGS) ./...
	@if go run $(STATICCHECK) -version >/dev/null 2>&1; then \
		echo "$(STATICCHECK), fetched by go run"; go run $(STATICCHECK) -tags $(TAGS) ./...; \
	else \
		echo "staticcheck cannot be fetched here and was left out"; \
	fi
	@if command -v golangci-lint >/dev/null; then \
		golangci-lint run --build-tags $(TAGS); \
	else \
		echo "golangci-lint is not installed and was left out"; \
	fi
