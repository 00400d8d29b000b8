#!/usr/bin/env bash
# ./run bench promql [--quick]: PromQL beside Prometheus on the same samples in the same run (docs/benchmarks.md). Nothing
# is asserted but that both give the same results.
set -euo pipefail
cd "$(dirname "$(readlink -f "$0")")/../.."
case ${1:-} in
"" | --quick) ;;
*)
    printf 'bench promql takes nothing or --quick, not %s\n' "$1" >&2
    exit 2
    ;;
esac
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
date -u '+%Y-%m-%d %H:%M UTC'
python3 tests/bench/promql_peer.py build/tests/bench_promql "$folder" "$@"
build/tests/bench_promql measure "$folder" "$@"
scripts=${SLOBURN_SHARED:-../shared}/conformance/promqltest
[ -d "$scripts" ] || scripts=tests/promql/scripts
printf '\nparsing the expressions of the scripts in %s:\n' "$scripts"
build/tests/bench_promql_parse "$scripts"
