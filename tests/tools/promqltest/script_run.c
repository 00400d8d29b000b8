/* Runs an eval as Prometheus' tests do: the query itself, for instant queries the middle step of a range
 * query around it, and both again with every selector pinned by @ to the evaluation time, printed, parsed and
 * asked at other times. */
#include "base/buf.h"
#include "base/regex.h"
#include "promql/function.h"
#include "promql/parse.h"
#include "promql/print.h"

#include "script_command.h"

enum { EXPRESSION_MAX = 1 << 20 };

struct runner {
    const struct script_eval *eval;
    struct test_source *source;
    const struct script_settings *settings;
    struct label_table *table;
    struct regex_set *regexes;
    struct arena arena;
    long asked; /* how often expired() was called */
};

static bool expired(void *context)
{
    struct runner *r = context;
    return ++r->asked >= r->settings->time_limit;
}

static struct expr *parse(struct runner *r, struct text expression, struct err *err)
{
    struct promql_parse_options options = {
        .experimental_functions = true, .extended_ranges = true, .fill_modifiers = true};
    return promql_parse(expression, &options, &r->arena, r->regexes, err);
}

static bool evaluate(struct runner *r, struct text expression, const struct promql_query *query,
                     struct promql_result *result, struct err *err)
{
    struct promql_source source = test_source_promql(r->source);
    struct promql_options options = r->settings->options;
    if (r->settings->time_limit) {
        options.expired = expired;
        options.expired_context = r;
        r->asked = 0;
    }
    struct expr *expr = parse(r, expression, err);
    return expr && promql_eval(expr, expression, query, &options, &source, r->table, &r->arena, result, err);
}

static bool any_call_of(struct text expression)
{
    static const char *const CALLS[] = {"start()", "end()", "range()", "step()"};
    for (size_t i = 0; i < sizeof CALLS / sizeof *CALLS; i++)
        if (memmem(expression.at, expression.len, CALLS[i], strlen(CALLS[i])))
            return true;
    return false;
}

/* Whether the failure, or its absence, is as expected; *done if there is no result to look at. */
static bool check_outcome(const struct runner *r, bool ok, struct err *err, bool *done)
{
    const struct expectations *e = &r->eval->expect;
    *done = !ok || e->fails;
    if (ok)
        return !e->fails || err_set(err, ERR_INPUT, "expected to fail, but did not");
    if (!e->fails)
        return false;
    char message[ERR_MESSAGE_MAX];
    memcpy(message, err->message, sizeof message);
    return script_check_failure(e, message, err);
}

/* A minute before and after at steps of a minute: the middle one must be the same. */
static bool run_around(struct runner *r, struct text expression, int64_t at_ms, struct err *err)
{
    const struct expectations *e = &r->eval->expect;
    struct promql_result result;
    struct promql_query query = {at_ms - 60000, at_ms + 60000, 60000};
    if (e->ordered || e->has_string || e->range_vector || any_call_of(r->eval->expr))
        return true;
    if (!evaluate(r, expression, &query, &result, err) || !script_compare_step(r->eval, &result, at_ms, err))
        return err_context(err, "as a range query around %lld ms, %.*s", (long long)at_ms,
                           TEXT_ARG(expression));
    return true;
}

static bool run_instant(struct runner *r, struct text expression, int64_t at_ms, struct err *err)
{
    struct promql_query query = {at_ms, at_ms, 0};
    struct promql_result result;
    bool done;
    bool ok = evaluate(r, expression, &query, &result, err);
    if (!check_outcome(r, ok, err, &done))
        return false;
    if (done)
        return true;
    return script_check_annotations(&r->eval->expect, &result, err) &&
           script_compare(r->eval, &result, err) && run_around(r, expression, at_ms, err);
}

static bool run_range(struct runner *r, struct err *err)
{
    struct promql_result result;
    bool done;
    bool ok = evaluate(r, r->eval->expr, &r->eval->query, &result, err);
    if (!check_outcome(r, ok, err, &done))
        return false;
    return done || (script_check_annotations(&r->eval->expect, &result, err) &&
                    script_compare(r->eval, &result, err));
}

static void pin_shift(struct time_shift *shift, int64_t at_ms)
{
    if (shift->at == AT_NONE) {
        shift->at = AT_TIME;
        shift->at_ms = at_ms;
    }
}

/* Pins every selector and subquery that is not pinned, but nothing inside a pinned subquery. False if the
 * value depends on the evaluation time anyway. */
static bool pin(struct expr *expr, int64_t at_ms)
{
    bool same = true;
    switch (expr->kind) {
    case EXPR_NUMBER:
    case EXPR_STRING:
        return true;
    case EXPR_SELECTOR:
        pin_shift(&expr->u.selector.shift, at_ms);
        return true;
    case EXPR_MATRIX:
        return pin(expr->u.matrix.selector, at_ms);
    case EXPR_SUBQUERY:
        pin_shift(&expr->u.subquery.shift, at_ms);
        return true;
    case EXPR_CALL:
        for (size_t i = 0; i < expr->u.call.n_args; i++)
            same = pin(expr->u.call.args[i], at_ms) && same;
        return same && !expr->u.call.function->at_unsafe;
    case EXPR_AGGREGATE:
        if (expr->u.aggregate.param)
            same = pin(expr->u.aggregate.param, at_ms);
        return pin(expr->u.aggregate.inner, at_ms) && same;
    case EXPR_BINARY:
        same = pin(expr->u.binary.left, at_ms);
        return pin(expr->u.binary.right, at_ms) && same;
    case EXPR_UNARY:
        return pin(expr->u.unary.inner, at_ms);
    case EXPR_PAREN:
        return pin(expr->u.paren.inner, at_ms);
    }
    return false;
}

static bool run_pinned(struct runner *r, struct err *err)
{
    int64_t at_ms = r->eval->query.start_ms;
    int64_t times[] = {-10 * at_ms, 0, at_ms / 5, at_ms, 10 * at_ms};
    size_t n = sizeof times / sizeof *times;
    if (at_ms == 0) {
        times[0] = -1000;
        times[2] = 1000;
        n = 3;
    }
    struct expr *expr = parse(r, r->eval->expr, err);
    if (!expr)
        return false;
    if (!pin(expr, at_ms))
        return true;
    struct buf printed;
    buf_init(&printed, EXPRESSION_MAX);
    promql_print(expr, &printed);
    bool ok = true;
    for (size_t i = 0; ok && i < n; i++) {
        ok = run_instant(r, buf_text(&printed), times[i], err);
        if (!ok)
            err_context(err, "as %.*s at %lld ms", TEXT_ARG(buf_text(&printed)), (long long)times[i]);
    }
    buf_finish(&printed);
    return ok;
}

enum eval_outcome script_run_eval(const struct script_eval *eval, struct test_source *source,
                                  const struct script_settings *settings, struct label_table *table,
                                  struct err *err)
{
    struct runner r = {
        .eval = eval, .source = source, .settings = settings, .table = table, .regexes = regex_set_new()};
    bool ok;
    arena_init(&r.arena, 0);
    test_source_gave_histograms(source);
    if (eval->query.step_ms > 0)
        ok = run_range(&r, err);
    else
        ok = run_instant(&r, eval->expr, eval->query.start_ms, err) && run_pinned(&r, err);
    arena_finish(&r.arena);
    regex_set_free(r.regexes);
    if (test_source_gave_histograms(source))
        return EVAL_SKIPPED;
    return ok ? EVAL_PASSED : EVAL_FAILED;
}
