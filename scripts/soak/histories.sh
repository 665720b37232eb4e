#!/usr/bin/env bash
# Histories on a virtual clock, told by seeds 1 to as many as given, 20,000 unless said otherwise: groups of
# two to eight with racing commits, and three people in conversations of two.
set -euo pipefail

rounds="${1:-${HELIOGRAPH_ROUNDS:-20000}}"
HELIOGRAPH_ROUNDS="$rounds" cargo test --release -q -p heliograph-lab --test crew -- --nocapture
HELIOGRAPH_ROUNDS="$rounds" cargo test --release -q -p heliograph-lab --test rough_days
