/* counters: what sloburn counts about itself, for /metrics; one of the four things its threads share. */
#ifndef SLOBURN_ENGINE_COUNTERS_H
#define SLOBURN_ENGINE_COUNTERS_H

#include <stdatomic.h>
#include <stdint.h>

struct counters {
    atomic_llong evaluations;        /* groups evaluated */
    atomic_llong evaluations_failed; /* of these, blind */
    atomic_llong evaluations_late;   /* slots evaluated after their interval */
    atomic_llong slots_skipped;      /* older than an hour at a restart */
    atomic_llong evaluation_cpu_us;
    atomic_llong evaluation_reads; /* SELECTs of evaluations of SLOs: none in an ordinary one */
    atomic_llong engine_reads;     /* these and those between evaluations */
    atomic_llong samples_fetched;
    atomic_llong commits_failed;
    atomic_llong obligations;
    atomic_llong deliveries;
    atomic_llong deliveries_failed; /* attempts */
    atomic_llong deliveries_dead;
    atomic_llong emergency_deliveries; /* handed over while the store failed */
    atomic_llong reloads;
    atomic_llong reloads_refused;
    atomic_llong http_requests;
    atomic_llong last_slot_ms;
    atomic_llong last_commit_ms;  /* engine time */
    atomic_llong clock_behind_ms; /* how far the clock is behind what was evaluated: until then nothing is */
    atomic_int ready;             /* the first live evaluation is committed */
    atomic_int fill_percent;      /* of history, 100 when done */
    atomic_llong fill_left_ms;    /* how long the rest of it may take; -1: not known yet */
};

static inline void count(atomic_llong *counter, long long n)
{
    atomic_fetch_add_explicit(counter, n, memory_order_relaxed);
}

#endif
