#!/usr/bin/env bash
# Power cuts of a server and two clients, HELIOGRAPH_ROUNDS of them, 100 unless said otherwise; then the same with
# syncs that do nothing, which must lose something. Needs root and loop devices.
set -euo pipefail
source "$(dirname "$0")/../say.sh"

lacking=""
[ "$(id -u)" -eq 0 ] || lacking="root"
[ -e /dev/loop-control ] || lacking="${lacking:+$lacking and }loop devices"
if [ -n "$lacking" ]; then
    [ "${HELIOGRAPH_ALLOW_SKIP:-}" = 1 ] || refuse "power cuts need root and loop devices; lacking here: $lacking." \
        "Nothing was tried and nothing is shown. HELIOGRAPH_ALLOW_SKIP=1 lets the other suites go on without."
    say "SKIPPED: no power was cut, for want of $lacking"
    exit 0
fi

if ! command -v mkfs.btrfs >/dev/null || ! command -v mkfs.ext4 >/dev/null; then
    say "Installing system packages: btrfs-progs e2fsprogs"
    DEBIAN_FRONTEND=noninteractive apt-get update -qq
    DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends btrfs-progs e2fsprogs >/dev/null
fi

say "Power cuts: building"
# The build of `make test`: the disk is what is waited for here.
cargo build -q --workspace

# The rig puts everything away by itself; this is for when it is killed.
home="$(mktemp -d)"
put_away() {
    for place in "$home"/*/disk "$home"/*/pool; do
        ! mountpoint -q "$place" || umount -l "$place"
    done
    rm -rf "$home"
}
trap put_away EXIT
trap 'exit 1' INT TERM HUP

say "Power cuts"
"${CARGO_TARGET_DIR:-target}/debug/heliograph-power-cut" "$home" "${1:-${HELIOGRAPH_ROUNDS:-100}}"
