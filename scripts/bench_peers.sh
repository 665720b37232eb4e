#!/usr/bin/env bash
# Figures of libsignal and our own in the same terms, one after the other on this machine: docs/protocol/properties.md.
# Needs Node 20 and npm; libsignal is only run, never linked (bench/peers/README.md).
set -euo pipefail
source "$(dirname "$0")/say.sh"

for tool in node npm; do
    command -v "$tool" >/dev/null ||
        refuse "'$tool' is not installed. Nothing was changed. Install Node 20 or newer, with npm, and run this again."
done
major="$(node -p 'process.versions.node.split(".")[0]')"
[ "$major" -ge 20 ] || refuse "Node $major is too old. Nothing was changed. Install Node 20 or newer."

say "Installing what bench/peers/package-lock.json names"
npm ci --prefix bench/peers --ignore-scripts --no-audit --no-fund --silent

say "Is it the real thing?"
(cd bench/peers && node --test --test-reporter=dot)

say "Building our own release (some minutes the first time)"
cargo build -q --release --locked --bin heliograph-bench -p heliograph-lab

target="${CARGO_TARGET_DIR:-target}"
out="$target/bench-peers.jsonl"
say "Measuring; keep the machine quiet. Lines of JSON go to $out"
"$target/release/heliograph-bench" peers | tee "$out"
node bench/peers/src/main.js | tee -a "$out"
"$target/release/heliograph-bench" seal sqlite 2>/dev/null | tail -n +2 | tee -a "$out"

node bench/peers/src/table.js "$out"
