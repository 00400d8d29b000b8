/* One pass over the answer. Members of objects may come in any order; where "result" comes before
 * "resultType" it is read last. The samples of a series are collected in scratch columns and copied once
 * their number is known. */
#include "source/samples.h"

#include "base/arena.h"
#include "base/digits.h"
#include "base/number.h"
#include "base/vec.h"
#include "source/json_cursor.h"

#include <math.h>

enum { LABELS_MAX = 1000, MESSAGE_BYTES_MAX = 400 };

/* Seconds beyond this do not fit milliseconds in an int64. */
static const double SECONDS_MAX = 9e15;

struct scan {
    struct json_cursor cursor;
    struct label_table *table;
    struct arena *arena;
    size_t max_samples;
    bool over_limit;
    struct samples_answer answer;
    bool is_error; /* "status":"error" */
    bool has_status;
    struct text error_type; /* in the arena */
    struct text error;
    const char *late_result; /* where "result" stands, if its type was not known yet */
    VEC(struct series) series;
    VEC(int64_t) times;
    VEC(double) values;
    VEC(struct label) labels;
};

/* --- samples --- */

/* Decimal seconds with any number of decimals, to the nearest millisecond; with an exponent by way of a
 * double. */
static const char *scan_time(const char *p, const char *end, int64_t *ms)
{
    const char *from = p;
    bool negative = p < end && *p == '-';
    p += negative;
    const char *digits = p;
    int64_t seconds = 0;
    uint64_t eight;
    if (end - p >= 8 && digits_take_eight(p, &eight)) {
        seconds = (int64_t)eight;
        p += 8;
    }
    while (p < end && *p >= '0' && *p <= '9' && p - digits < 15)
        seconds = seconds * 10 + (*p++ - '0');
    if (p == digits)
        return NULL;
    int64_t fraction = 0;
    int n = 0;
    if (p < end && *p == '.') {
        p++;
        while (p < end && *p >= '0' && *p <= '9' && n < 3) {
            fraction = fraction * 10 + (*p++ - '0');
            n++;
        }
        for (; n > 0 && n < 3; n++)
            fraction *= 10;
    }
    if (p == end || (*p != ',' && *p != ' ')) {
        double exact;
        p = number_scan(from, end, &exact);
        if (!p || !(fabs(exact) < SECONDS_MAX))
            return NULL;
        *ms = llround(exact * 1000);
        return p;
    }
    *ms = (negative ? -1 : 1) * (seconds * 1000 + fraction);
    return p;
}

static bool add_sample(struct scan *scan, int64_t t, double v)
{
    int64_t last = scan->times.len > 0 ? scan->times.at[scan->times.len - 1] : INT64_MIN;
    if (t < last)
        return json_fail(&scan->cursor, "samples that are not in the order of time");
    if (t == last) { /* two replicas without deduplication: the later one wins */
        scan->values.at[scan->values.len - 1] = v;
        return true;
    }
    VEC_PUSH(&scan->times, t);
    VEC_PUSH(&scan->values, v);
    scan->answer.n_samples++;
    if (scan->max_samples == 0 || scan->answer.n_samples <= scan->max_samples)
        return true;
    scan->over_limit = true;
    return json_fail(&scan->cursor, "too many samples");
}

/* "1.5", or null for a stale marker. */
static bool take_value(struct scan *scan, double *value)
{
    struct json_cursor *cursor = &scan->cursor;
    if (json_peek(cursor) == 'n') {
        *value = stale_nan();
        scan->answer.n_stale++;
        return json_skip(cursor);
    }
    if (!json_expect(cursor, '"'))
        return false;
    const char *behind = number_scan(cursor->at, cursor->end, value);
    if (!behind)
        return json_fail(cursor, "a sample's value that is no number");
    cursor->at = behind;
    if (behind == cursor->end || *behind != '"')
        return json_fail(cursor, "a sample's value that is no number");
    cursor->at++;
    return true;
}

/* [1435781430.781,"1"] */
static bool take_sample(struct scan *scan)
{
    struct json_cursor *cursor = &scan->cursor;
    int64_t t;
    double v;
    if (!json_expect(cursor, '['))
        return false;
    json_peek(cursor);
    const char *behind = scan_time(cursor->at, cursor->end, &t);
    if (!behind)
        return json_fail(cursor, "a sample's time that is no number");
    cursor->at = behind;
    return json_expect(cursor, ',') && take_value(scan, &v) && json_expect(cursor, ']') &&
           add_sample(scan, t, v);
}

