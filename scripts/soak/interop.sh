#!/usr/bin/env bash
# Published vectors, then random histories between OpenMLS and mls-rs and between two providers (interop/README.md):
# numbers of histories as given, 20,000 and 10,000 unless said otherwise.
set -euo pipefail
source "$(dirname "$0")/../say.sh"

say "Interop: published vectors, another library, another provider"
cargo run -q --release --locked --manifest-path interop/Cargo.toml \
    --target-dir "${CARGO_TARGET_DIR:-target}/interop" -- "${1:-20000}" "${2:-10000}"
