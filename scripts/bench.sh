#!/usr/bin/env bash
# Takes the figures of docs/bench.md in a release build. Arguments are names of figures, or none for all.
set -euo pipefail
source "$(dirname "$0")/say.sh"

scripts/setup.sh test

say "Building the release (some minutes the first time)"
cargo build -q --release --bins -p heliographd -p heliograph -p heliograph-lab

target="${CARGO_TARGET_DIR:-target}"
out="$target/bench.jsonl"
say "Measuring; keep the machine quiet. Lines of JSON go to $out"
"$target/release/heliograph-bench" "$@" | tee "$out"

baseline=docs/evidence/bench-baseline.jsonl
if [ -n "${HELIOGRAPH_COMPARE:-}" ]; then
    say "Against $baseline"
    "$target/release/heliograph-bench" compare "$baseline" "$out"
fi
