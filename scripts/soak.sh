#!/usr/bin/env bash
# The long suites, one after another; stops at the first that fails.
set -euo pipefail
source "$(dirname "$0")/say.sh"

for suite in scripts/soak/*.sh; do bash "$suite"; done
