#!/usr/bin/env bash
# Histories on a virtual clock of three people who answer, edit, delete, react, name, pin and read, told by seeds 1 to
# as many as given, 10,000 unless said otherwise.
set -euo pipefail

rounds="${1:-${HELIOGRAPH_ROUNDS:-10000}}"
HELIOGRAPH_ROUNDS="$rounds" cargo test --release -q -p heliograph-lab --test content -- --nocapture
