#!/usr/bin/env bash
# Makes a machine ready to build Heliograph and, with the word "test", to test it. Asks nothing, and does nothing
# when nothing is missing.
set -euo pipefail
source "$(dirname "$0")/say.sh"

# What the build needs from the system: a C toolchain, CMake and Perl for the cryptography and SQLCipher,
# OpenSSL's headers for SQLCipher, ALSA's for the microphone.
packages=(gcc g++ cmake make pkg-config libssl-dev libasound2-dev perl)
# Unicode's data files, a message bus with a keyring, and Python for the example bots.
if [ "${1:-}" = test ]; then
    packages+=(unicode-data dbus gnome-keyring python3)
fi

installed() {
    [ "$(dpkg-query -W -f '${db:Status-Status}' "$1" 2>/dev/null)" = installed ] ||
        # pkg-config is a name that pkgconf stands in for on newer systems.
        { [ "$1" = pkg-config ] && command -v pkg-config >/dev/null; }
}

as_root() {
    if [ "$(id -u)" -eq 0 ]; then
        "$@"
    elif command -v sudo >/dev/null && sudo -n true 2>/dev/null; then
        sudo -n "$@"
    elif command -v sudo >/dev/null && [ -t 0 ]; then
        sudo "$@"
    else
        refuse "these system packages are missing and this user may not install them: ${missing[*]}." \
            "Nothing was changed. As root, run: apt-get install ${missing[*]}"
    fi
}

missing=()
if command -v dpkg-query >/dev/null; then
    for package in "${packages[@]}"; do
        installed "$package" || missing+=("$package")
    done
else
    for tool in cc c++ cmake make pkg-config perl; do
        command -v "$tool" >/dev/null ||
            refuse "'$tool' is not installed, and this is not a Debian or Ubuntu machine on which it could be" \
                "installed for you. Install what these Debian packages hold: ${packages[*]}"
    done
fi

if [ "${#missing[@]}" -gt 0 ]; then
    say "Installing system packages: ${missing[*]}"
    as_root env DEBIAN_FRONTEND=noninteractive apt-get update -qq
    as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "${missing[@]}" >/dev/null
else
    say "System packages: all there"
fi

command -v cargo >/dev/null ||
    refuse "Rust is not installed (no 'cargo' on the PATH). Nothing was built. Install it from https://rustup.rs," \
        "open a new shell and run the same command again; the right version is then chosen by itself."
say "Rust: $(cargo --version)"
