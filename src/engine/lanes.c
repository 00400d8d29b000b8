/* Receivers and when they may be written to. */
#include "engine/lanes.h"

#include "base/arena.h"
#include "base/duration.h"

/* A receiver that does not answer is tried at least this often, so that it is noticed soon when it is back.
 */
#define SILENT_MAX_MS (30 * SECOND_MS)

enum { FAILURES_MAX = 30 };

void lanes_finish(struct lanes *lanes)
{
    for (size_t i = 0; i < lanes->at.len; i++)
        memory_free(lanes->at.at[i].receiver);
    VEC_FREE(&lanes->at);
}

static struct lane *find(const struct lanes *lanes, struct text receiver)
{
    for (size_t i = 0; i < lanes->at.len; i++)
        if (text_is(receiver, lanes->at.at[i].receiver))
            return &lanes->at.at[i];
    return NULL;
}

void lanes_note(struct lanes *lanes, struct text receiver, const struct delivery *delivery,
                int64_t min_interval_ms, int64_t now_ms, uint64_t random)
{
    struct lane *lane = find(lanes, receiver);
    if (!lane) {
        VEC_PUSH(&lanes->at, (struct lane){.receiver = memory_copy_text(receiver.at, receiver.len)});
        lane = &lanes->at.at[lanes->at.len - 1];
    }
    int64_t wait_ms = min_interval_ms;
    if (delivery->outcome != DELIVERY_RETRY) {
        lane->failures = 0;
    } else {
        int64_t silent_ms = delivery_backoff_ms(lane->failures, random);
        if (lane->failures < FAILURES_MAX)
            lane->failures++;
        if (silent_ms > SILENT_MAX_MS)
            silent_ms = SILENT_MAX_MS;
        if (wait_ms < silent_ms)
            wait_ms = silent_ms;
        if (wait_ms < delivery->retry_after_ms)
            wait_ms = delivery->retry_after_ms;
    }
    lane->free_ms = now_ms + wait_ms;
}

bool lanes_is_held(const struct lanes *lanes, struct text receiver, int64_t now_ms)
{
    const struct lane *lane = find(lanes, receiver);
    return lane && lane->free_ms > now_ms;
}

const struct text *lanes_held(const struct lanes *lanes, int64_t now_ms, struct arena *arena, size_t *n)
{
    struct text *held = ARENA_ARRAY(arena, struct text, lanes->at.len);
    *n = 0;
    for (size_t i = 0; i < lanes->at.len; i++)
        if (lanes->at.at[i].free_ms > now_ms)
            held[(*n)++] = text_of(lanes->at.at[i].receiver);
    return held;
}

int64_t lanes_next_free(const struct lanes *lanes, int64_t now_ms)
{
    int64_t next = INT64_MAX;
    for (size_t i = 0; i < lanes->at.len; i++)
        if (lanes->at.at[i].free_ms > now_ms && lanes->at.at[i].free_ms < next)
            next = lanes->at.at[i].free_ms;
    return next;
}
