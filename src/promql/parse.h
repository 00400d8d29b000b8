/* parse: from the text of a PromQL expression to its tree, with types checked.
 *
 * The first error is kept; its text is Prometheus' own ("unexpected <op:*>", …) without the prefix
 * "parse error: ", its position in err->pos. Nesting is bounded by max_depth, length by max_length, so that
 * no input overflows the stack. */
#ifndef SLOBURN_PROMQL_PARSE_H
#define SLOBURN_PROMQL_PARSE_H

#include "base/err.h"
#include "promql/ast.h"

struct arena;
struct regex_set;

struct promql_parse_options {
    bool experimental_functions; /* and limitk, limit_ratio */
    bool extended_ranges;        /* anchored, smoothed */
    bool fill_modifiers;
    size_t max_length; /* bytes; 0: 65,536 */
    int max_depth;     /* nesting; 0: 250 */
};

/* The tree, or NULL. Compiled regular expressions belong to `regexes` and live as long as it. */
NODISCARD struct expr *promql_parse(struct text expression, const struct promql_parse_options *options,
                                    struct arena *arena, struct regex_set *regexes, struct err *err);
/* A selector alone, as in where: and /api/v1/series: metric{a="b"}. */
NODISCARD struct expr *promql_parse_selector(struct text expression, struct arena *arena,
                                             struct regex_set *regexes, struct err *err);

const char *value_type_name(enum value_type type); /* "instant vector", … as in error texts */

#endif
