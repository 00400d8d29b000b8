/* Aggregations over the values of one step: quantile, which sorts them, and count_values, which makes a label
 * of them. */
#include "base/buf.h"
#include "base/number.h"
#include "promql/aggregate.h"
#include "promql/quantile.h"

#include <math.h>

static void warn_quantile(struct eval *ev, const struct expr *at, double q)
{
    eval_warn(ev, at, "quantile value should be between 0 and 1, got %s", eval_number(ev, q));
}

static void check_quantile(struct eval *ev, const struct aggregate_call *call)
{
    const struct expr *at = call->expr->u.aggregate.param;
    double lowest = 0;
    double highest = 1;
    bool nan = false;
    for (size_t step = 0; step < ev->n_steps; step++) {
        double q = call->param[step];
        nan = nan || isnan(q);
        lowest = q < lowest ? q : lowest;
        highest = q > highest ? q : highest;
    }
    if (nan)
        warn_quantile(ev, at, (double)NAN);
    if (highest > 1)
        warn_quantile(ev, at, highest);
    if (lowest < 0)
        warn_quantile(ev, at, lowest);
}

/* Series of each group one after the other: order[from[g]] to before order[from[g + 1]]. */
static uint32_t *order_by_group(struct eval *ev, const struct aggregate_call *call, uint32_t **from)
{
    struct arena *arena = ev->state->arena;
    uint32_t *order = ARENA_ARRAY(arena, uint32_t, call->in->len);
    uint32_t *start = ARENA_ARRAY_ZERO(arena, uint32_t, call->groups.len + 2);
    for (size_t i = 0; i < call->in->len; i++)
        start[call->groups.of_series[i] + 2]++;
    for (size_t g = 2; g < call->groups.len + 2; g++)
        start[g] += start[g - 1];
    for (size_t i = 0; i < call->in->len; i++)
        order[start[call->groups.of_series[i] + 1]++] = (uint32_t)i;
    *from = start;
    return order;
}

bool aggregate_quantile(struct eval *ev, const struct aggregate_call *call, struct vector *out)
{
    uint32_t *from;
    uint32_t *order = order_by_group(ev, call, &from);
    double *values = ARENA_ARRAY(ev->state->arena, double, call->in->len);
    check_quantile(ev, call);
    for (size_t g = 0; g < call->groups.len && eval_alive(ev); g++) {
        double *column = eval_column(ev);
        for (size_t step = 0; step < ev->n_steps; step++) {
            size_t n = 0;
            for (uint32_t i = from[g]; i < from[g + 1]; i++) {
                double v = call->in->at[order[i]].values[step];
                if (!value_absent(v))
                    values[n++] = v;
            }
            column[step] = n ? quantile_of(call->param[step], values, n) : value_none();
            if (n > 10000 && !eval_alive(ev))
                return false;
        }
        aggregate_add(ev, &call->groups, g, column, out);
    }
    return !eval_failed(ev);
}

struct counter {
    struct eval *ev;
    const struct aggregate_call *call;
    const struct symbol *label;
    struct name_list grouping;
    enum subset_rule rule;
    struct map by_labels;
    struct vector *out;
    struct buf text;
};

/* Where samples of this series with this value are counted. */
static size_t count_place(struct counter *c, const struct vector_series *s, double value)
{
    struct label_table *table = c->ev->state->table;
    buf_clear(&c->text);
    number_print_fixed(value, &c->text);
    struct label with = {c->label, symbol_intern(table, buf_text(&c->text))};
    const struct labels *labels = labels_merge(table, s->labels, &with, 1);
    labels = labels_subset(c->ev, labels, &c->grouping, c->rule);
    bool added;
    uint64_t *place = map_add(&c->by_labels, map_key_of(labels), &added);
    if (added) {
        *place = c->out->len;
        vector_add(c->ev, c->out, labels, eval_column_absent(c->ev))->drop_name = s->drop_name;
    }
    return *place;
}

static void count_series(struct counter *c, const struct vector_series *s)
{
    double last = value_none();
    size_t place = 0;
    for (size_t step = 0; step < c->ev->n_steps; step++) {
        double v = s->values[step];
        if (value_absent(v))
            continue;
        if (value_absent(last) || value_bits(v) != value_bits(last)) {
            if (!eval_alive(c->ev))
                return;
            place = count_place(c, s, v);
            last = v;
        }
        double *count = &c->out->at[place].values[step];
        *count = value_absent(*count) ? 1 : *count + 1;
    }
}

bool aggregate_count_values(struct eval *ev, const struct aggregate_call *call, struct vector *out)
{
    struct counter c = {.ev = ev, .call = call, .out = out};
    buf_init(&c.text, 4096);
    if (call->label.len == 0 || !text_utf8_valid(call->label)) {
        text_print_quoted(call->label, &c.text);
        eval_fail(ev, "invalid label name %s", buf_cstring(&c.text));
        buf_finish(&c.text);
        return false;
    }
    size_t n = call->expr->u.aggregate.n_grouping;
    bool without = call->expr->u.aggregate.without;
    struct text *names = ARENA_ARRAY(ev->state->arena, struct text, n + 1);
    for (size_t i = 0; i < n; i++)
        names[i] = call->expr->u.aggregate.grouping[i];
    names[n] = call->label;
    c.label = symbol_intern(ev->state->table, call->label);
    c.grouping = names_intern(ev, names, without ? n : n + 1);
    c.rule = without ? SUBSET_WITHOUT : SUBSET_KEEP;
    for (size_t i = 0; i < call->in->len && eval_alive(ev); i++)
        count_series(&c, &call->in->at[i]);
    map_finish(&c.by_labels);
    buf_finish(&c.text);
    return !eval_failed(ev);
}
