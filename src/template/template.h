/* template: Go's text/template, as Prometheus' rule files and Alertmanager's texts use it: if, range, with,
 * define, template, block, break, continue, variables, pipelines, comments, trim markers; Go's builtins and
 * Prometheus' pure functions. missingkey=zero: an absent label is "". Pure: the time and what `query` asks
 * come in as data.
 *
 * A template is parsed once into an arena and expanded many times. What it may name beside the built in
 * functions is its dialect. Messages have Go's wording; the position is that in the template's text.
 *
 * Limits: text 256 KiB; nesting, of blocks, of parentheses and of templates that call templates, 64; 100,000
 * iterations and template calls and 1,000,000 steps an expansion; 16 MiB of values; output as `out` allows.
 * Each gives ERR_LIMIT. */
#ifndef SLOBURN_TEMPLATE_TEMPLATE_H
#define SLOBURN_TEMPLATE_TEMPLATE_H

#include "base/err.h"
#include "template/value.h"

struct regex_set;

enum {
    TEMPLATE_BYTES_MAX = 256 << 10,
    TEMPLATE_DEPTH_MAX = 64,
    TEMPLATE_ITERATIONS_MAX = 100000,
    TEMPLATE_STEPS_MAX = 1000000,
    TEMPLATE_VALUES_MAX_BYTES = 16 << 20,
};

struct template; /* a parsed text */

/* What an expansion is made from. Everything is borrowed. */
struct template_data {
    struct template_value dot;              /* . and $ */
    const struct template_value *variables; /* as many as the dialect names, in its order */
    int64_t now_ms;                         /* what `now` gives */
    struct text external_url;               /* externalURL, pathPrefix */
    void *context;                          /* handed to the dialect's functions */
};

/* What a function may use. Values it makes live in the arena, which goes away with the expansion. */
struct template_call {
    struct arena *arena;
    const struct template_data *data;
    struct regex_set *regexes;
};

typedef bool template_function_body(const struct template_call *call, const struct template_value *args,
                                    size_t n, struct template_value *result, struct err *err);

struct template_function {
    const char *name;
    int min_args;
    int max_args; /* -1: any number */
    template_function_body *body;
};

/* Functions and $variables beside the built in ones; a function of a built in one's name replaces it. */
struct template_dialect {
    const struct template_function *functions;
    size_t n_functions;
    const char *const *variables; /* without the $ */
    size_t n_variables;
};

/* NULL and err (ERR_INPUT, ERR_LIMIT) if it is not valid. The text is copied; the dialect (may be NULL) must
 * outlive the template. */
NODISCARD struct template *template_parse(struct text text, const struct template_dialect *dialect,
                                          struct arena *arena, struct err *err);
/* Appends to `out`; what was appended before an error stays there. */
NODISCARD bool template_expand(const struct template *template, const struct template_data *data,
                               struct buf *out, struct err *err);

#endif
