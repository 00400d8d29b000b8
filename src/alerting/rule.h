/* rule: Prometheus rule files, read as they are: groups of alerting and recording rules. Errors have
 * Prometheus' wording, all of a file's problems at once, with line and column. What Prometheus accepts is
 * accepted here. */
#ifndef SLOBURN_ALERTING_RULE_H
#define SLOBURN_ALERTING_RULE_H

#include "base/finding.h"
#include "promql/ast.h"

struct regex_set;
struct template; /* template/template.h */

struct rule_label {
    struct text name;
    struct text value;               /* as written, a template for alerts */
    const struct template *template; /* of alerts; NULL for recording rules */
};

struct rule {
    bool alert;            /* else a recording rule */
    struct text name;      /* alertname or recorded metric */
    struct text expr_text; /* canonical */
    const struct expr *expr;
    int64_t for_ms;
    int64_t keep_firing_for_ms;
    struct rule_label *labels; /* the group's merged in, the rule's win */
    size_t n_labels;
    struct rule_label *annotations;
    size_t n_annotations;
    struct source_pos pos;
};

struct rule_group {
    struct text file;
    struct text name;
    int64_t interval_ms; /* 0: the default */
    int64_t query_offset_ms;
    size_t limit;       /* 0: none */
    struct rule *rules; /* in file order; each sees what earlier ones recorded */
    size_t n_rules;
    struct source_pos pos;
};

struct rule_groups {
    struct rule_group *at;
    size_t len;
};

struct arena;
/* Reads one rule file. False if there was an error (then *groups is untouched). */
NODISCARD bool rules_read(struct text content, const char *file, struct arena *arena,
                          struct regex_set *regexes, struct rule_groups *groups, struct findings *findings);

#endif
