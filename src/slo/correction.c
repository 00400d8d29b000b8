/* Which minutes corrections take out of which figures, and what a correction needs before it may. */
#include "slo/correction.h"

#include "base/duration.h"
#include "base/vec.h"
#include "slo/calendar.h"

enum { REASON_MAX = 1000, PERSON_MAX = 200 };

#define CLOSED_AFTER_MS   (7 * DAY_MS)
#define CORRECTION_MAX_MS (400 * DAY_MS) /* of a single one */

static const char *const kind_names[] = {"maintenance", "exclusion"};

const char *correction_kind_text(enum correction_kind kind)
{
    return kind_names[kind];
}

bool correction_kind_read(struct text word, enum correction_kind *kind)
{
    for (int i = 0; i < 2; i++)
        if (text_is(word, kind_names[i])) {
            *kind = (enum correction_kind)i;
            return true;
        }
    return false;
}

static bool is_service_of(struct text name, const struct slo *slo)
{
    size_t skip = slo->environment.len;
    return text_starts(name, slo->environment) && name.len > skip && name.at[skip] == '/' &&
           text_eq(text_part(name, skip + 1, name.len), slo->service);
}

bool correction_applies(const struct correction *correction, const struct slo *slo)
{
    struct text rest = correction->selector;
    struct text form = text_cut(&rest, ':');
    if (text_is(form, "service"))
        return is_service_of(rest, slo);
    return text_is(form, "slo") && (text_eq(rest, slo->id) || (slo->was.len && text_eq(rest, slo->was)));
}

static void add_clipped(struct minute_span span, int64_t from_minute, int64_t to_minute,
                        struct minute_spans *spans)
{
    if (span.from_minute < from_minute)
        span.from_minute = from_minute;
    if (span.to_minute > to_minute)
        span.to_minute = to_minute;
    if (span.from_minute < span.to_minute)
        VEC_PUSH(spans, span);
}

void correction_minutes(const struct correction *correction, enum correction_use use, int64_t from_minute,
                        int64_t to_minute, struct minute_spans *spans)
{
    if (use == CORRECTION_FOR_BURN) {
        int64_t made = correction->made_ms / MINUTE_MS;
        if (correction->kind != CORRECTION_MAINTENANCE)
            return;
        from_minute = from_minute > made ? from_minute : made;
    }
    int64_t from_ms = from_minute * MINUTE_MS, to_ms = to_minute * MINUTE_MS;
    if (correction->recurrence.kind == RECURS_NEVER) {
        add_clipped(minute_span_of(correction->from_ms, correction->to_ms), from_minute, to_minute, spans);
        return;
    }
    from_ms = from_ms > correction->from_ms ? from_ms : correction->from_ms;
    to_ms = to_ms < correction->to_ms ? to_ms : correction->to_ms;
    if (from_ms < to_ms)
        recurrence_expand(&correction->recurrence, correction->zone, from_ms, to_ms, spans);
}

void correction_spans(const struct correction_set *set, const struct slo *slo, enum correction_use use,
                      int64_t from_minute, int64_t to_minute, struct minute_spans *spans)
{
    VEC_CLEAR(spans);
    for (size_t i = 0; set && i < set->len; i++)
        if (!set->at[i].revoked_ms && correction_applies(&set->at[i], slo))
            correction_minutes(&set->at[i], use, from_minute, to_minute, spans);
    minute_spans_merge(spans);
}

void correction_spans_at(const struct correction_set *set, const struct slo *slo, enum correction_use use,
                         int64_t now_ms, struct minute_spans *spans)
{
    correction_spans(set, slo, use, (now_ms - CORRECTION_BACK_MS) / MINUTE_MS,
                     (now_ms + CORRECTION_AHEAD_MS) / MINUTE_MS, spans);
}

bool minute_spans_equal(const struct minute_spans *a, const struct minute_spans *b)
{
    if (a->len != b->len)
        return false;
    for (size_t i = 0; i < a->len; i++)
        if (a->at[i].from_minute != b->at[i].from_minute || a->at[i].to_minute != b->at[i].to_minute)
            return false;
    return true;
}

bool minute_is_in(const struct minute_spans *spans, int64_t minute)
{
    for (size_t i = 0; i < spans->len; i++)
        if (minute >= spans->at[i].from_minute && minute < spans->at[i].to_minute)
            return true;
    return false;
}

