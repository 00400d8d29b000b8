#!/usr/bin/env bash
# Style that a machine can check. Prints each finding as file:line: text, ends non-zero if there was one.
set -uo pipefail
shopt -s lastpipe # report sets `bad` in this shell
cd "$(dirname "$(readlink -f "$0")")/../.." || exit 1
bad=0

# report TITLE: reads findings on stdin
report() {
    local lines
    lines=$(cat)
    [ -n "$lines" ] || return 0
    printf '%s\n%s\n' "lint: $1:" "$lines"
    bad=1
}

# The files of the repository; without git (a copy, a minimal machine) all that no build made.
if git rev-parse --git-dir >/dev/null 2>&1; then
    mapfile -t files < <(git ls-files)
else
    mapfile -t files < <(find . -type f -not -path './build*' -not -path './.git/*' -printf '%P\n' | sort)
fi
matching() { printf '%s\n' "${files[@]}" | grep -E "$1"; }
mapfile -t sources < <(matching '^(src|tests)/.*\.[ch]$')
mapfile -t room_files < <(matching '^src/.*\.[ch]$')
mapfile -t above_base < <(matching '^src/.*\.[ch]$' | grep -v '^src/base/')
mapfile -t scripts < <(printf '%s\n' "${files[@]}" | xargs grep -lE '^#!/(usr/bin/env bash|bin/bash|bin/sh)' 2>/dev/null)

for f in "${sources[@]}"; do
    clang-format --dry-run -Werror "$f" >/dev/null 2>&1 || printf '%s\n' "$f"
done | report "not as clang-format has it (clang-format -i FILE)"

grep -nE '\b(strcpy|strcat|sprintf|vsprintf|gets|strtok|atoi|atol|atof|localtime|gmtime|setlocale|strncpy|strncat)\s*\(' \
    "${room_files[@]}" | report "banned functions"
grep -nE '\b(v?snprintf|malloc|calloc|realloc|free)\s*\(' "${above_base[@]}" |
    grep -vE '^[^:]*:[0-9]+: *(//|/?\*)|cJSON' |
    report "belongs in base (buf_printf, memory_*)"
grep -nE '\b(TODO|FIXME|XXX|HACK)\b' "${sources[@]}" | report "unfinished"
for f in $(matching '^src/.*/(util|utils|misc|common|helper|helpers)[.a-z_]*$'); do
    printf '%s\n' "$f"
done | report "a file is named after its concept"
for f in "${sources[@]}"; do
    n=$(wc -l <"$f")
    case $f in
    *_table.c | *_powers.c) ;;
    src/*.h) [ "$n" -le 200 ] || printf '%s: %d lines (headers: 150, hard 200)\n' "$f" "$n" ;;
    *) [ "$n" -le 800 ] || printf '%s: %d lines (hard limit 800)\n' "$f" "$n" ;;
    esac
done | report "too long"

tests/lint/includes.sh | report "includes"

if [ ${#scripts[@]} -gt 0 ]; then
    shellcheck -S warning "${scripts[@]}" | report "shellcheck"
fi

if [ -f build/compile_commands.json ]; then
    matching '^src/.*\.c$' | xargs -P "$(nproc)" -n 8 clang-tidy -p build --quiet 2>/dev/null | grep -E '(warning|error):' |
        sort -u | report "clang-tidy"
fi
[ $bad = 0 ] && echo "lint: clean"
exit $bad
