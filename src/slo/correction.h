/* correction: minutes that somebody said do not count, with who, why and when (docs/corrections.md).
 *
 * A maintenance window is announced: it ends in the future. Its minutes leave budgets and burn rates, and
 * while it lasts nothing opens or resolves; what of it lies before it was announced leaves budgets only. An
 * exclusion is said afterwards: its minutes leave budgets and never touch an incident. What is revoked is as
 * if it had never been. Pure. */
#ifndef SLOBURN_SLO_CORRECTION_H
#define SLOBURN_SLO_CORRECTION_H

#include "slo/recurrence.h"

enum correction_kind { CORRECTION_MAINTENANCE, CORRECTION_EXCLUSION };

#define CORRECTION_FOREVER INT64_MAX

struct correction {
    int64_t id;
    struct text selector; /* "slo:prod/rag-api/availability", "service:prod/rag-api" */
    enum correction_kind kind;
    int64_t from_ms;
    int64_t to_ms;     /* exclusive; CORRECTION_FOREVER: a recurring one, until it is revoked */
    struct text every; /* "" or slo/recurrence.h: it recurs within [from_ms, to_ms) */
    struct recurrence recurrence;
    struct text zone_name; /* of the recurrence; "" is UTC */
    const struct timezone_zone *zone;
    struct text reason;
    struct text author;
    struct text approver; /* "" where none was needed */
    int64_t made_ms;
    int64_t revoked_ms; /* 0: it holds */
    struct text revoked_by;
    struct text revoked_why;
};

struct correction_set {
    const struct correction *at;
    size_t len;
    int64_t change; /* counts additions and revocations: another number, another set */
};

enum correction_use { CORRECTION_FOR_BUDGETS, CORRECTION_FOR_BURN };

const char *correction_kind_text(enum correction_kind kind); /* "maintenance", "exclusion" */
bool correction_kind_read(struct text word, enum correction_kind *kind);
bool correction_applies(const struct correction *correction, const struct slo *slo);
/* Appends the minutes of one correction within [from_minute, to_minute), whether it was revoked or not. */
void correction_minutes(const struct correction *correction, enum correction_use use, int64_t from_minute,
                        int64_t to_minute, struct minute_spans *spans);
/* The minutes of [from_minute, to_minute) that do not count for an SLO: sorted, disjoint. */
void correction_spans(const struct correction_set *set, const struct slo *slo, enum correction_use use,
                      int64_t from_minute, int64_t to_minute, struct minute_spans *spans);
/* The same for all that can be asked about now: back as far as the store keeps minutes, and
 * CORRECTION_AHEAD_MS ahead. Evaluations and queries both take it, so that they leave out the same minutes.
 */
#define CORRECTION_BACK_MS  (790 * 86400000LL)
#define CORRECTION_AHEAD_MS (2 * 86400000LL)
void correction_spans_at(const struct correction_set *set, const struct slo *slo, enum correction_use use,
                         int64_t now_ms, struct minute_spans *spans);
bool minute_spans_equal(const struct minute_spans *a, const struct minute_spans *b);
bool minute_is_in(const struct minute_spans *spans, int64_t minute);

/* Does it change figures of a period of the SLO that is over? A calendar window's last whole period and those
 * before; for an SLO with rolling windows only, what is older than 7 days. */
bool correction_touches_closed(const struct correction *correction, const struct slo *slo, int64_t now_ms);
/* May it be added now to these SLOs? ERR_USAGE, ERR_INPUT: says what is missing. */
NODISCARD bool correction_check(const struct correction *correction, const struct slo *const *slos, size_t n,
                                int64_t now_ms, struct err *err);
/* Who revokes one, why, and who approves it: there, of a sensible length, and text. */
NODISCARD bool correction_check_revocation(struct text by, struct text why, struct text approver,
                                           struct err *err);
/* Spaces around a name and its case do not make another person. */
bool correction_same_person(struct text a, struct text b);
/* A second person where a closed period changes: `approver` is named and not `author`. */
NODISCARD bool correction_check_approval(const struct correction *correction, const struct slo *const *slos,
                                         size_t n, struct text author, struct text approver, int64_t now_ms,
                                         struct err *err);

#endif