bool correction_touches_closed(const struct correction *correction, const struct slo *slo, int64_t now_ms)
{
    int64_t closed_to_ms = 0;
    bool calendar = false;
    for (size_t i = 0; i < slo->n_windows; i++) {
        if (slo->windows[i].kind == WINDOW_ROLLING)
            continue;
        struct period open = period_at(&slo->windows[i], now_ms);
        closed_to_ms = open.from_ms > closed_to_ms ? open.from_ms : closed_to_ms;
        calendar = true;
    }
    if (!calendar)
        closed_to_ms = now_ms - CLOSED_AFTER_MS;
    struct minute_spans spans = {0};
    int64_t from_minute = minute_span_of(correction->from_ms, correction->from_ms).from_minute;
    correction_minutes(correction, CORRECTION_FOR_BUDGETS, from_minute, closed_to_ms / MINUTE_MS, &spans);
    bool touches = spans.len > 0;
    VEC_FREE(&spans);
    return touches;
}

bool correction_same_person(struct text a, struct text b)
{
    a = text_trim(a);
    b = text_trim(b);
    if (a.len != b.len)
        return false;
    for (size_t i = 0; i < a.len; i++) {
        unsigned char x = (unsigned char)a.at[i], y = (unsigned char)b.at[i];
        x = x >= 'A' && x <= 'Z' ? (unsigned char)(x + 32) : x;
        y = y >= 'A' && y <= 'Z' ? (unsigned char)(y + 32) : y;
        if (x != y)
            return false;
    }
    return true;
}

bool correction_check_approval(const struct correction *correction, const struct slo *const *slos, size_t n,
                               struct text author, struct text approver, int64_t now_ms, struct err *err)
{
    if (text_trim(approver).len && correction_same_person(author, approver))
        return err_set(err, ERR_USAGE, "%.*s cannot approve their own correction: a second person is needed",
                       TEXT_ARG(author));
    for (size_t i = 0; i < n && text_trim(approver).len == 0; i++)
        if (correction_touches_closed(correction, slos[i], now_ms))
            return err_set(
                err, ERR_USAGE,
                "this changes a closed period of %.*s: a second person must approve it (--approver)",
                TEXT_ARG(slos[i]->id));
    return true;
}

static bool check_text(const char *name, struct text value, size_t most, struct err *err)
{
    if (text_trim(value).len == 0)
        return err_set(err, ERR_USAGE, "%s is missing", name);
    if (value.len > most)
        return err_set(err, ERR_USAGE, "%s is longer than %zu bytes", name, most);
    return text_utf8_valid(value) || err_set(err, ERR_USAGE, "%s is not valid UTF-8", name);
}

static bool check_times(const struct correction *correction, int64_t now_ms, struct err *err)
{
    bool recurring = correction->recurrence.kind != RECURS_NEVER;
    if (correction->from_ms >= correction->to_ms)
        return err_set(err, ERR_USAGE, "it ends before it begins");
    if (!recurring && correction->to_ms - correction->from_ms > CORRECTION_MAX_MS)
        return err_set(err, ERR_USAGE, "it is longer than 400 days");
    if (correction->from_ms < now_ms - 2 * CORRECTION_MAX_MS)
        return err_set(err, ERR_USAGE, "it begins more than 800 days ago");
    if (correction->kind == CORRECTION_MAINTENANCE && correction->to_ms <= now_ms)
        return err_set(err, ERR_USAGE,
                       "a maintenance window is announced before or while it lasts, and this one is over:"
                       " use --kind exclusion, which changes budgets and no incident");
    if (correction->kind == CORRECTION_EXCLUSION && !recurring && correction->to_ms > now_ms)
        return err_set(err, ERR_USAGE,
                       "an exclusion is said afterwards, and this one is not over yet:"
                       " what is planned is --kind maintenance");
    return true;
}

bool correction_check_revocation(struct text by, struct text why, struct text approver, struct err *err)
{
    return check_text("reason", why, REASON_MAX, err) && check_text("author", by, PERSON_MAX, err) &&
           (approver.len == 0 || check_text("approver", approver, PERSON_MAX, err));
}

bool correction_check(const struct correction *correction, const struct slo *const *slos, size_t n,
                      int64_t now_ms, struct err *err)
{
    if (n == 0)
        return err_set(err, ERR_NO_DATA, "no SLO matches %.*s", TEXT_ARG(correction->selector));
    return check_text("reason", correction->reason, REASON_MAX, err) &&
           check_text("author", correction->author, PERSON_MAX, err) &&
           (correction->approver.len == 0 || check_text("approver", correction->approver, PERSON_MAX, err)) &&
           check_times(correction, now_ms, err) &&
           correction_check_approval(correction, slos, n, correction->author, correction->approver, now_ms,
                                     err);
}
