# Each target is one line into scripts/ or cargo; `make` alone says what there is.

.PHONY: help run test check soak

help:
	@echo "make run    set up, build, start a server and two people who talk; ends in a prompt you can type into"
	@echo "make test   set up and pass everything: layout, lints, house rules, tests"
	@echo "make check  the house rules alone (fast)"
	@echo "make soak   the long suites, one after another (scripts/soak/)"

run:
	@scripts/run.sh

test:
	@scripts/test.sh

check:
	@cargo run -q -p xtask -- check

soak:
	@scripts/soak.sh
