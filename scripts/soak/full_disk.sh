#!/usr/bin/env bash
# A profile on a disk of three megabytes that fills up to the last block: what is refused says why, and once there is room
# everything said before is there and the conversation goes on. In a mount namespace of its own; needs no rights.
set -euo pipefail
cd "$(dirname "$0")/../.."
source scripts/say.sh

if [ "${1:-}" != inside ]; then
    cargo build -q --release -p heliographd -p heliograph
    exec unshare --user --map-root-user --mount bash "$0" inside
fi

bin="${CARGO_TARGET_DIR:-target}/release"
dir="$(mktemp -d)"
trap 'kill "$server" 2>/dev/null || true; rm -rf "$dir" 2>/dev/null || true' EXIT
mkdir "$dir/small"
mount -t tmpfs -o size=3m tmpfs "$dir/small"
(umask 077 && echo 'correct horse battery staple' >"$dir/pass")

"$bin/heliographd" serve --json --listen 127.0.0.1:0 --data "$dir/board" >"$dir/ready" 2>"$dir/log" &
server=$!
until [ -s "$dir/ready" ]; do kill -0 "$server" && sleep 0.1; done
word() { python3 -c 'import json, sys; print(json.loads(sys.stdin.readline())[sys.argv[1]])' "$1"; }
anna() { "$bin/heliograph" --json --home "$dir/small/anna" --passphrase-file "$dir/pass" "$@"; }

anna init --name Anna --board "$(word board <"$dir/ready")" >/dev/null
group="$(anna group create Crew | word conversation)"
anna send "$group" before >/dev/null
dd if=/dev/zero of="$dir/small/filler" bs=4k 2>/dev/null || true
for _ in 1 2 3; do
    if anna send "$group" lost >"$dir/out" 2>"$dir/error"; then
        refuse "a message was taken on a disk without room"
    fi
    grep -q '"kind":"disk-full"' "$dir/error" || refuse "no word of the full disk: $(cat "$dir/error")"
done
rm "$dir/small/filler"
anna send "$group" after >/dev/null
texts="$(anna read "$group" | python3 -c 'import json, sys; print([m["text"] for m in map(json.loads, sys.stdin) if m["kind"] == "text"])')"
[ "$texts" = "['before', 'after']" ] || refuse "not what was said: $texts"
say "A full disk is told, and nothing that was accepted is lost"
