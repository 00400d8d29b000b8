/* The day blob: version, count, seven columns, checksum. A column is a form byte and varints; the encoder
 * sizes every form and takes the shortest, so a quiet column (coverage, flags, hidden) costs two or three
 * bytes a day. */
#include "slo/day_blob.h"

#include "base/digest.h"
#include "slo/varint.h"

#include <assert.h>

enum form { FORM_CONSTANT, FORM_RUNS, FORM_PLAIN, FORM_DELTA, FORMS };

enum { COLUMNS = 7, CHECKSUM_BYTES = 4 };

struct column {
    int64_t at[DAY_MINUTES];
};

static int64_t column_value(const struct minute *m, int column, int64_t first_minute, size_t i)
{
    switch (column) {
    case 0:
        return m->minute - first_minute - (int64_t)i;
    case 1:
        return m->units;
    case 2:
        return m->spent;
    case 3:
        return m->hidden;
    case 4:
        return m->expected;
    case 5:
        return m->expected - m->seen;
    default:
        return m->flags;
    }
}

static void set_column_value(struct minute *m, int column, int64_t first_minute, size_t i, int64_t v)
{
    switch (column) {
    case 0:
        m->minute = wrap_add(wrap_add(v, first_minute), (int64_t)i);
        break;
    case 1:
        m->units = v;
        break;
    case 2:
        m->spent = v;
        break;
    case 3:
        m->hidden = v;
        break;
    case 4:
        m->expected = (int32_t)v;
        break;
    case 5:
        m->seen = (int32_t)((int64_t)m->expected - (int32_t)v);
        break;
    default:
        m->flags = (uint32_t)v;
    }
}

/* Writes the column in one form, or only sizes it where out is NULL. */
static size_t put_value(struct buf *out, uint64_t v)
{
    if (out)
        varint_write(out, v);
    return varint_size(v);
}

static size_t column_put(const int64_t *at, size_t n, enum form form, struct buf *out)
{
    size_t size = 0;
    int64_t before = 0;
    if (form == FORM_CONSTANT) {
        for (size_t i = 1; i < n; i++)
            if (at[i] != at[0])
                return SIZE_MAX;
        return put_value(out, n ? zigzag(at[0]) : 0);
    }
    for (size_t i = 0; i < n;) {
        size_t run = 1;
        if (form == FORM_RUNS)
            while (i + run < n && at[i + run] == at[i])
                run++;
        size += put_value(out, zigzag(form == FORM_PLAIN ? at[i] : wrap_subtract(at[i], before)));
        if (form == FORM_RUNS)
            size += put_value(out, run);
        before = at[i];
        i += run;
    }
    return size;
}

static void column_encode(const int64_t *at, size_t n, struct buf *out)
{
    enum form best = FORM_CONSTANT;
    size_t best_size = SIZE_MAX;
    for (int form = 0; form < FORMS; form++) {
        size_t size = column_put(at, n, (enum form)form, NULL);
        if (size < best_size) {
            best = (enum form)form;
            best_size = size;
        }
    }
    buf_putc(out, (char)best);
    column_put(at, n, best, out);
}

static bool column_decode(struct varint_reader *r, int64_t *at, size_t n)
{
    uint64_t form = varint_read(r);
    int64_t before = 0;
    if (r->bad || form >= FORMS)
        return false;
    for (size_t i = 0; i < n && !r->bad;) {
        int64_t v = unzigzag(varint_read(r));
        uint64_t run = form == FORM_CONSTANT ? n : form == FORM_RUNS ? varint_read(r) : 1;
        if (run == 0 || run > n - i)
            return false;
        if (form == FORM_RUNS || form == FORM_DELTA)
            v = wrap_add(v, before);
        before = v;
        for (; run; run--)
            at[i++] = v;
    }
    return !r->bad;
}

/* Of the bytes and of the day, so that a blob under another day's key is damage too. */
static uint32_t checksum(struct text bytes, int64_t day)
{
    return (uint32_t)(xxhash64(bytes.at, bytes.len) + (uint64_t)day * 0x9e3779b97f4a7c15ULL);
}

void day_blob_encode(const struct minute *minutes, size_t n, struct buf *out, struct window_sum *totals)
{
    struct column column;
    size_t start = out->len;
    assert(n <= DAY_MINUTES);
    int64_t first = n ? day_of_minute(minutes[0].minute) * DAY_MINUTES : 0;
    *totals = (struct window_sum){0};
    buf_putc(out, DAY_BLOB_VERSION);
    varint_write(out, n);
    for (int c = 0; n && c < COLUMNS; c++) {
        for (size_t i = 0; i < n; i++)
            column.at[i] = column_value(&minutes[i], c, first, i);
        column_encode(column.at, n, out);
    }
    for (size_t i = 0; i < n; i++)
        window_sum_minute(totals, &minutes[i]);
    uint32_t sum = checksum((struct text){out->at + start, out->len - start}, first / DAY_MINUTES);
    for (int i = 0; i < CHECKSUM_BYTES; i++)
        buf_putc(out, (char)(unsigned char)(sum >> (8 * i)));
}