/* As many samples as stand there in the form in which servers write them, [t,"v"],[t,"v"],… without space;
 * what is written otherwise, and the last one, is left to the careful way. This is where the time of a scan
 * goes. */
static bool take_plain_samples(struct scan *scan)
{
    const char *end = scan->cursor.end;
    for (const char *p = scan->cursor.at; end - p > 1 && *p == '['; scan->cursor.at = p) {
        int64_t t;
        double v;
        p = scan_time(p + 1, end, &t);
        if (!p || end - p < 2 || p[0] != ',' || p[1] != '"')
            return true;
        p = number_scan(p + 2, end, &v);
        if (!p || end - p < 3 || p[0] != '"' || p[1] != ']' || p[2] != ',')
            return true;
        p += 3;
        if (!add_sample(scan, t, v))
            return false;
    }
    return true;
}

static bool take_samples(struct scan *scan)
{
    struct json_cursor *cursor = &scan->cursor;
    if (!json_expect(cursor, '['))
        return false;
    const char *from = cursor->at;
    if (!take_plain_samples(scan))
        return false;
    if (cursor->at > from && json_peek(cursor) == ']')
        return json_fail(cursor, "a comma too many");
    for (bool first = true; json_more(cursor, ']', &first);) {
        if (!take_sample(scan))
            return false;
    }
    return !json_is_failed(cursor);
}

/* --- series --- */

static bool take_metric(struct scan *scan, const struct labels **labels)
{
    struct json_cursor *cursor = &scan->cursor;
    VEC_CLEAR(&scan->labels);
    if (!json_expect(cursor, '{'))
        return false;
    for (bool first = true; json_more(cursor, '}', &first);) {
        struct text name;
        struct text value;
        struct label label;
        if (scan->labels.len == LABELS_MAX)
            return json_fail(cursor, "too many labels");
        if (!json_take_key(cursor, &name))
            return false;
        if (!text_utf8_valid(name))
            return json_fail(cursor, "a label's name is not UTF-8");
        label.name = symbol_intern(scan->table, name);
        if (!json_take_string(cursor, &value))
            return false;
        if (!text_utf8_valid(value))
            return json_fail(cursor, "a label's value is not UTF-8");
        label.value = symbol_intern(scan->table, value);
        VEC_PUSH(&scan->labels, label);
    }
    *labels = labels_intern(scan->table, scan->labels.at, scan->labels.len);
    return !json_is_failed(cursor);
}

static void keep_series(struct scan *scan, const struct labels *labels)
{
    size_t n = scan->times.len;
    if (n == 0)
        return;
    int64_t *times = ARENA_ARRAY(scan->arena, int64_t, n);
    double *values = ARENA_ARRAY(scan->arena, double, n);
    memcpy(times, scan->times.at, n * sizeof *times);
    memcpy(values, scan->values.at, n * sizeof *values);
    VEC_PUSH(&scan->series, (struct series){.labels = labels, .len = n, .times_ms = times, .values = values});
}

static bool skip_histograms(struct scan *scan)
{
    scan->answer.n_histograms++;
    return json_skip(&scan->cursor);
}

static bool take_member(struct scan *scan, struct text key, const struct labels **labels)
{
    if (text_is(key, "metric"))
        return take_metric(scan, labels);
    if (text_is(key, "value"))
        return take_sample(scan);
    if (text_is(key, "values"))
        return take_samples(scan);
    if (text_is(key, "histogram") || text_is(key, "histograms"))
        return skip_histograms(scan);
    return json_skip(&scan->cursor);
}

/* {"metric":{…},"values":[…]} */
static bool take_series(struct scan *scan)
{
    struct json_cursor *cursor = &scan->cursor;
    const struct labels *labels = NULL;
    VEC_CLEAR(&scan->times);
    VEC_CLEAR(&scan->values);
    if (!json_expect(cursor, '{'))
        return false;
    for (bool first = true; json_more(cursor, '}', &first);) {
        struct text key;
        if (!json_take_key(cursor, &key) || !take_member(scan, key, &labels))
            return false;
    }
    if (json_is_failed(cursor))
        return false;
    if (!labels)
        return json_fail(cursor, "a series without \"metric\"");
    keep_series(scan, labels);
    return true;
}

