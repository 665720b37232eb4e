#!/usr/bin/env bash
# Rough histories of three people on a virtual clock: seeds 1 to as many as given, 20,000 unless said otherwise.
set -euo pipefail

HELIOGRAPH_ROUNDS="${1:-20000}" cargo test --release -q -p heliograph-lab --test rough_days
