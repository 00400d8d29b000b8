#!/bin/sh
# Runs Prometheus' own test scripts and one-line cases (PROMQLTEST ROOT); exits 77 where the folder with them is not
# at hand.
promqltest=$1
shared=${SLOBURN_SHARED:-$2/../shared}/conformance
if [ ! -d "$shared/promqltest" ]; then
    echo "skipped: no conformance data in $shared"
    exit 77
fi
status=0
"$promqltest" --parse "$shared/parse_cases.txt" || status=1
"$promqltest" --print "$shared/printer_cases.txt" || status=1
"$promqltest" --series "$shared/series_cases.txt" || status=1
"$promqltest" "$shared"/promqltest/*.test || status=1
exit $status
