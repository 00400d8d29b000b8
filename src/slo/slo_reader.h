/* slo_reader: what the files that read SLO files share. Inside this room only.
 *
 * slo_file.c walks the YAML; for each SLO it fills a draft, whose parts the others read: slo_source.c what is
 * counted (terms and expressions), slo_query.c queries with $window, slo_window.c periods, slo_tiers.c tiers,
 * slo_extras.c texts, labels and bands. Errors go to the findings; whoever wants to know whether there were
 * any compares findings->errors. */
#ifndef SLOBURN_SLO_SLO_READER_H
#define SLOBURN_SLO_SLO_READER_H

#include "base/fields.h"
#include "base/vec.h"
#include "slo/objective.h"
#include "slo/slo_file.h"

struct slo_matchers {
    struct matcher *at;
    size_t n;
};

/* What a file's keys give to each of its SLOs. */
struct slo_reader {
    struct text content;
    const char *file;
    const struct slo_context *context;
    struct findings *findings;
    struct fields top;
    struct text service;
    struct slo_matchers where; /* of the file */
};

enum slo_failed { FAILED_UNSAID, FAILED_LEFT_OUT, FAILED_BAD };

/* One SLO while it is read; several objectives make several drafts of the same mapping. */
struct slo_draft {
    struct slo_reader *reader;
    struct fields own;
    struct fields override; /* while an entry of overrides: is read; else its map is NULL */
    struct objective objective;
    struct source_pos objective_pos;
    struct slo slo;
    struct slo_matchers where; /* the file's and its own */
    struct slo_matchers except;
    enum slo_failed failed;
    struct text metric; /* of the amount or histogram, without suffix: tells its unit of time */
    VEC(struct slo_term) terms;
    VEC(struct slo_expression) expressions;
};

enum { SLO_TERMS_MAX = 64 };

/* The fields that give an inherited key: the override's, else the SLO's own, else the file's. */
const struct fields *slo_draft_fields(const struct slo_draft *draft, const char *key);

/* --- slo_selector.c --- */

/* The place in the file of a place in the scalar's text, as far as it can be told. */
struct source_pos slo_text_pos(const struct slo_reader *reader, const struct yaml_node *node,
                               struct source_pos inner);
/* Matchers: a="b", c=~"d", with or without braces, or a list of these. Empty if the node is absent. */
struct slo_matchers slo_read_matchers(const struct slo_reader *reader, const struct yaml_node *node,
                                      const char *key);
struct slo_matchers slo_matchers_join(struct arena *arena, struct slo_matchers a, struct slo_matchers b);
/* A selector with a metric name, or NULL with a finding. */
const struct expr *slo_read_selector(const struct slo_reader *reader, const struct yaml_node *node,
                                     const char *key);
/* A copy with `suffix` behind the metric's name, and matchers added; canonical, regular expressions compiled.
 * NULL with a finding if the matchers contradict the language (never for what slo_read_selector gave). */
const struct expr *slo_selector_with(const struct slo_reader *reader, const struct expr *selector,
                                     struct text suffix, const struct slo_matchers *more, size_t n_more);
/* The metric's name; "" if there is none. */
struct text slo_selector_name(const struct expr *selector);
struct text slo_print(const struct slo_reader *reader, const struct expr *expr);
/* Adds the matchers to every selector of a tree that nobody else has. How many selectors there are. */
size_t slo_add_matchers(const struct slo_reader *reader, struct expr *expr, struct slo_matchers more);
/* `up` with those matchers that all terms share and that `up` can carry: job, instance, equality on targets.
 */
void slo_find_up(struct slo_draft *draft);

/* --- slo_source.c --- */

/* Terms or expressions of the draft, by its kind. */
void slo_read_source(struct slo_draft *draft);
void slo_add_term(struct slo_draft *draft, enum slo_role role, int64_t coefficient,
                  const struct expr *selector, struct source_pos pos);

/* --- slo_query.c --- */

bool slo_is_query(struct text text); /* has $window or is no plain selector */
/* Two queries with $window: taken apart into terms if both can be, else expressions. `good`: the second
 * counts good units. */
void slo_read_queries(struct slo_draft *draft, const struct yaml_node *units, const struct yaml_node *spent,
                      bool good);
/* A share of bad as one query, which is no kind of its own (docs/average-of-ratios.md): true if one of the
 * keys is there under which other tools have it, with an error that says what to write instead. */
bool slo_refuse_ratio_key(struct slo_draft *draft);
void slo_read_when(struct slo_draft *draft, const struct yaml_node *when);

/* --- slo_draft.c --- */

/* From the objective and the mapping to the whole definition, overrides included. */
void slo_draft_read(struct slo_draft *draft, struct text name, bool several);
/* Reads a sentence; false with a finding. */
bool slo_read_objective(const struct slo_reader *reader, const struct yaml_node *node,
                        struct objective *objective);

/* environment/service/name; of a service "": environment/name, where the name has its service. */
struct text slo_id(const struct slo_reader *reader, struct text service, struct text name);

/* --- slo_window.c, slo_tiers.c, slo_extras.c, slo_contract.c, slo_policy.c, slo_override.c --- */

void slo_read_windows(struct slo_draft *draft);
void slo_read_tiers(struct slo_draft *draft);
void slo_read_extras(struct slo_draft *draft);
void slo_read_when_down(struct slo_draft *draft);
/* The exchange rate; turns the target into the counted currency. */
void slo_read_currency(struct slo_draft *draft);
void slo_read_sla(struct slo_draft *draft);
void slo_read_was(struct slo_draft *draft, bool several);
void slo_read_policy(struct slo_draft *draft);
/* Calls slo_draft_judge for each entry. */
void slo_read_overrides(struct slo_draft *draft);
/* --- slo_composite.c --- */

struct slo_composite slo_read_composite(const struct slo_reader *reader, const struct fields *own,
                                        const struct yaml_pair *pair);

/* --- slo_doubt.c --- */

/* Part of slo_advise: what the selectors alone show to be no use. */
void slo_advise_selectors(const struct slo *slo, struct findings *findings);
const char *slo_match_op_text(enum match_op op); /* "=", "!=", "=~", "!~" */

/* All that does not touch what is counted: target, windows, tiers, texts, policy. */
void slo_draft_judge(struct slo_draft *draft);

#endif
