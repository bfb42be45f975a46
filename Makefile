# The front door: "make help" lists what there is. Building is Meson's business, the rest is in scripts/.

SHELL = /bin/bash
.DEFAULT_GOAL = help
.NOTPARALLEL:

BUILD ?= build
MESON_OPTIONS ?=
# A sanitizer build must not inline and must tell lines; LeakSanitizer comes with it.
ASAN_OPTIONS_MESON = -Db_sanitize=address,undefined -Doptimization=1
TSAN_OPTIONS_MESON = -Db_sanitize=thread -Doptimization=1

# Versions of PostgreSQL each kind of run needs, see scripts/pg-servers.
DEMO_SERVERS = 15 17
TEST_SERVERS = 10 15 15.18 16 17 18
MATRIX_SERVERS = 10 12 13 14 15 15.18 16 17 18
BENCH_SERVERS = 15 17-peers

SOAK ?= 20
ROUNDS ?= 100
FILES ?=
OPTIONS ?=

.PHONY: help
help: ## this list
	@awk -F ':.*## ' '/^[a-z%-]+:.*## / { printf "  make %-14s %s\n", $$1, $$2 }' Makefile

.PHONY: deps
deps: ## install what building, testing and the demo need (Debian 12; asks sudo if need be)
	@scripts/deps --npm

.PHONY: build
build: ## the program, at build/pgbaton
	@scripts/build $(BUILD) $(MESON_OPTIONS)

.PHONY: demo
demo: ## move a database under traffic from PostgreSQL 15 to 17 and count what was lost
	@scripts/deps
	@scripts/pg-servers $(DEMO_SERVERS)
	@$(MAKE) --no-print-directory build
	@scripts/staged demo/run

.PHONY: test
test: ## unit tests, and those on real servers (FILES=tests/tap/x.t for some)
	@scripts/deps --npm
	@scripts/pg-servers $(TEST_SERVERS)
	@$(MAKE) --no-print-directory build
	@scripts/unit-tests build
	@scripts/run-tests $(FILES)

.PHONY: test-matrix
test-matrix: ## every source version to every target version
	@scripts/deps --npm
	@scripts/pg-servers $(MATRIX_SERVERS)
	@$(MAKE) --no-print-directory build
	@scripts/run-tests --matrix

.PHONY: soak
soak: ## SOAK=20 migrations in a row under random traffic
	@scripts/deps --npm
	@scripts/pg-servers $(TEST_SERVERS)
	@$(MAKE) --no-print-directory build
	@scripts/run-tests --soak $(SOAK)

.PHONY: roundtrips
roundtrips: ## ROUNDS=100 switchovers and rollbacks in a row under random traffic
	@scripts/deps --npm
	@scripts/pg-servers $(TEST_SERVERS)
	@$(MAKE) --no-print-directory build
	@scripts/run-tests --roundtrips $(ROUNDS)

.PHONY: faults-pause
faults-pause: ## every fault at every step of the write pause, in both directions
	@scripts/deps --npm
	@scripts/pg-servers $(TEST_SERVERS)
	@$(MAKE) --no-print-directory build
	@scripts/run-tests --faults-pause

.PHONY: sanitize
sanitize: ## all tests with the address and undefined behaviour sanitizers
	@scripts/deps --npm
	@scripts/pg-servers $(TEST_SERVERS)
	@scripts/build build-asan $(ASAN_OPTIONS_MESON)
	@scripts/unit-tests build-asan
	@scripts/run-tests --build build-asan $(FILES)

# Tests in which pgbaton has threads: the copy's workers, the writers of its traffic.
THREADED = tests/tap/020_traffic.t tests/tap/200_copy_workers.t

.PHONY: tsan
tsan: ## the tests of copy workers and writers with the thread sanitizer
	@scripts/deps --npm
	@scripts/pg-servers $(TEST_SERVERS)
	@scripts/build build-tsan $(TSAN_OPTIONS_MESON)
	@scripts/run-tests --build build-tsan $(or $(FILES),$(THREADED))

.PHONY: bench
bench: ## pgbaton beside its peers and beside the floor (OPTIONS="--set a --runs 3", see bench/bench)
	@$(MAKE) --no-print-directory run-bench SCRIPT=bench/bench

.PHONY: bench-scaling
bench-scaling: ## pgbaton's time and memory against the number of rows and of tables
	@$(MAKE) --no-print-directory run-bench SCRIPT=bench/bench-scaling

.PHONY: bench-streams
bench-streams: ## how long one and two apply streams take to drain a backlog
	@$(MAKE) --no-print-directory run-bench SCRIPT=bench/bench-streams

.PHONY: bench-pause
bench-pause: ## what clients see of switchovers and rollbacks (OPTIONS="--rounds 30", see bench/bench-pause)
	@$(MAKE) --no-print-directory run-bench SCRIPT=bench/bench-pause

.PHONY: run-bench
run-bench:
	@scripts/deps
	@scripts/pg-servers $(BENCH_SERVERS)
	@$(MAKE) --no-print-directory build
	@scripts/staged --keep bench-results $(SCRIPT) $(OPTIONS)

.PHONY: lint
lint: ## format, include direction, SQL, clang-tidy, cppcheck, -fanalyzer: all must be clean
	@scripts/deps --npm --lint
	@scripts/lint

.PHONY: format
format: ## rewrite the sources in the house format
	@scripts/format

.PHONY: install
install: build ## meson install (DESTDIR is honoured)
	@meson install -C $(BUILD) --no-rebuild

.PHONY: try-bare
try-bare: ## "make TARGET=test try-bare": run a target as the first command on a bare Debian 12
	@scripts/try-bare $(or $(TARGET),demo)

.PHONY: clean
clean: ## remove what was built; the servers of scripts/pg-servers stay
	rm -rf build build-asan build-tsan build-lint build-werror build-clang test-results
