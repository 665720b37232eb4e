#!/usr/bin/env bash
# A thousand words under a timer on a file system of their own, and then all of that disk is looked through, block by
# block, with the keys that are left; and the same without a timer, where they must be found. Needs root, for the mount.
set -euo pipefail

place=$(mktemp -d)
clean() {
    umount "$place/disk" 2>/dev/null || true
    rm -rf "$place"
}
trap clean EXIT
cargo test ${PROFILE---release} -q -p heliograph-lab --test canaries --no-run
for story in when_their_time_is_up without_a_timer; do
    truncate -s 256M "$place/image"
    mkfs.ext4 -q -F "$place/image"
    mkdir -p "$place/disk"
    mount -o loop "$place/image" "$place/disk"
    HELIOGRAPH_HOMES="$place/disk" HELIOGRAPH_IMAGE="$place/image" \
        cargo test ${PROFILE---release} -q -p heliograph-lab --test canaries -- "$story" --nocapture --test-threads=1
    umount "$place/disk"
done
