/* series_desc: labels and items of a series description; histogram_desc.c reads what stands in {{ }}. */
#include "promql/series_desc.h"

#include "base/arena.h"
#include "base/number.h"
#include "promql/histogram_desc.h"
#include "promql/parser.h"

static const struct expectation SET_STRING = {"label set", "string"};
static const struct expectation SET_EQUALS = {"label set", "\"=\""};
static const struct expectation SET_NAME = {"label set", "identifier or \"}\""};
static const struct expectation SET_NEXT = {"label set", "\",\" or \"}\""};
static const struct expectation VALUES = {"series values", ""};
static const struct expectation VALUE = {"series values", "number or \"stale\""};

struct series_reader {
    struct parser *p;
    struct series_desc *desc;
    size_t label_cap;
    size_t value_cap;
};

/* ---- labels ---- */

static void add_label(struct series_reader *r, struct text name, struct text value)
{
    struct series_desc *desc = r->desc;
    if (desc->n_labels == r->label_cap) {
        size_t cap = r->label_cap ? r->label_cap * 2 : 4;
        desc->labels = arena_grow(r->p->arena, desc->labels, r->label_cap * sizeof *desc->labels,
                                  cap * sizeof *desc->labels, _Alignof(struct series_label));
        r->label_cap = cap;
    }
    desc->labels[desc->n_labels++] = (struct series_label){name, value};
}

/* label = ( IDENTIFIER | STRING ) "=" STRING | STRING */
static void label(struct series_reader *r)
{
    struct parser *p = r->p;
    if (!parser_at(p, TOKEN_IDENTIFIER) && !parser_at(p, TOKEN_STRING)) {
        parser_unexpected(p, SET_NAME);
        return;
    }
    struct token t = parser_take(p);
    bool quoted = t.kind == TOKEN_STRING;
    struct text name = quoted ? parser_string(p, &t) : text_copy(p->arena, t.text);
    if (!parser_accept(p, TOKEN_EQL)) {
        if (quoted)
            add_label(r, TEXT("__name__"), name);
        else
            parser_unexpected(p, SET_EQUALS);
        return;
    }
    if (!parser_at(p, TOKEN_STRING)) {
        parser_unexpected(p, SET_STRING);
        return;
    }
    struct token value = parser_take(p);
    add_label(r, name, parser_string(p, &value));
}

/* labels = [ METRIC ] [ "{" [ label { "," label } [ "," ] ] "}" ] */
static void labels(struct series_reader *r)
{
    struct parser *p = r->p;
    if (token_may_name_metric(parser_peek(p))) {
        struct token name = parser_take(p);
        add_label(r, TEXT("__name__"), text_copy(p->arena, name.text));
    }
    if (!parser_accept(p, TOKEN_LEFT_BRACE))
        return;
    while (!p->failed && !parser_at(p, TOKEN_RIGHT_BRACE)) {
        label(r);
        if (!parser_accept(p, TOKEN_COMMA) && !parser_at(p, TOKEN_RIGHT_BRACE))
            parser_unexpected(p, SET_NEXT);
    }
    parser_accept(p, TOKEN_RIGHT_BRACE);
}

/* ---- values ---- */

static void add_value(struct series_reader *r, struct series_value value)
{
    struct series_desc *desc = r->desc;
    if (r->p->failed)
        return;
    if (desc->n_values == r->value_cap) {
        size_t cap = r->value_cap ? r->value_cap * 2 : 16;
        desc->values = arena_grow(r->p->arena, desc->values, r->value_cap * sizeof *desc->values,
                                  cap * sizeof *desc->values, _Alignof(struct series_value));
        r->value_cap = cap;
    }
    desc->values[desc->n_values++] = value;
}

/* times = "x" NUMBER ; -1 if there is none. */
static int64_t repetitions(struct series_reader *r)
{
    struct parser *p = r->p;
    int64_t times = -1;
    if (!parser_accept(p, TOKEN_TIMES))
        return -1;
    if (!parser_at(p, TOKEN_NUMBER)) {
        parser_unexpected(p, VALUES);
        return -1;
    }
    struct token t = parser_take(p);
    if (!integer_parse(t.text, &times) || times < 0)
        parser_fail(p, t.from,
                    "invalid repetition in series values: strconv.ParseUint: parsing %s: invalid syntax",
                    parser_quoted(p, t.text));
    else if ((uint64_t)times + r->desc->n_values > SERIES_VALUES_MAX)
        parser_limit(p, t.from, "series has more than %d values", SERIES_VALUES_MAX);
    return p->failed ? -1 : times;
}

