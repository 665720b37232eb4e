#!/usr/bin/env bash
# SIGKILL of the server and of each client, while writing and while reading: rounds as given, 500 unless said otherwise.
set -euo pipefail

export HELIOGRAPH_ROUNDS="${1:-500}"
cargo build --release --workspace
cargo test --release -q -p heliograph-lab --test kills twenty -- --nocapture
cargo test --release -q -p heliograph-lab --test killed_reader
