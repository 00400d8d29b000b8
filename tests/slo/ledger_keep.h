/* ledger_keep: what the store does with a ledger's changes, in memory, for tests: keeps rows, days as blobs,
 * amendments, states; makes a ledger anew from them. */
#ifndef SLOBURN_TESTS_LEDGER_KEEP_H
#define SLOBURN_TESTS_LEDGER_KEEP_H

#include "base/buf.h"
#include "base/labels.h"
#include "base/vec.h"
#include "slo/ledger_health.h"
#include "slo/ledger_restore.h"

#include <stdlib.h>

struct kept_day {
    uint32_t group;
    int64_t day;
    char *blob;
    size_t len;
    struct window_sum totals;
};

struct keep {
    struct ledger_head head;
    VEC(struct ledger_row) rows;
    VEC(struct kept_day) days;
    VEC(struct ledger_series) series;
    VEC(struct ledger_target) targets;
    VEC(const struct labels *) groups;
    uint64_t notes[NOTE_CODES];
};

static inline void keep_row(struct keep *keep, const struct ledger_row *row)
{
    for (size_t i = keep->rows.len; i-- > 0;) {
        if (keep->rows.at[i].group == row->group && keep->rows.at[i].minute.minute == row->minute.minute) {
            keep->rows.at[i] = *row;
            return;
        }
    }
    VEC_PUSH(&keep->rows, *row);
}

static inline void keep_drop_rows(struct keep *keep, uint32_t group, int64_t day)
{
    size_t n = 0;
    for (size_t i = 0; i < keep->rows.len; i++)
        if (keep->rows.at[i].group != group || day_of_minute(keep->rows.at[i].minute.minute) != day)
            keep->rows.at[n++] = keep->rows.at[i];
    keep->rows.len = n;
}

static inline struct kept_day *keep_day(struct keep *keep, uint32_t group, int64_t day)
{
    for (size_t i = 0; i < keep->days.len; i++)
        if (keep->days.at[i].group == group && keep->days.at[i].day == day)
            return &keep->days.at[i];
    VEC_PUSH(&keep->days, (struct kept_day){.group = group, .day = day});
    return &keep->days.at[keep->days.len - 1];
}

static inline void keep_amend(struct keep *keep, const struct ledger_amend *amend)
{
    struct kept_day *day = keep_day(keep, amend->group, day_of_minute(amend->amend.minute));
    struct buf out;
    struct err err;
    buf_init(&out, 1 << 20);
    if (!day_blob_amend((struct text){day->blob, day->len}, day->day, &amend->amend, 1, &out, &day->totals,
                        &err))
        abort();
    free(day->blob);
    day->blob = memcpy(malloc(out.len), out.at, out.len);
    day->len = out.len;
    buf_finish(&out);
}

static inline void keep_state(struct keep *keep, const struct ledger_change *change)
{
    for (size_t i = 0; i < change->n_series; i++) {
        size_t k = 0;
        while (k < keep->series.len && (keep->series.at[k].labels != change->series[i].labels ||
                                        keep->series.at[k].term != change->series[i].term))
            k++;
        if (k == keep->series.len)
            VEC_PUSH(&keep->series, change->series[i]);
        keep->series.at[k] = change->series[i];
    }
    for (size_t i = 0; i < change->n_targets; i++) {
        size_t k = 0;
        while (k < keep->targets.len && keep->targets.at[k].labels != change->targets[i].labels)
            k++;
        if (k == keep->targets.len)
            VEC_PUSH(&keep->targets, change->targets[i]);
        keep->targets.at[k] = change->targets[i];
    }
}

static inline void keep_change(struct keep *keep, const struct ledger *ledger,
                               const struct ledger_change *change)
{
    keep->head = change->head;
    for (size_t i = change->first_new_group; i < ledger_groups(ledger); i++)
        VEC_PUSH(&keep->groups, ledger_group_labels(ledger, (uint32_t)i));
    for (size_t i = 0; i < change->n_rows; i++)
        keep_row(keep, &change->rows[i]);
    for (size_t i = 0; i < change->n_days; i++) {
        const struct ledger_day *d = &change->days[i];
        struct kept_day *day = keep_day(keep, d->group, d->day);
        free(day->blob);
        day->blob = memcpy(malloc(d->blob.len), d->blob.at, d->blob.len);
        day->len = d->blob.len;
        day->totals = d->totals;
        keep_drop_rows(keep, d->group, d->day);
    }
    for (size_t i = 0; i < change->n_amends; i++)
        keep_amend(keep, &change->amends[i]);
    for (size_t i = 0; i < change->n_notes; i++)
        keep->notes[change->notes[i].code] += change->notes[i].count;
    keep_state(keep, change);
}

static inline int keep_compare_rows(const void *a, const void *b)
{
    const struct ledger_row *x = a;
    const struct ledger_row *y = b;
    return x->minute.minute < y->minute.minute ? -1 : x->minute.minute > y->minute.minute;
}

/* The group's minutes from both forms, rising, into `out` (at most max). */
static inline size_t keep_minutes(struct keep *keep, uint32_t group, struct minute *out, size_t max)
{
    size_t n = 0;
    for (int64_t day = INT64_MIN;;) {
        const struct kept_day *next = NULL;
        for (size_t i = 0; i < keep->days.len; i++)
            if (keep->days.at[i].group == group && keep->days.at[i].day > day &&
                (!next || keep->days.at[i].day < next->day))
                next = &keep->days.at[i];
        if (!next)
            break;
        struct minute minutes[DAY_MINUTES];
        size_t n_day;
        struct err err;
        if (!day_blob_decode((struct text){next->blob, next->len}, next->day, minutes, &n_day, &err))
            abort();
        for (size_t i = 0; i < n_day && n < max; i++)
            out[n++] = minutes[i];
        day = next->day;
    }
    if (keep->rows.len)
        qsort(keep->rows.at, keep->rows.len, sizeof *keep->rows.at, keep_compare_rows);
    for (size_t i = 0; i < keep->rows.len && n < max; i++)
        if (keep->rows.at[i].group == group)
            out[n++] = keep->rows.at[i].minute;
    return n;
}

static inline struct ledger *keep_restore(struct keep *keep, const struct slo *slo, struct label_table *table)
{
    static struct minute minutes[200000];
    struct ledger *ledger = ledger_new(slo, table, TEXT(""));
    ledger_restore_head(ledger, &keep->head);
    for (size_t i = 0; i < keep->groups.len; i++) {
        size_t n = keep_minutes(keep, (uint32_t)i + 1, minutes, sizeof minutes / sizeof *minutes);
        ledger_restore_group(ledger, keep->groups.at[i], n ? minutes[0].minute : INT64_MAX);
    }
    for (size_t i = 0; i < keep->targets.len; i++)
        ledger_restore_target(ledger, &keep->targets.at[i]);
    for (size_t i = 0; i < keep->series.len; i++)
        ledger_restore_series(ledger, &keep->series.at[i]);
    for (uint32_t g = 0; g <= keep->groups.len; g++) {
        size_t n = keep_minutes(keep, g, minutes, sizeof minutes / sizeof *minutes);
        for (size_t i = 0; i < n; i++)
            ledger_restore_minute(ledger, g, &minutes[i]);
    }
    return ledger;
}

static inline void keep_finish(struct keep *keep)
{
    for (size_t i = 0; i < keep->days.len; i++)
        free(keep->days.at[i].blob);
    VEC_FREE(&keep->days);
    VEC_FREE(&keep->rows);
    VEC_FREE(&keep->series);
    VEC_FREE(&keep->targets);
    VEC_FREE(&keep->groups);
}

#endif