static double signed_number(struct series_reader *r)
{
    struct parser *p = r->p;
    bool negative = parser_at_sign(p) && parser_take(p).value == BINARY_SUB;
    if (!parser_at(p, TOKEN_NUMBER) && !parser_at(p, TOKEN_DURATION)) {
        parser_unexpected(p, VALUES);
        return 0;
    }
    struct token t = parser_take(p);
    double value = parser_number(p, &t);
    return negative ? -value : value;
}

/* blank = "_" [ times ] */
static void blank(struct series_reader *r)
{
    parser_take(r->p);
    int64_t times = repetitions(r);
    for (int64_t i = 0; i < (times < 0 ? 1 : times); i++)
        add_value(r, (struct series_value){.kind = SERIES_OMITTED});
}

/* value = ( number | "stale" ) [ [ signed ] times ] ; a difference is added again and again, drift included.
 */
static void value(struct series_reader *r)
{
    struct parser *p = r->p;
    struct series_value v = {.kind = SERIES_NUMBER};
    double difference = 0;
    if (parser_at(p, TOKEN_IDENTIFIER)) {
        if (!text_is(parser_peek(p)->text, "stale"))
            parser_unexpected(p, VALUE);
        parser_take(p);
        v.kind = SERIES_STALE;
    } else {
        v.number = signed_number(r);
    }
    bool stepped = parser_at_sign(p);
    if (stepped)
        difference = signed_number(r);
    int64_t times = repetitions(r);
    if (stepped && times < 0)
        parser_unexpected(p, VALUES);
    for (int64_t i = 0; i <= (times < 0 ? 0 : times); i++) {
        add_value(r, v);
        v.number += difference;
    }
}

/* histogram = "{{" … "}}" [ [ ( "+" | "-" ) "{{" … "}}" ] times ] */
static void histogram(struct series_reader *r)
{
    struct parser *p = r->p;
    struct series_value v = {.kind = SERIES_HISTOGRAM, .histogram = histogram_desc_read(p)};
    int sign = 0;
    if (parser_at_sign(p)) {
        sign = parser_take(p).value == BINARY_SUB ? -1 : 1;
        if (!parser_at(p, TOKEN_OPEN_HISTOGRAM))
            parser_unexpected(p, VALUES);
        v.added = histogram_desc_read(p);
    }
    int64_t times = repetitions(r);
    if (p->failed)
        return;
    if (sign && times < 0)
        parser_unexpected(p, VALUES);
    if (sign && times > 0 && v.histogram->schema > v.added->schema)
        parser_fail(p, p->token.from, "error combining histograms: cannot merge from schema %lld to %lld",
                    (long long)v.added->schema, (long long)v.histogram->schema);
    r->desc->has_histograms = true;
    for (int64_t i = 0; i <= (times < 0 ? 0 : times); i++) {
        v.times = i * sign;
        add_value(r, v);
    }
}

/* values = { SPACE [ blank | value | histogram ] } */
static void values(struct series_reader *r)
{
    struct parser *p = r->p;
    while (parser_accept(p, TOKEN_SPACE)) {
        const struct token *t = parser_peek(p);
        if (p->failed || t->kind == TOKEN_EOF || t->kind == TOKEN_SPACE)
            continue;
        if (t->kind == TOKEN_BLANK)
            blank(r);
        else if (t->kind == TOKEN_OPEN_HISTOGRAM)
            histogram(r);
        else
            value(r);
    }
    if (!parser_at(p, TOKEN_EOF))
        parser_unexpected(p, VALUES);
}

/* start = "@" "st" */
static bool start_times(struct parser *p)
{
    if (!parser_accept(p, TOKEN_AT))
        return false;
    if (!parser_at(p, TOKEN_IDENTIFIER) || !text_is(parser_peek(p)->text, "st"))
        parser_unexpected(p, VALUES);
    parser_take(p);
    return true;
}

/* description = labels [ start ] values */
bool series_desc_parse(struct text line, struct arena *arena, struct series_desc *desc, struct err *err)
{
    static const struct promql_parse_options options = {.max_length = 16u << 20};
    struct parser p = {.arena = arena, .err = err};
    struct series_desc read = {0};
    struct series_reader r = {.p = &p, .desc = &read};
    parser_init(&p, line, &options, true);
    labels(&r);
    read.start_times = start_times(&p);
    values(&r);
    if (p.failed)
        return false;
    *desc = read;
    return true;
}
