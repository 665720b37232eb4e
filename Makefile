# Each target is one line into scripts/ or cargo; `make` alone says what there is.

.PHONY: help run test check bench bench-compare bench-peers soak

help:
	@echo "make run    set up, build, start a server and two people who talk; ends in a prompt you can type into"
	@echo "make test   set up and pass everything: layout, lints, house rules, tests"
	@echo "make check  the house rules alone (fast)"
	@echo "make soak   long runs: hundreds of kills, thousands of histories"
	@echo "make bench  figures of a release build, as JSON and as a table; make bench-compare says what got slower"
	@echo "make bench-peers  the same terms for libsignal, which is installed from npm and only run"

run:
	@scripts/run.sh

test:
	@scripts/test.sh

check:
	@cargo run -q -p xtask -- check

bench:
	@scripts/bench.sh

bench-compare:
	@HELIOGRAPH_COMPARE=1 scripts/bench.sh

bench-peers:
	@scripts/bench_peers.sh

soak:
	@scripts/soak.sh
