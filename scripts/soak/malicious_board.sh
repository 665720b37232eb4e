#!/usr/bin/env bash
# Fourteen boards that mean harm, each against as many stories as given, 200 unless said otherwise.
set -euo pipefail

rounds="${1:-${HELIOGRAPH_ROUNDS:-200}}"
HELIOGRAPH_ROUNDS="$rounds" cargo test --release -q -p heliograph-lab --test malicious_board
