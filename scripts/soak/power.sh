#!/usr/bin/env bash
# Power cuts of a server and two clients: as many as given, 100 unless said otherwise, and a control without syncs
# that must lose something. Needs root, loop devices and mkfs.btrfs.
set -euo pipefail
source scripts/say.sh

if [ "$(id -u)" -ne 0 ] || [ ! -e /dev/loop-control ]; then
    [ -n "${HELIOGRAPH_ALLOW_SKIP:-}" ] || refuse "power cuts need root and loop devices. Nothing was run." \
        "Set HELIOGRAPH_ALLOW_SKIP=1 to go on without them."
    say "Skipped: power cuts need root and loop devices"
    exit 0
fi
if ! command -v mkfs.btrfs >/dev/null; then
    apt-get install -y -qq --no-install-recommends btrfs-progs >/dev/null
fi
cargo build -q --release --workspace --bins
programs="${CARGO_TARGET_DIR:-target}/release"
cc -shared -fPIC -O1 -o "$programs/no_sync.so" lab/no_sync.c
"$programs/heliograph-power" --cuts "${1:-${HELIOGRAPH_ROUNDS:-100}}"
"$programs/heliograph-power" --cuts 10 --ignore-fsync "$programs/no_sync.so"
