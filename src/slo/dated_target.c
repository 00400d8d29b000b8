/* Targets by their dates: the list, and what earlier targets allowed of a window. */
#include "slo/dated_target.h"

#include "base/decimal.h"
#include "base/memory.h"
#include "base/vec.h"

#include <assert.h>
#include <string.h>

typedef __int128 wide;

struct dated_target dated_target_of(const struct slo *slo, int64_t from_minute)
{
    bool total = slo->kind == SLO_TOTAL && slo->n_windows;
    return (struct dated_target){.from_minute = from_minute,
                                 .target_billionths = slo->target_billionths,
                                 .allowance_billionths = slo->allowance_billionths,
                                 .period_minutes = total ? slo->windows[0].length_ms / MINUTE_MS : 0,
                                 .objective = slo->objective};
}

bool dated_target_same(const struct dated_target *a, const struct dated_target *b)
{
    return a->target_billionths == b->target_billionths &&
           a->allowance_billionths == b->allowance_billionths && a->period_minutes == b->period_minutes;
}

static struct text own_copy(struct text t)
{
    char *copy = memory_alloc(t.len + 1);
    if (t.len)
        memcpy(copy, t.at, t.len);
    copy[t.len] = '\0';
    return (struct text){copy, t.len};
}

static void release(struct dated_target *target)
{
    memory_free((void *)(uintptr_t)target->objective.at);
}

/* The oldest goes; its minutes are then the next one's. */
static void drop_oldest(struct dated_targets *targets)
{
    assert(targets->at && targets->len);
    release(&targets->at[0]);
    targets->len--;
    memmove(targets->at, targets->at + 1, targets->len * sizeof *targets->at);
}

void dated_targets_add(struct dated_targets *targets, const struct dated_target *target)
{
    struct dated_target kept = *target;
    struct dated_target *last = targets->len ? &targets->at[targets->len - 1] : NULL;
    kept.objective = own_copy(target->objective);
    if (last && dated_target_same(last, target)) {
        release(last);
        last->objective = kept.objective;
        return;
    }
    assert(targets->len <= targets->cap && (targets->at || targets->cap == 0));
    VEC_PUSH(targets, kept);
    if (targets->len > DATED_TARGETS_MAX)
        drop_oldest(targets);
}

void dated_targets_trim(struct dated_targets *targets)
{
    if (targets->len == 1)
        dated_targets_finish(targets);
}

void dated_targets_finish(struct dated_targets *targets)
{
    for (size_t i = 0; i < targets->len; i++)
        release(&targets->at[i]);
    VEC_FREE(targets);
}

struct minute_span dated_target_minutes(const struct dated_targets *targets, size_t i, int64_t from_minute,
                                        int64_t to_minute)
{
    struct minute_span span = {from_minute, to_minute};
    if (i > 0 && targets->at[i].from_minute > from_minute)
        span.from_minute = targets->at[i].from_minute;
    if (i + 1 < targets->len && targets->at[i + 1].from_minute < to_minute)
        span.to_minute = targets->at[i + 1].from_minute;
    return span;
}

const struct dated_target *dated_target_at(const struct dated_targets *targets, int64_t minute)
{
    size_t i = targets->len;
    while (i > 1 && targets->at[i - 1].from_minute > minute)
        i--;
    return i ? &targets->at[i - 1] : NULL;
}

/* *sum + a x b, saturating. */
static void add_product(wide *sum, wide a, wide b)
{
    const wide most = (wide)(~(unsigned __int128)0 >> 1);
    wide product;
    if (__builtin_mul_overflow(a, b, &product))
        product = (a < 0) == (b < 0) ? most : -most;
    if (__builtin_add_overflow(*sum, product, sum))
        *sum = product < 0 ? -most : most;
}

void earlier_allowed_add(struct earlier_allowed *earlier, const struct slo *slo,
                         const struct dated_target *target, const struct window_sum *part)
{
    wide more = (wide)target->allowance_billionths - slo->allowance_billionths;
    add_product(&earlier->units, more, part->units);
    add_product(&earlier->hidden, more, part->hidden);
}

bool earlier_allowed_over(const struct dated_targets *targets, const struct slo *slo,
                          const struct window_source *source, const struct minute_span *window,
                          const struct minute_span *excluded, size_t n_excluded,
                          struct earlier_allowed *earlier, struct err *err)
{
    struct earlier_allowed total = {0};
    for (size_t i = 0; i + 1 < targets->len; i++) {
        struct minute_span span = dated_target_minutes(targets, i, window->from_minute, window->to_minute);
        struct window_sum part;
        if (span.from_minute >= span.to_minute)
            continue;
        if (!window_sum_over(source, span.from_minute, span.to_minute, excluded, n_excluded, &part, err))
            return false;
        earlier_allowed_add(&total, slo, &targets->at[i], &part);
    }
    *earlier = total;
    return true;
}

static int64_t capped(wide v)
{
    return v > INT64_MAX ? INT64_MAX : v < 0 ? 0 : (int64_t)v;
}

/* In billionths, for the nominal period of the definition. */
static wide ceiling_of(const struct dated_target *target, const struct dated_target *now)
{
    wide ceiling = target->target_billionths;
    bool same = target->period_minutes == now->period_minutes || !target->period_minutes;
    return same ? ceiling : ceiling * now->period_minutes / target->period_minutes;
}

int64_t dated_ceiling(const struct dated_targets *targets, const struct slo *slo, const struct period *period)
{
    int64_t from = period->from_ms / MINUTE_MS, to = period->to_ms / MINUTE_MS;
    struct dated_target now = dated_target_of(slo, 0);
    wide sum = 0;
    if (!targets || targets->len < 2 || to <= from)
        return capped((wide)slo->target_billionths * slo->scale / DECIMAL_ONE);
    for (size_t i = 0; i < targets->len; i++) {
        struct minute_span span = dated_target_minutes(targets, i, from, to);
        if (span.from_minute < span.to_minute)
            sum += ceiling_of(&targets->at[i], &now) * (span.to_minute - span.from_minute);
    }
    /* below 2^63 x 2^20 minutes x 2^20, and times a scale of 10^6 at most when it is divided */
    wide period_billionths = (wide)(to - from) * DECIMAL_ONE;
    wide whole = sum / period_billionths, rest = sum % period_billionths;
    return capped(whole * slo->scale + rest * slo->scale / period_billionths);
}
