#!/usr/bin/env bash
# Includes may only run downward (ARCHITECTURE.md has the table), and each third-party header has one home.
set -uo pipefail
cd "$(dirname "$(readlink -f "$0")")/../.." || exit 1

below() {
    case $1 in
    base) echo base ;;
    promql | template | net) echo "base $1" ;;
    slo) echo "base promql slo" ;;
    alerting) echo "base promql template alerting" ;;
    notify) echo "base notify" ;;
    source) echo "base promql net source" ;;
    store) echo "base slo alerting notify promql store" ;;
    receivers) echo "base net template notify store receivers" ;;
    engine) echo "base promql template net slo alerting notify source store receivers engine" ;;
    server) echo "base promql template net slo alerting notify source store receivers engine server" ;;
    report) echo "base promql template net slo alerting notify source store receivers engine report" ;;
    commands) echo "base promql template net slo alerting notify source store receivers engine server report commands" ;;
    esac
}

for room in src/*/; do
    room=$(basename "$room")
    allowed=" $(below "$room") "
    [ "$allowed" != "  " ] || echo "src/$room: not in the table of folders"
    grep -nE '^\s*#include "' src/"$room"/*.[ch] 2>/dev/null | while IFS= read -r line; do
        target=$(sed -E 's/.*#include "([^/"]*)\/.*/\1/' <<<"$line")
        case $allowed in *" $target "*) ;; *) echo "$line: $room may not include $target" ;; esac
    done
done

# header|home, an extended regular expression
while IFS="|" read -r header home; do
    grep -nE "#include <($header)" -r src | grep -vE "^($home)" | sed "s#\$#: its home is $home#"
done <<'HOMES'
curl/|src/net/(http_client|http_handle|http_send|curl)
microhttpd|src/net/(http_server|http_listen|server_request)
sqlite3|src/store/
yaml.h|src/base/yaml
cjson/|src/base/json
pcre2|src/base/regex
xxhash|src/base/(map.c|digest.c)
sha256|src/base/digest.c
HOMES
exit 0