static bool take_series_list(struct scan *scan)
{
    if (!json_expect(&scan->cursor, '['))
        return false;
    for (bool first = true; json_more(&scan->cursor, ']', &first);) {
        if (!take_series(scan))
            return false;
    }
    return !json_is_failed(&scan->cursor);
}

static bool take_scalar(struct scan *scan)
{
    if (!take_sample(scan))
        return false;
    keep_series(scan, labels_empty(scan->table));
    return true;
}

/* [1435781451.781,"text"] */
static bool take_string_result(struct scan *scan)
{
    struct json_cursor *cursor = &scan->cursor;
    struct text string;
    if (!json_expect(cursor, '[') || !json_skip(cursor) || !json_expect(cursor, ',') ||
        !json_take_string(cursor, &string) || !json_expect(cursor, ']'))
        return false;
    scan->answer.string = text_copy(scan->arena, string);
    return true;
}

/* --- the envelope --- */

static bool take_result(struct scan *scan)
{
    switch (scan->answer.type) {
    case SAMPLES_VECTOR:
    case SAMPLES_MATRIX:
        return take_series_list(scan);
    case SAMPLES_SCALAR:
        return take_scalar(scan);
    case SAMPLES_STRING:
        return take_string_result(scan);
    case SAMPLES_NONE:
        break;
    }
    if (scan->late_result)
        return json_fail(&scan->cursor, "\"result\" twice");
    json_peek(&scan->cursor);
    scan->late_result = scan->cursor.at;
    return json_skip(&scan->cursor);
}

static bool take_type(struct scan *scan)
{
    static const char *const names[] = {[SAMPLES_NONE] = "",
                                        [SAMPLES_VECTOR] = "vector",
                                        [SAMPLES_MATRIX] = "matrix",
                                        [SAMPLES_SCALAR] = "scalar",
                                        [SAMPLES_STRING] = "string"};
    struct text name;
    if (!json_take_string(&scan->cursor, &name))
        return false;
    for (enum samples_type type = SAMPLES_VECTOR; type <= SAMPLES_STRING; type++) {
        if (text_is(name, names[type])) {
            scan->answer.type = type;
            return true;
        }
    }
    return json_fail(&scan->cursor, "an unknown \"resultType\"");
}

static bool take_data(struct scan *scan)
{
    struct json_cursor *cursor = &scan->cursor;
    if (json_peek(cursor) != '{')
        return json_skip(cursor); /* null beside an error */
    if (!json_expect(cursor, '{'))
        return false;
    for (bool first = true; json_more(cursor, '}', &first);) {
        struct text key;
        if (!json_take_key(cursor, &key))
            return false;
        bool good = text_is(key, "resultType") ? take_type(scan)
                    : text_is(key, "result")   ? take_result(scan)
                                               : json_skip(cursor);
        if (!good)
            return false;
    }
    return !json_is_failed(cursor);
}

static bool take_late_result(struct scan *scan)
{
    if (!scan->late_result)
        return true;
    const char *at = scan->cursor.at;
    scan->cursor.at = scan->late_result;
    if (scan->answer.type == SAMPLES_NONE)
        return json_fail(&scan->cursor, "\"result\" without \"resultType\"");
    bool good = take_result(scan);
    if (good)
        scan->cursor.at = at;
    return good;
}

static bool take_text(struct scan *scan, struct text *out)
{
    struct text taken;
    if (!json_take_string(&scan->cursor, &taken))
        return false;
    *out = text_copy(scan->arena, text_part(taken, 0, MESSAGE_BYTES_MAX));
    return true;
}

static bool take_status(struct scan *scan)
{
    struct text status;
    if (!json_take_string(&scan->cursor, &status))
        return false;
    scan->has_status = true;
    scan->is_error = text_is(status, "error");
    return scan->is_error || text_is(status, "success") || json_fail(&scan->cursor, "an unknown \"status\"");
}

static bool take_warnings(struct scan *scan)
{
    struct json_cursor *cursor = &scan->cursor;
    if (json_peek(cursor) == 'n')
        return json_skip(cursor);
    if (!json_expect(cursor, '['))
        return false;
    for (bool first = true; json_more(cursor, ']', &first);) {
        struct text warning;
        if (!take_text(scan, &warning))
            return false;
        if (!scan->answer.partial)
            scan->answer.warning = warning;
        scan->answer.partial = true;
    }
    return !json_is_failed(cursor);
}

