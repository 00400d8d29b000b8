#!/usr/bin/env bash
# ./run bench engine: what a cycle of the engine costs for 500 and 2,000 SLOs, on a store on disk.
set -euo pipefail
cd "$(dirname "$(readlink -f "$0")")/../.."
if [ $# -gt 0 ]; then
    printf 'bench engine takes nothing, not %s\n' "$1" >&2
    exit 2
fi
date -u '+%Y-%m-%d %H:%M UTC'
build/tests/bench_engine
