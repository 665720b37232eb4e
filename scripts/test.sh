#!/usr/bin/env bash
# Everything that must hold before a change goes in. Says what it does; stops at the first thing that does not hold.
set -euo pipefail
source "$(dirname "$0")/say.sh"

scripts/setup.sh test

say "Layout: every file is formatted"
cargo fmt --all --check

say "Lints: no warning anywhere (the first time all libraries are built, which takes some minutes)"
cargo clippy --workspace --all-targets -- -D warnings

say "House rules"
cargo run -q -p xtask -- check

scripts/tools.sh

say "Programs: the tests run the real ones"
cargo build --workspace

if cargo nextest --version >/dev/null 2>&1; then
    say "Tests (nextest)"
    cargo nextest run --workspace --no-fail-fast
    say "Examples in the documentation"
    cargo test -q --workspace --doc
else
    say "Tests"
    cargo test --workspace --no-fail-fast
fi

say "Model: every order of events in small scenarios, and every planted fault found"
model=(--manifest-path model/Cargo.toml --target-dir "${CARGO_TARGET_DIR:-target}/model")
cargo fmt --manifest-path model/Cargo.toml --check
cargo clippy -q "${model[@]}" --release --all-targets -- -D warnings
cargo test -q "${model[@]}" --release

say "Fuzz targets: they compile, and every parser takes its seeds and refuses those that say so"
# With the workspace's libraries, as far as they were built alike.
fuzz=(--manifest-path fuzz/Cargo.toml --target-dir "${CARGO_TARGET_DIR:-target}")
cargo fmt --manifest-path fuzz/Cargo.toml --check
cargo test -q --locked "${fuzz[@]}" --test seeds

say "Planted faults: a server and a device that break their promises on purpose must be caught"
cargo test -q --workspace --features heliographd/planted-faults,heliograph-lab/planted-faults --test killed_planted --test crew_planted --test content_planted

say "Everything passed"
