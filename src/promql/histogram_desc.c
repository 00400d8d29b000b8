/* histogram_desc: a native histogram in the notation of tests. Keys come in any order, each at most once;
 * there is no space behind a colon or an opening bracket. */
#include "promql/histogram_desc.h"

#include "base/arena.h"
#include "base/number.h"
#include "promql/parser.h"

static const struct expectation VALUES = {"series values", ""};
static const struct expectation DESCRIPTION = {"histogram description",
                                               "histogram description key, e.g. buckets:[5 10 7]"};

static bool minus(struct parser *p)
{
    return parser_at_sign(p) && parser_take(p).value == BINARY_SUB;
}

/* number = [ "-" ] NUMBER */
static double number(struct parser *p)
{
    bool negative = minus(p);
    if (!parser_at(p, TOKEN_NUMBER)) {
        parser_unexpected(p, VALUES);
        return 0;
    }
    struct token t = parser_take(p);
    double value = parser_number(p, &t);
    return negative ? -value : value;
}

/* integer = [ "-" ] NUMBER */
static int64_t integer(struct parser *p)
{
    bool negative = minus(p);
    int64_t value = 0;
    if (!parser_at(p, TOKEN_NUMBER)) {
        parser_unexpected(p, VALUES);
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
static struct bucket_list buckets(struct parser *p)
{
    struct bucket_list list = {0};
    size_t cap = 0;
    if (!parser_accept(p, TOKEN_LEFT_BRACKET))
        parser_unexpected(p, VALUES);
    do {
        if (list.len == cap) {
            size_t grown = cap ? cap * 2 : 8;
            list.at = arena_grow(p->arena, list.at, cap * sizeof *list.at, grown * sizeof *list.at,
                                 _Alignof(double));
            cap = grown;
        }
        list.at[list.len++] = number(p);
    } while (parser_accept(p, TOKEN_SPACE) && !parser_at(p, TOKEN_RIGHT_BRACKET));
    if (!parser_accept(p, TOKEN_RIGHT_BRACKET))
        parser_unexpected(p, VALUES);
    return list;
}

static void read_hint(struct parser *p, struct histogram_desc *h)
{
    if (!parser_at(p, TOKEN_RESET_HINT)) {
        parser_unexpected(p, VALUES);
        return;
    }
    h->reset_hint = (enum reset_hint)parser_take(p).value;
    h->reset_hint_given = true;
}

static void read_field(struct parser *p, struct histogram_desc *h, enum histogram_key key)
{
    switch (key) {
    case KEY_SUM:
        h->sum = number(p);
        break;
    case KEY_COUNT:
        h->count = number(p);
        break;
    case KEY_SCHEMA:
        h->schema = integer(p);
        break;
    case KEY_OFFSET:
        h->offset = integer(p);
        break;
    case KEY_NEGATIVE_OFFSET:
        h->negative_offset = integer(p);
        break;
    case KEY_BUCKETS:
        h->buckets = buckets(p);
        break;
    case KEY_NEGATIVE_BUCKETS:
        h->negative_buckets = buckets(p);
        break;
    case KEY_ZERO_BUCKET:
        h->zero_count = number(p);
        break;
    case KEY_ZERO_WIDTH:
        h->zero_threshold = number(p);
        break;
    case KEY_CUSTOM_VALUES:
        h->custom_values = buckets(p);
        break;
    case KEY_RESET_HINT:
        read_hint(p, h);
        break;
    case HISTOGRAM_KEYS:
        break;
    }
}

/* field = KEY ":" ( number | integer | buckets | HINT ) */
static void field(struct parser *p, struct histogram_desc *h, unsigned *seen)
{
    if (!parser_at(p, TOKEN_HISTOGRAM_KEY)) {
        parser_unexpected(p, *seen ? DESCRIPTION : VALUES);
        return;
    }
    struct token key = parser_take(p);
    if (*seen & 1u << key.value)
        parser_fail(p, key.from, "duplicate key %s in histogram", parser_quoted(p, key.text));
    *seen |= 1u << key.value;
    if (!parser_accept(p, TOKEN_COLON))
        parser_unexpected(p, VALUES);
    read_field(p, h, (enum histogram_key)key.value);
}

/* histogram = "{{" [ field { SPACE field } ] [ SPACE ] "}}" */
struct histogram_desc *histogram_desc_read(struct parser *p)
{
    struct histogram_desc *h = ARENA_NEW(p->arena, struct histogram_desc);
    unsigned seen = 0;
    parser_accept(p, TOKEN_OPEN_HISTOGRAM);
    bool space = parser_accept(p, TOKEN_SPACE);
    if (space && !parser_at(p, TOKEN_CLOSE_HISTOGRAM))
        parser_unexpected(p, VALUES);
    while (!p->failed && !parser_at(p, TOKEN_CLOSE_HISTOGRAM)) {
        field(p, h, &seen);
        if (!parser_accept(p, TOKEN_SPACE) && !parser_at(p, TOKEN_CLOSE_HISTOGRAM))
            parser_unexpected(p, DESCRIPTION);
    }
    parser_accept(p, TOKEN_CLOSE_HISTOGRAM);
    return h;
}