static bool damaged(int64_t day, const char *what, struct err *err)
{
    err_set(err, ERR_STORE, "minutes of day %lld are damaged: %s", (long long)day, what);
    return false;
}

/* An empty blob is that of any day. */
static bool checksum_holds(struct text blob, int64_t day)
{
    size_t n = blob.len - CHECKSUM_BYTES;
    uint32_t sum = checksum((struct text){blob.at, n}, blob.at[1] ? day : 0);
    for (int i = 0; i < CHECKSUM_BYTES; i++)
        if ((unsigned char)blob.at[n + (size_t)i] != (unsigned char)(sum >> (8 * i)))
            return false;
    return true;
}

/* A checksum can be right over nonsense (a forged or foreign blob): what the rest relies on is checked too.
 */
static bool minutes_make_sense(const struct minute *at, size_t n, int64_t day)
{
    for (size_t i = 0; i < n; i++) {
        if (day_of_minute(at[i].minute) != day || (i && at[i].minute <= at[i - 1].minute))
            return false;
        if (at[i].expected < 0 || at[i].seen < 0 || at[i].seen > at[i].expected || at[i].hidden < 0)
            return false;
    }
    return true;
}

bool day_blob_decode(struct text blob, int64_t day, struct minute minutes[DAY_MINUTES], size_t *n,
                     struct err *err)
{
    struct column column;
    if (blob.len < 2 + CHECKSUM_BYTES || blob.len > DAY_BLOB_MAX_BYTES)
        return damaged(day, "wrong length", err);
    if (blob.at[0] != DAY_BLOB_VERSION)
        return damaged(day, "unknown version", err);
    if (!checksum_holds(blob, day))
        return damaged(day, "checksum differs", err);
    const unsigned char *bytes = (const unsigned char *)blob.at;
    struct varint_reader r = {bytes + 1, bytes + blob.len - CHECKSUM_BYTES, false};
    uint64_t count = varint_read(&r);
    if (r.bad || count > DAY_MINUTES)
        return damaged(day, "too many minutes", err);
    for (int c = 0; count && c < COLUMNS; c++) {
        if (!column_decode(&r, column.at, count))
            return damaged(day, "a column ends early", err);
        for (size_t i = 0; i < count; i++)
            set_column_value(&minutes[i], c, day * DAY_MINUTES, i, column.at[i]);
    }
    if (r.at != r.end || !minutes_make_sense(minutes, count, day))
        return damaged(day, "values make no sense", err);
    *n = count;
    return true;
}

void minute_amend_apply(struct minute *m, const struct minute_amend *amend)
{
    bool saturated = false;
    m->units = sum_saturating(m->units, amend->units, &saturated);
    m->spent = sum_saturating(m->spent, amend->spent, &saturated);
    m->hidden = sum_saturating(m->hidden, amend->hidden, &saturated);
    if (m->hidden < 0)
        m->hidden = 0;
    m->flags |= amend->flags | MINUTE_AMENDED;
    m->expected += amend->expected;
    m->seen += amend->seen;
    if (amend->seen > 0 && m->seen >= m->expected)
        m->flags &= ~(uint32_t)(MINUTE_SPREAD | MINUTE_DOWN | MINUTE_UNPRICED | MINUTE_UNCOUNTED);
}

/* The minute, made in its place if it is absent. */
static struct minute *minute_place(struct minute *minutes, size_t *n, int64_t minute)
{
    size_t i = *n;
    while (i > 0 && minutes[i - 1].minute >= minute)
        i--;
    if (i == *n || minutes[i].minute != minute) {
        assert(*n < DAY_MINUTES);
        memmove(&minutes[i + 1], &minutes[i], (*n - i) * sizeof *minutes);
        minutes[i] = (struct minute){.minute = minute};
        ++*n;
    }
    return &minutes[i];
}

bool day_blob_amend(struct text blob, int64_t day, const struct minute_amend *amends, size_t n,
                    struct buf *out, struct window_sum *totals, struct err *err)
{
    struct minute minutes[DAY_MINUTES];
    size_t n_minutes = 0;
    if (blob.len && !day_blob_decode(blob, day, minutes, &n_minutes, err))
        return false;
    for (size_t i = 0; i < n; i++)
        if (day_of_minute(amends[i].minute) == day)
            minute_amend_apply(minute_place(minutes, &n_minutes, amends[i].minute), &amends[i]);
    day_blob_encode(minutes, n_minutes, out, totals);
    return true;
}
