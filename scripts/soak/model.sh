#!/usr/bin/env bash
# Every state of every scenario of the model (model/README.md): some minutes, under 1 GiB. Names of
# scenarios as arguments try only those.
set -euo pipefail
source "$(dirname "$0")/../say.sh"

say "Model: every order of events"
cargo run -q --release --locked --manifest-path model/Cargo.toml \
    --target-dir "${CARGO_TARGET_DIR:-target}/model" -- "$@"
