#!/usr/bin/env bash
# Long runs of what `make test` runs in short. Arguments are names of suites in scripts/soak/, or none for all.
set -euo pipefail
source "$(dirname "$0")/say.sh"

scripts/setup.sh test

suites=("$@")
if [ "${#suites[@]}" -eq 0 ]; then
    for suite in scripts/soak/*.sh; do
        suites+=("$(basename "$suite" .sh)")
    done
fi
for suite in "${suites[@]}"; do
    say "Soak: $suite"
    bash "scripts/soak/$suite.sh"
done
say "Every suite passed: ${suites[*]}"
