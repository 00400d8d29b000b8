#!/usr/bin/env bash
# Behind `./run test`: builds everything, runs every test, ends with one line that counts them.
set -uo pipefail
cd "$(dirname "$(readlink -f "$0")")/.." || exit 1

mode=short
filter=""
case ${1:-} in
long) mode=long ;;
"") ;;
*) filter=$1 ;;
esac
export SLOBURN_TEST_MODE=$mode
export SLOBURN_ROOT=$PWD
jobs=$(nproc)
passed=0 failed=0 skipped=0
started=$SECONDS

say() { printf '== %s (%d s)\n' "$*" $((SECONDS - started)); }

build() {
    ./run build "$1" || {
        printf '0 passed, 1 failed\n'
        exit 1
    }
}

# count FILE: adds a JUnit file's totals.
count() {
    local tests failures disabled
    [ -s "$1" ] || {
        failed=$((failed + 1))
        return
    }
    tests=$(sed -n 's/^\s*tests="\([0-9]*\)".*/\1/p' "$1" | head -n 1)
    failures=$(sed -n 's/^\s*failures="\([0-9]*\)".*/\1/p' "$1" | head -n 1)
    disabled=$(grep -c '<skipped' "$1")
    passed=$((passed + tests - failures - disabled))
    failed=$((failed + failures))
    skipped=$((skipped + disabled))
}

# Servers, browsers and deadlines on a machine that others use too: in the short form a test that fails is run once more
# before it counts. ctest prints both attempts. The long form forgives nothing.
again=()
[ $mode = long ] || again=(--repeat until-pass:2)

# suite FOLDER LABEL JOBS [CTEST ARGUMENTS]
suite() {
    local folder=$1 label=$2 parallel=$3 junit
    shift 3
    junit=$PWD/$folder/junit-$label.xml
    rm -f "$junit"
    say "$folder: $label"
    (cd "$folder" && ctest -L "$label" -j "$parallel" "${again[@]}" --output-on-failure --no-tests=ignore \
        --output-junit "$junit" ${filter:+-R "$filter"} "$@" | grep -Ev '^\s+[0-9]+/[0-9]+ Test .*Passed|^\s+Start |^Test project|^$|^Label Time|^(unit|e2e|conformance|fuzz|memory)\s+=') || true
    [ -f "$junit" ] && count "$junit"
}

# one NAME COMMAND…: a check that is a command
one() {
    local name=$1
    shift
    [ -z "$filter" ] || [[ $name =~ $filter ]] || return 0
    say "$name"
    if "$@"; then passed=$((passed + 1)); else
        printf 'FAILED: %s\n' "$name"
        failed=$((failed + 1))
    fi
}

./run deps test || exit 1
build release
build sanitize
trials=300
[ $mode = short ] || trials=10000
SLOBURN_TRIALS=$trials suite build "unit|conformance|fuzz" "$jobs"
suite build-sanitize "unit|conformance|fuzz" "$jobs"
suite build "e2e" 3 # they wait more than they work
if [ -z "$filter" ]; then
    one "build with clang" ./run build clang
    suite build-clang "unit" "$jobs"
    build debug
    # On two processors the short form has twenty minutes: valgrind reads the pure rooms there, all of them in the long form.
    rooms='memory/(base|slo|alerting|notify|template)/'
    [ $mode = short ] || rooms=memory/
    suite build-debug memory "$jobs" -R "$rooms"
    [ $mode = short ] || suite build-debug valgrind-long "$jobs"
    one "lint" ./run lint
    if [ $mode = long ]; then one "fuzz, ten minutes a target" ./run fuzz all 600; fi
fi
say "done"
printf '%d passed, %d failed, %d skipped\n' $passed $failed $skipped
[ $failed = 0 ]
