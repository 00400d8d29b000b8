/* parse_modifier: what may follow an expression: [range], [range:step], offset, @, anchored, smoothed. All of
 * them bind to what stands right before them. */
#include "promql/parser.h"

#include "base/arena.h"
#include "base/buf.h"

#include <math.h>

static const struct expectation RANGE_START = {"subquery or range selector",
                                               "number, duration, step(), or range()"};
static const struct expectation RANGE_END = {"subquery or range", "\":\" or \"]\""};
static const struct expectation STEP_START = {"subquery selector",
                                              "number, duration, step(), range(), or \"]\""};
static const struct expectation STEP_END = {"subquery selector", "\"]\""};
static const struct expectation AT_EXPECTS = {"@", "timestamp"};

/* The selector below a matrix, or the expression itself; NULL if it takes no modifiers. */
static struct time_shift *shift_of(struct expr *e)
{
    switch (e->kind) {
    case EXPR_SELECTOR:
        return &e->u.selector.shift;
    case EXPR_MATRIX:
        return &e->u.matrix.selector->u.selector.shift;
    case EXPR_SUBQUERY:
        return &e->u.subquery.shift;
    default:
        return NULL;
    }
}

/* ---- [ ] ---- */

static void set_duration(struct duration_expr *d, int64_t *ms, const struct duration_expr **expr)
{
    if (duration_is_literal(d))
        *ms = duration_literal_ms(d);
    else
        *expr = d;
}

static struct expr *matrix(struct parser *p, struct expr *e, struct duration_expr *range, size_t bracket)
{
    if (e->kind != EXPR_SELECTOR)
        return parser_fail(p, bracket, "ranges only allowed for vector selectors");
    const struct time_shift *shift = &e->u.selector.shift;
    if (shift->offset_ms || shift->offset_expr)
        return parser_fail(p, bracket, "no offset modifiers allowed before range");
    if (shift->at != AT_NONE)
        return parser_fail(p, bracket, "no @ modifiers allowed before range");
    struct expr *m = parser_new(p, EXPR_MATRIX, VALUE_MATRIX, e->span.from);
    parser_adopt(p, m, e);
    m->u.matrix.selector = e;
    set_duration(range, &m->u.matrix.range_ms, &m->u.matrix.range_expr);
    return m;
}

/* subquery = expression "[" duration ":" [ duration ] "]" ; up to the colon it has been taken. */
static struct expr *subquery(struct parser *p, struct expr *e, struct duration_expr *range)
{
    struct duration_expr *step = NULL;
    if (!parser_at(p, TOKEN_RIGHT_BRACKET)) {
        step = parse_duration(p, STEP_START);
        if (p->failed)
            return NULL;
    }
    if (!parser_accept(p, TOKEN_RIGHT_BRACKET))
        return parser_unexpected(p, STEP_END);
    struct expr *s = parser_new(p, EXPR_SUBQUERY, VALUE_MATRIX, e->span.from);
    parser_adopt(p, s, e);
    s->u.subquery.inner = e;
    set_duration(range, &s->u.subquery.range_ms, &s->u.subquery.range_expr);
    if (step)
        set_duration(step, &s->u.subquery.step_ms, &s->u.subquery.step_expr);
    return s;
}

/* range = expression "[" duration "]" | subquery */
static struct expr *range(struct parser *p, struct expr *e)
{
    struct token bracket = parser_take(p);
    struct duration_expr *d = parse_duration(p, RANGE_START);
    if (p->failed)
        return NULL;
    if (parser_accept(p, TOKEN_COLON))
        return subquery(p, e, d);
    if (!parser_accept(p, TOKEN_RIGHT_BRACKET))
        return parser_unexpected(p, RANGE_END);
    return matrix(p, e, d, bracket.from);
}

/* ---- offset and @ ---- */

/* offset = expression "offset" duration */
static struct expr *offset(struct parser *p, struct expr *e)
{
    parser_take(p);
    struct duration_expr *d = parse_offset_duration(p);
    if (p->failed)
        return NULL;
    struct time_shift *shift = shift_of(e);
    if (!shift)
        return parser_fail(
            p, e->span.from,
            "offset modifier must be preceded by an instant vector selector or range vector selector "
            "or a subquery");
    if (shift->offset_ms || shift->offset_expr)
        return parser_fail(p, e->span.from, "offset may not be set multiple times");
    set_duration(d, &shift->offset_ms, &shift->offset_expr);
    e->span.to = p->last_end;
    return e;
}

