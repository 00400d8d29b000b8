#!/bin/sh
# Runs Prometheus' own test scripts (PROMQLTEST ROOT); exits 77 where the folder with them is not at hand.
promqltest=$1
shared=${SLOBURN_SHARED:-$2/../shared}
scripts=$shared/conformance/promqltest
if [ ! -d "$scripts" ]; then
    echo "skipped: no conformance scripts in $scripts"
    exit 77
fi
exec "$promqltest" "$scripts"/*.test
