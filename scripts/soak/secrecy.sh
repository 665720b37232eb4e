#!/usr/bin/env bash
# A thief with all files of a device and its database's key, against stories of two and three people: three stories a
# round, rounds as given, 60 unless said otherwise. Prints a table of what opened.
set -euo pipefail

HELIOGRAPH_ROUNDS="${1:-60}" cargo test --release -q -p heliograph-lab --test stolen_copy -- --nocapture --test-threads=1
