/* scripted_source: another source, seen through trouble: it does not answer, answers in part, lacks series
 * for a while, gives them other labels, or has them for many tenants. For tests of the engine. */
#ifndef SLOBURN_TESTS_SUPPORT_SCRIPTED_SOURCE_H
#define SLOBURN_TESTS_SUPPORT_SCRIPTED_SOURCE_H

#include "source/source.h"

enum trouble_kind {
    TROUBLE_BLIND,   /* while the clock is in the span: no answer */
    TROUBLE_PARTIAL, /* while the clock is in the span: an answer with a warning */
    TROUBLE_ABSENT,  /* no samples in the span, except of `up` and of process starts */
    TROUBLE_GONE,    /* no samples at all in the span */
    TROUBLE_RELABEL, /* samples in the span carry one more label */
    TROUBLE_METRIC,  /* no samples of this metric in the span */
    TROUBLE_BUCKET,  /* no samples in the span of buckets with this le, on this instance or (NULL) all */
};

struct trouble {
    enum trouble_kind kind;
    int64_t from_ms;
    int64_t to_ms; /* exclusive */
    const char *metric;
    const char *le;
    const char *instance;
};

enum { TROUBLES_MAX = 32 };

/* Takes the inner source; source_free frees both. */
struct source *scripted_source_new(struct source *inner);
void scripted_source_add(struct source *source, struct trouble trouble);
/* Ends all troubles; what samples they hid is there again. */
void scripted_source_clear(struct source *source);
/* The time at which it is asked; the simulated service behind it shows nothing later. */
void scripted_source_set_now(struct source *source, int64_t now_ms);
/* The first tenant's series stand for those of n tenants, t000 to t199; other tenants are left out. */
void scripted_source_set_tenants(struct source *source, size_t n);

#endif
