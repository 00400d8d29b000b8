/* annotations: the warnings and infos that an evaluation collects. Equal texts are kept once, with the
 * position that came last, as Prometheus does. Lives in the evaluation's arena. */
#ifndef SLOBURN_PROMQL_ANNOTATIONS_H
#define SLOBURN_PROMQL_ANNOTATIONS_H

#include "base/map.h"
#include "promql/eval.h"

struct arena;

enum { ANNOTATIONS_SHOWN = 10, ANNOTATIONS_KEPT = 1000 };

/* What is known of the buckets that histogram_quantile repaired. */
struct monotonicity {
    int64_t min_ms;
    int64_t max_ms;
    double min_bucket;
    double max_bucket;
    double max_difference;
    size_t count; /* 0: the annotation is an ordinary one */
};

struct annotation_entry {
    enum annotation_kind kind;
    struct text text;   /* without prefix and position */
    const char *format; /* what it was made from, to know a constant text again */
    const struct expr *at;
    struct monotonicity monotonicity;
};

struct annotations {
    struct annotation_entry *at;
    size_t len;
    size_t cap;
    size_t beyond; /* not kept */
    struct map by_text;
};

void annotations_add(struct annotations *list, struct arena *arena, enum annotation_kind kind,
                     const struct expr *at, struct text text);
void annotations_add_monotonicity(struct annotations *list, struct arena *arena, const struct expr *at,
                                  struct text text, const struct monotonicity *fix);
/* The annotation added last came from this constant text. */
void annotations_remember(struct annotations *list, const char *format, const struct expr *at);
/* Whether a constant text of this format was added before at this place. */
bool annotations_known(const struct annotations *list, const char *format, const struct expr *at);
/* As Prometheus' API prints them: at most 10 of each kind, then how many were left out. */
void annotations_print(const struct annotations *list, struct text expression, struct arena *arena,
                       struct promql_result *result);
void annotations_finish(struct annotations *list);

#endif