/* VictoriaMetrics' own word for it. */
static bool take_is_partial(struct scan *scan)
{
    bool partial;
    if (!json_take_bool(&scan->cursor, &partial))
        return false;
    scan->answer.partial |= partial;
    return true;
}

static bool take_envelope_member(struct scan *scan, struct text key)
{
    if (text_is(key, "status"))
        return take_status(scan);
    if (text_is(key, "data"))
        return take_data(scan);
    if (text_is(key, "errorType"))
        return take_text(scan, &scan->error_type);
    if (text_is(key, "error"))
        return take_text(scan, &scan->error);
    if (text_is(key, "warnings"))
        return take_warnings(scan);
    if (text_is(key, "isPartial"))
        return take_is_partial(scan);
    return json_skip(&scan->cursor);
}

static bool take_envelope(struct scan *scan)
{
    struct json_cursor *cursor = &scan->cursor;
    if (!json_expect(cursor, '{'))
        return false;
    for (bool first = true; json_more(cursor, '}', &first);) {
        struct text key;
        if (!json_take_key(cursor, &key) || !take_envelope_member(scan, key))
            return false;
    }
    if (json_is_failed(cursor))
        return false;
    if (json_peek(cursor) != '\0' || cursor->at != cursor->end)
        return json_fail(cursor, "something follows the JSON");
    return take_late_result(scan);
}

/* --- what went wrong --- */

/* The server's words on one line. */
static void put_line(struct text t, struct buf *out)
{
    for (size_t i = 0; i < t.len; i++)
        buf_putc(out, (unsigned char)t.at[i] < ' ' ? ' ' : t.at[i]);
}

static enum err_kind kind_of_refusal(const struct scan *scan)
{
    static const char *const servers_fault[] = {"timeout", "unavailable", "internal", "canceled",
                                                "too_many_requests"};
    if (text_contains(scan->error, TEXT("too many samples")) ||
        text_contains(scan->error, TEXT("exceeded sample limit")))
        return ERR_LIMIT;
    for (size_t i = 0; i < sizeof servers_fault / sizeof *servers_fault; i++) {
        if (text_is(scan->error_type, servers_fault[i]))
            return ERR_UNREACHABLE;
    }
    return ERR_INPUT;
}

static bool explain(const struct scan *scan, struct err *err)
{
    struct buf line;
    buf_init(&line, ERR_MESSAGE_MAX);
    enum err_kind kind = ERR_INPUT;
    if (scan->over_limit) {
        kind = ERR_LIMIT;
        buf_printf(&line, "the answer has more than %zu samples", scan->max_samples);
    } else if (json_is_failed(&scan->cursor)) {
        buf_puts(&line, "the answer ");
        json_cursor_explain(&scan->cursor, &line);
    } else if (scan->is_error) {
        kind = kind_of_refusal(scan);
        put_line(scan->error_type, &line);
        buf_puts(&line, ": ");
        put_line(scan->error, &line);
    } else {
        buf_puts(&line, scan->has_status
                            ? "the answer has no \"data\" of a query"
                            : "the answer is JSON, but not of Prometheus' API: it has no \"status\"");
    }
    err_set(err, kind, "%s", buf_cstring(&line));
    buf_finish(&line);
    return false;
}

static void keep_answer(struct scan *scan, struct samples_answer *answer)
{
    struct series *kept = ARENA_ARRAY(scan->arena, struct series, scan->series.len);
    if (scan->series.len > 0)
        memcpy(kept, scan->series.at, scan->series.len * sizeof *kept);
    scan->answer.series = (struct series_set){kept, scan->series.len};
    *answer = scan->answer;
}

bool samples_scan(struct text body, size_t max_samples, struct label_table *table, struct arena *arena,
                  struct samples_answer *answer, struct err *err)
{
    struct scan scan = {.table = table, .arena = arena, .max_samples = max_samples};
    json_cursor_init(&scan.cursor, body);
    bool good = take_envelope(&scan) && scan.has_status && !scan.is_error && scan.answer.type != SAMPLES_NONE;
    if (good)
        keep_answer(&scan, answer);
    else
        explain(&scan, err);
    VEC_FREE(&scan.series);
    VEC_FREE(&scan.times);
    VEC_FREE(&scan.values);
    VEC_FREE(&scan.labels);
    json_cursor_finish(&scan.cursor);
    return good;
}