static void fail_timestamp(struct parser *p, size_t from, double seconds)
{
    if (isnan(seconds))
        parser_fail(p, from, "timestamp out of bounds for @ modifier: NaN");
    else if (isinf(seconds))
        parser_fail(p, from, "timestamp out of bounds for @ modifier: %cInf", seconds > 0 ? '+' : '-');
    else
        parser_fail(p, from, "timestamp out of bounds for @ modifier: %f", seconds);
}

/* timestamp = [ "+" | "-" ] ( NUMBER | DURATION ) */
static void timestamp(struct parser *p, struct expr *e, struct time_shift *wanted)
{
    bool negative = false;
    if (parser_at_sign(p))
        negative = parser_take(p).value == BINARY_SUB;
    if (!parser_at(p, TOKEN_NUMBER) && !parser_at(p, TOKEN_DURATION)) {
        parser_unexpected(p, AT_EXPECTS);
        return;
    }
    struct token t = parser_take(p);
    double seconds = parser_number(p, &t);
    if (negative)
        seconds = -seconds;
    double ms = round(seconds * 1000);
    wanted->at = AT_TIME;
    if (ms < 0x1p63 && ms > -0x1p63)
        wanted->at_ms = (int64_t)ms;
    else
        fail_timestamp(p, e->span.from, seconds);
}

/* at = expression "@" ( timestamp | ( "start" | "end" ) "(" ")" ) */
static struct expr *at(struct parser *p, struct expr *e)
{
    struct time_shift wanted = {0};
    parser_take(p);
    if (parser_at(p, TOKEN_START) || parser_at(p, TOKEN_END)) {
        wanted.at = parser_take(p).kind == TOKEN_START ? AT_START : AT_END;
        if (!parser_accept(p, TOKEN_LEFT_PAREN) || !parser_accept(p, TOKEN_RIGHT_PAREN))
            parser_unexpected(p, AT_EXPECTS);
    } else {
        timestamp(p, e, &wanted);
    }
    if (p->failed)
        return NULL;
    struct time_shift *shift = shift_of(e);
    if (!shift)
        return parser_fail(
            p, e->span.from,
            "@ modifier must be preceded by an instant vector selector or range vector selector or a "
            "subquery");
    if (shift->at != AT_NONE)
        return parser_fail(p, e->span.from, "@ <timestamp> may not be set multiple times");
    shift->at = wanted.at;
    shift->at_ms = wanted.at_ms;
    e->span.to = p->last_end;
    return e;
}

/* ---- anchored, smoothed ---- */

/* extended = expression ( "anchored" | "smoothed" ) */
static struct expr *extended(struct parser *p, struct expr *e)
{
    bool anchored = parser_take(p).kind == TOKEN_ANCHORED;
    enum selector_modifier wanted = anchored ? SELECTOR_ANCHORED : SELECTOR_SMOOTHED;
    const char *name = anchored ? "anchored" : "smoothed";
    if (!p->options->extended_ranges)
        return parser_fail(p, e->span.from, "%s modifier is experimental and not enabled", name);
    if (e->kind == EXPR_SUBQUERY)
        return parser_fail(p, e->span.from, "%s modifier is not supported for subqueries", name);
    if (e->kind != EXPR_SELECTOR && e->kind != EXPR_MATRIX)
        return parser_fail(p, e->span.from, "%s modifier not implemented", name);
    struct expr *selector = e->kind == EXPR_MATRIX ? e->u.matrix.selector : e;
    if (selector->u.selector.modifier != SELECTOR_PLAIN && selector->u.selector.modifier != wanted)
        return parser_fail(p, e->span.from, "anchored and smoothed modifiers cannot be used together");
    selector->u.selector.modifier = wanted;
    e->span.to = p->last_end;
    return e;
}

/* modified = expression { range | offset | at | extended } */
struct expr *parse_modifiers(struct parser *p, struct expr *e)
{
    while (!p->failed) {
        switch (parser_peek(p)->kind) {
        case TOKEN_LEFT_BRACKET:
            e = range(p, e);
            break;
        case TOKEN_OFFSET:
            e = offset(p, e);
            break;
        case TOKEN_AT:
            e = at(p, e);
            break;
        case TOKEN_ANCHORED:
        case TOKEN_SMOOTHED:
            e = extended(p, e);
            break;
        default:
            return e;
        }
    }
    return NULL;
}
