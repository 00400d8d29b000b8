/* histogram_desc: a native histogram in the notation of tests. Keys come in any order, each at most once;
 * there is no space behind a colon or an opening bracket. */
#include "promql/histogram_desc.h"

#include "base/arena.h"
#include "base/number.h"
#include "promql/parser.h"

static const struct expectation VALUES = {"series values", ""};
static const struct expectation DESCRIPTION = {"histogram description",
                                               "histogram description key, e.g. buckets:[5 10 7]"};

struct reader {
    struct parser *p;
    struct histogram_desc *h;
    unsigned seen; /* bits of the keys */
    struct expectation
        where; /* the first field's errors count as the value's, the others' as the description's */
};

static bool minus(struct parser *p)
{
    return parser_at_sign(p) && parser_take(p).value == BINARY_SUB;
}

/* number = [ "-" ] NUMBER */
static double number(struct reader *r)
{
    struct parser *p = r->p;
    bool negative = minus(p);
    if (!parser_at(p, TOKEN_NUMBER)) {
        parser_unexpected(p, r->where);
        return 0;
    }
    struct token t = parser_take(p);
    double value = parser_number(p, &t);
    return negative ? -value : value;
}

/* integer = [ "-" ] NUMBER */
static int64_t integer(struct reader *r)
{
    struct parser *p = r->p;
    bool negative = minus(p);
    int64_t value = 0;
    if (!parser_at(p, TOKEN_NUMBER)) {
        parser_unexpected(p, r->where);
        return 0;
    }
    struct token t = parser_take(p);
    if (!integer_parse(t.text, &value) || value > INT32_MAX)
        parser_fail(p, t.from,
                    "invalid repetition in series values: strconv.ParseUint: parsing %s: invalid syntax",
                    parser_quoted(p, t.text));
    return negative ? -value : value;
}

/* buckets = "[" number { SPACE number } [ SPACE ] "]" */
static struct bucket_list buckets(struct reader *r)
{
    struct parser *p = r->p;
    struct bucket_list list = {0};
    size_t cap = 0;
    if (!parser_accept(p, TOKEN_LEFT_BRACKET))
        parser_unexpected(p, r->where);
    do {
        if (list.len == cap) {
            size_t grown = cap ? cap * 2 : 8;
            list.at = arena_grow(p->arena, list.at, cap * sizeof *list.at, grown * sizeof *list.at,
                                 _Alignof(double));
            cap = grown;
        }
        list.at[list.len++] = number(r);
    } while (parser_accept(p, TOKEN_SPACE) && !parser_at(p, TOKEN_RIGHT_BRACKET));
    if (!parser_accept(p, TOKEN_RIGHT_BRACKET))
        parser_unexpected(p, r->where);
    return list;
}

static void read_hint(struct reader *r)
{
    if (!parser_at(r->p, TOKEN_RESET_HINT)) {
        parser_unexpected(r->p, r->where);
        return;
    }
    r->h->reset_hint = (enum reset_hint)parser_take(r->p).value;
    r->h->reset_hint_given = true;
}

static void read_field(struct reader *r, enum histogram_key key)
{
    struct histogram_desc *h = r->h;
    switch (key) {
    case KEY_SUM:
        h->sum = number(r);
        break;
    case KEY_COUNT:
        h->count = number(r);
        break;
    case KEY_SCHEMA:
        h->schema = integer(r);
        break;
    case KEY_OFFSET:
        h->offset = integer(r);
        break;
    case KEY_NEGATIVE_OFFSET:
        h->negative_offset = integer(r);
        break;
    case KEY_BUCKETS:
        h->buckets = buckets(r);
        break;
    case KEY_NEGATIVE_BUCKETS:
        h->negative_buckets = buckets(r);
        break;
    case KEY_ZERO_BUCKET:
        h->zero_count = number(r);
        break;
    case KEY_ZERO_WIDTH:
        h->zero_threshold = number(r);
        break;
    case KEY_CUSTOM_VALUES:
        h->custom_values = buckets(r);
        break;
    case KEY_RESET_HINT:
        read_hint(r);
        break;
    case HISTOGRAM_KEYS:
        break;
    }
}

/* field = KEY ":" ( number | integer | buckets | HINT ) */
static void field(struct reader *r)
{
    struct parser *p = r->p;
    if (!parser_at(p, TOKEN_HISTOGRAM_KEY)) {
        parser_unexpected(p, r->where);
        return;
    }
    struct token key = parser_take(p);
    if (!parser_accept(p, TOKEN_COLON))
        parser_unexpected(p, r->where);
    read_field(r, (enum histogram_key)key.value);
    if (r->seen & 1u << key.value) /* Prometheus gives it no position of its own */
        parser_fail(p, 0, "duplicate key %s in histogram", parser_quoted(p, key.text));
    r->seen |= 1u << key.value;
    r->where = DESCRIPTION;
}

/* histogram = "{{" [ field { SPACE field } ] [ SPACE ] "}}" */
struct histogram_desc *histogram_desc_read(struct parser *p)
{
    struct histogram_desc *h = ARENA_NEW(p->arena, struct histogram_desc);
    struct reader r = {.p = p, .h = h, .where = VALUES};
    parser_accept(p, TOKEN_OPEN_HISTOGRAM);
    if (parser_accept(p, TOKEN_SPACE) && !parser_at(p, TOKEN_CLOSE_HISTOGRAM))
        parser_unexpected(p, VALUES);
    while (!p->failed && !parser_at(p, TOKEN_CLOSE_HISTOGRAM)) {
        field(&r);
        if (!parser_accept(p, TOKEN_SPACE) && !parser_at(p, TOKEN_CLOSE_HISTOGRAM))
            parser_unexpected(p, DESCRIPTION);
    }
    parser_accept(p, TOKEN_CLOSE_HISTOGRAM);
    return h;
}
