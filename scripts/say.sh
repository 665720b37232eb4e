# Sourced by the other scripts: how they speak, and where they run.

cd "$(dirname "${BASH_SOURCE[0]}")/.."

say() { printf '== %s\n' "$*"; }

refuse() {
    printf 'heliograph: %s\n' "$*" >&2
    exit 1
}
