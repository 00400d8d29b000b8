#!/usr/bin/env bash
# ./run bench budgets: what counting, judging, storing and reading error budgets costs, beside what is asked for
# (docs/benchmarks.md). Prints; asserts nothing.
set -euo pipefail
cd "$(dirname "$(readlink -f "$0")")/../.."
[ $# -eq 0 ] || {
    printf 'bench budgets takes no arguments\n' >&2
    exit 2
}
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
printf '%s, %s,%s, %s processors\n' "$(date -u '+%Y-%m-%d %H:%M UTC')" "$(build/sloburn --version | head -n 1)" \
    "$(sed -n 's/^model name[^:]*://p' /proc/cpuinfo | head -n 1)" "$(nproc)"
build/tests/bench_budgets
build/tests/bench_store "$folder"
build/tests/bench_reads
