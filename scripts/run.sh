#!/usr/bin/env bash
# From nothing to two people talking through a server. Arguments go to `heliograph demo`.
set -euo pipefail
source "$(dirname "$0")/say.sh"

scripts/setup.sh

say "Building the server and the client (the first time takes some minutes)"
# The whole workspace, so that `make run` and `make test` share one build.
cargo build --workspace

say "Starting a server and two people"
target="${CARGO_TARGET_DIR:-target}"
exec "$target/debug/heliograph" demo "$@"
