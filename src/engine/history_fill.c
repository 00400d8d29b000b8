/* Pace and progress of the filling from history. */
#include "engine/history_fill.h"

bool history_fill_may(struct history_fill *fill, int64_t now_ms)
{
    if (fill->asked_ms) {
        int64_t rest_ms = (now_ms - fill->asked_ms) / 2;
        rest_ms = rest_ms > FILL_REST_MOST_MS ? FILL_REST_MOST_MS : rest_ms;
        if (fill->rest_to_ms < now_ms + rest_ms)
            fill->rest_to_ms = now_ms + rest_ms;
        fill->asked_ms = 0;
    }
    return now_ms >= fill->rest_to_ms || now_ms < fill->rest_to_ms - FILL_RETRY_MS; /* a clock set back */
}

void history_fill_read(struct history_fill *fill, int64_t now_ms, double share)
{
    if (!fill->began_ms)
        fill->began_ms = now_ms;
    fill->asked_ms = now_ms;
    if (share > fill->share) {
        fill->share = share;
        fill->changed_ms = now_ms;
    }
}

void history_fill_failed(struct history_fill *fill, int64_t now_ms, size_t n_groups)
{
    fill->turn = n_groups ? (fill->turn + 1) % n_groups : 0;
    fill->asked_ms = 0;
    fill->rest_to_ms = now_ms + FILL_RETRY_MS;
}

int64_t history_fill_left_ms(const struct history_fill *fill, int64_t now_ms)
{
    int64_t took_ms = fill->changed_ms - fill->began_ms;
    if (fill->share <= 0.01 || took_ms <= 0)
        return -1;
    double left_ms = (double)took_ms * (1 - fill->share) / fill->share - (double)(now_ms - fill->changed_ms);
    return left_ms < 1000 ? 1000 : (int64_t)left_ms;
}
