#!/usr/bin/env bash
# Fifty members of a group who all commit at once, for as many epochs as given, 1,000 unless said otherwise.
set -euo pipefail

rounds="${1:-${HELIOGRAPH_ROUNDS:-1000}}"
HELIOGRAPH_ROUNDS="$rounds" cargo test --release -q -p heliograph-lab --test racing
