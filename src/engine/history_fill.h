/* history_fill: when the next chunk of history is read, how far it is, and how long it takes yet. After each
 * chunk the source has a rest of half the time that the chunk took, so that filling never takes more than two
 * thirds of its time; a group whose chunk failed lets the next one have its turn. No clock: time comes with
 * each step. */
#ifndef SLOBURN_ENGINE_HISTORY_FILL_H
#define SLOBURN_ENGINE_HISTORY_FILL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { FILL_REST_MOST_MS = 2000, FILL_RETRY_MS = 5000 };

struct history_fill {
    size_t turn;        /* the group that is filled next */
    int64_t began_ms;   /* 0: nothing was to be filled yet */
    int64_t asked_ms;   /* when the last chunk was begun; 0: its rest is taken */
    int64_t rest_to_ms; /* no chunk before */
    int64_t changed_ms; /* when `share` last grew */
    double share;       /* of all there is to fill, 0 to 1 */
};

/* May a chunk be read now? False: not before rest_to_ms. */
bool history_fill_may(struct history_fill *fill, int64_t now_ms);
/* A chunk of the group `turn` is read at now_ms, after which `share` of all is there. */
void history_fill_read(struct history_fill *fill, int64_t now_ms, double share);
/* It failed: later again, and another group first. */
void history_fill_failed(struct history_fill *fill, int64_t now_ms, size_t n_groups);
/* How long it will take yet, going on as until now; -1: not known yet. */
int64_t history_fill_left_ms(const struct history_fill *fill, int64_t now_ms);

#endif
