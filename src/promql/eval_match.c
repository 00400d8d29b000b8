/* Arithmetic and comparison between two vectors. Match groups are found once. In a group with one series on
 * the "one" side, every series of the "many" side is combined with it column by column; groups in which
 * several series alternate over time, and fill(), are walked step by step. "many" is the left side unless
 * group_right was written; for one-to-one it is just the left side. fill_left always fills the many side and
 * fill_right the one side, group_right or not: Prometheus exchanges the sides but not their fill values, and
 * its tests want it so. */
#include "base/buf.h"
#include "promql/binary_op.h"
#include "promql/matching.h"

#include <stdlib.h>

#define NOBODY UINT32_MAX

static const char ONE_TO_ONE_TWICE[] =
    "multiple matches for labels: many-to-one matching must be explicit (group_left/group_right)";
static const char NOT_UNIQUE[] = "multiple matches for labels: grouping labels must ensure unique matches";

/* Series of a side by group: those of group g are items[from[g]] to before items[from[g + 1]]. */
struct members {
    uint32_t *from;
    uint32_t *items;
};

/* A series of the result and what made it, to see whether two matches meet at one step. */
struct match_result {
    uint32_t group;
    uint32_t many; /* the only pair that made it, or NOBODY */
    uint32_t one;
    uint8_t *matched; /* steps at which something matched, kept or not; NULL until a second pair comes */
};

struct match {
    struct eval *ev;
    const struct expr *expr;
    const struct vector_matching *how;
    struct vector *many;
    struct vector *one;
    bool many_is_left;
    bool fill_many; /* what is missing on the many side has a value */
    bool fill_one;
    double many_value;
    double one_value;
    struct match_groups groups;
    uint32_t *many_ids;
    uint32_t *one_ids;
    struct members one_of;
    struct members many_of;
    uint8_t *many_any;    /* steps at which the many side has any sample; made when needed */
    uint8_t **group_done; /* one-to-one: steps at which the group had its match */
    struct name_list labels;
    struct name_list include;
    struct vector *out;
    struct match_result *results;
    size_t results_cap;
    struct map by_labels; /* result labels -> index in out */
};

static struct members group_members(struct eval *ev, size_t groups, const uint32_t *ids, size_t n)
{
    struct arena *arena = ev->state->arena;
    struct members m = {ARENA_ARRAY_ZERO(arena, uint32_t, groups + 2), ARENA_ARRAY(arena, uint32_t, n)};
    for (size_t i = 0; i < n; i++)
        m.from[ids[i] + 2]++;
    for (size_t g = 2; g < groups + 2; g++)
        m.from[g] += m.from[g - 1];
    for (size_t i = 0; i < n; i++)
        m.items[m.from[ids[i] + 1]++] = (uint32_t)i;
    return m;
}

static uint32_t members_of(const struct members *m, uint32_t group)
{
    return m->from[group + 1] - m->from[group];
}

/* {__name__="x", a="b"}, as Go prints a label set. */
static void print_labels(const struct labels *labels, struct buf *out)
{
    buf_putc(out, '{');
    for (uint32_t i = 0; i < labels->len; i++) {
        struct text name = symbol_text(labels->at[i].name);
        if (i)
            buf_puts(out, ", ");
        if (label_name_legacy_valid(name))
            buf_add_text(out, name);
        else
            text_print_quoted(name, out);
        buf_putc(out, '=');
        text_print_quoted(symbol_text(labels->at[i].value), out);
    }
    buf_putc(out, '}');
}

static bool fail_duplicate(struct match *m, uint32_t a, uint32_t b)
{
    struct buf text[3];
    const struct labels *sets[3] = {m->groups.labels[m->one_ids[a]], m->one->at[a].labels,
                                    m->one->at[b].labels};
    for (int i = 0; i < 3; i++) {
        buf_init(&text[i], 1024);
        print_labels(sets[i], &text[i]);
    }
    bool in_order = text_compare(buf_text(&text[1]), buf_text(&text[2])) <= 0;
    eval_fail(m->ev,
              "found duplicate series for the match group %s on the %s hand-side of the operation: [%s, "
              "%s];many-to-many "
              "matching not allowed: matching labels must be unique on one side",
              buf_cstring(&text[0]), m->many_is_left ? "right" : "left", buf_cstring(&text[in_order ? 1 : 2]),
              buf_cstring(&text[in_order ? 2 : 1]));
    for (int i = 0; i < 3; i++)
        buf_finish(&text[i]);
    return false;
}

static bool any_at(struct match *m, size_t step)
{
    struct eval *ev = m->ev;
    if (!m->many_any) {
        m->many_any = ARENA_ARRAY_ZERO(ev->state->arena, uint8_t, ev->n_steps);
        for (size_t i = 0; i < m->many->len; i++)
            for (size_t s = 0; s < ev->n_steps; s++)
                m->many_any[s] |= (uint8_t)series_has(&m->many->at[i], s);
    }
    return m->many_any[step];
}

/* Two series of the one side in one group at one step are an error, matched or not, unless the other side is
 * empty. */
static bool check_one_side(struct match *m)
{
    for (uint32_t g = 0; g < m->groups.len; g++) {
        const uint32_t *items = m->one_of.items + m->one_of.from[g];
        uint32_t n = members_of(&m->one_of, g);
        if (n < 2)
            continue;
        if (!eval_alive(m->ev))
            return false;
        for (size_t step = 0; step < m->ev->n_steps; step++) {
            uint32_t first = NOBODY;
            for (uint32_t i = 0; i < n; i++) {
                if (!series_has(&m->one->at[items[i]], step))
                    continue;
                if (first != NOBODY && (m->fill_many || any_at(m, step)))
                    return fail_duplicate(m, first, items[i]);
                first = items[i];
            }
        }
    }
    return true;
}

static const struct labels *add_included(struct match *m, const struct labels *labels,
                                         const struct labels *from)
{
    if (!m->include.len)
        return labels;
    struct eval_state *state = m->ev->state;
    struct label *extra = ARENA_ARRAY(state->arena, struct label, m->include.len);
    const struct symbol *nothing = symbol_intern(state->table, TEXT(""));
    for (size_t i = 0; i < m->include.len; i++) {
        const struct symbol *value = labels_find(from, m->include.at[i]);
        extra[i] = (struct label){m->include.at[i], value ? value : nothing};
    }
    return labels_merge(state->table, labels, extra, m->include.len);
}

/* Labels of what `many` and `one` (either may be NOBODY: filled in) give. */
static const struct labels *result_labels(struct match *m, uint32_t group, uint32_t many, uint32_t one)
{
    struct eval *ev = m->ev;
    const struct labels *labels = many == NOBODY ? m->groups.labels[group] : m->many->at[many].labels;
    if (binary_drops_name(m->expr->u.binary.op))
        labels = labels_without_name(ev, labels);
    if (m->how->card == CARD_ONE_TO_ONE)
        labels = labels_subset(ev, labels, &m->labels, m->how->on ? SUBSET_KEEP : SUBSET_DROP_LISTED);
    labels = add_included(m, labels, one == NOBODY ? m->groups.labels[group] : m->one->at[one].labels);
    if (m->expr->u.binary.return_bool && !ev->state->options.delayed_name_removal)
        labels = labels_without_name(ev, labels);
    return labels;
}

static size_t add_result(struct match *m, uint32_t group, uint32_t many, uint32_t one, bool *added)
{
    struct eval *ev = m->ev;
    const struct labels *labels = result_labels(m, group, many, one);
    uint64_t *place = map_add(&m->by_labels, map_key_of(labels), added);
    if (!*added)
        return *place;
    *place = m->out->len;
    struct vector_series *s = vector_add(ev, m->out, labels, NULL);
    s->drop_name = ev->state->options.delayed_name_removal && !binary_drops_name(m->expr->u.binary.op) &&
                   (m->expr->u.binary.return_bool || (many != NOBODY && m->many->at[many].drop_name));
    if (m->results_cap < m->out->cap) {
        m->results = arena_grow(ev->state->arena, m->results, m->results_cap * sizeof *m->results,
                                m->out->cap * sizeof *m->results, _Alignof(struct match_result));
        m->results_cap = m->out->cap;
    }
    m->results[*place] = (struct match_result){.group = group, .many = NOBODY, .one = NOBODY};
    return *place;
}

static void run(const struct match *m, const double *many, const double *one, double *out, size_t n)
{
    struct binary_columns c = {.op = m->expr->u.binary.op,
                               .return_bool = m->expr->u.binary.return_bool,
                               .left = m->many_is_left ? many : one,
                               .right = m->many_is_left ? one : many,
                               .out = out,
                               .n = n};
    c.kept = c.left;
    binary_run(&c);
}

static uint8_t *matched_steps(struct match *m, struct match_result *r)
{
    if (r->matched)
        return r->matched;
    r->matched = ARENA_ARRAY_ZERO(m->ev->state->arena, uint8_t, m->ev->n_steps);
    if (r->many == NOBODY)
        return r->matched;
    for (size_t step = 0; step < m->ev->n_steps; step++)
        r->matched[step] = series_has(&m->many->at[r->many], step) && series_has(&m->one->at[r->one], step);
    return r->matched;
}

/* A match at one step: two at the same step are an error, whether or not a comparison keeps them. */
static bool put_step(struct match *m, size_t index, uint32_t group, size_t step, double value)
{
    struct match_result *r = &m->results[index];
    struct vector_series *s = &m->out->at[index];
    if (m->how->card == CARD_ONE_TO_ONE) {
        uint8_t **done = &m->group_done[group];
        if (!*done)
            *done = ARENA_ARRAY_ZERO(m->ev->state->arena, uint8_t, m->ev->n_steps);
        if ((*done)[step])
            return eval_fail(m->ev, "%s", ONE_TO_ONE_TWICE);
        (*done)[step] = 1;
    } else {
        uint8_t *matched = matched_steps(m, r);
        if (matched[step] && r->group == group)
            return eval_fail(m->ev, "%s", NOT_UNIQUE);
        matched[step] = 1;
    }
    if (!s->values)
        s->values = eval_column_absent(m->ev);
    if (value_absent(value))
        return true;
    if (!value_absent(s->values[step]))
        return eval_fail(m->ev, "vector cannot contain metrics with the same labelset");
    s->values[step] = value;
    return true;
}

/* One step of a pair; either may be NOBODY, if filled. Remembers the last pair's place in `cached`. */
struct pair_cache {
    uint32_t many;
    uint32_t one;
    size_t index;
    bool valid;
};

static bool match_step(struct match *m, struct pair_cache *cache, uint32_t group, uint32_t many, uint32_t one,
                       size_t step)
{
    double a = many == NOBODY ? m->many_value : m->many->at[many].values[step];
    double b = one == NOBODY ? m->one_value : m->one->at[one].values[step];
    double value;
    bool added;
    run(m, &a, &b, &value, 1);
    if (!cache->valid || cache->many != many || cache->one != one)
        *cache = (struct pair_cache){many, one, add_result(m, group, many, one, &added), true};
    return put_step(m, cache->index, group, step, value);
}

static uint32_t one_at(const struct match *m, uint32_t group, size_t step)
{
    const uint32_t *items = m->one_of.items + m->one_of.from[group];
    for (uint32_t i = 0; i < members_of(&m->one_of, group); i++)
        if (series_has(&m->one->at[items[i]], step))
            return items[i];
    return NOBODY;
}

static bool match_by_steps(struct match *m, uint32_t group, uint32_t many)
{
    struct pair_cache cache = {.valid = false};
    for (size_t step = 0; step < m->ev->n_steps; step++) {
        if (!series_has(&m->many->at[many], step))
            continue;
        uint32_t one = one_at(m, group, step);
        if (one == NOBODY && !m->fill_one)
            continue;
        if (!match_step(m, &cache, group, many, one, step))
            return false;
    }
    return true;
}

/* The whole column of the only pair of a group, if its labels are new. */
static bool match_columns(struct match *m, uint32_t group, uint32_t many, uint32_t one)
{
    bool added;
    size_t index = add_result(m, group, many, one, &added);
    if (!added)
        return match_by_steps(m, group, many);
    struct vector_series *s = &m->out->at[index];
    m->results[index].many = many;
    m->results[index].one = one;
    s->values = eval_column(m->ev);
    run(m, m->many->at[many].values, m->one->at[one].values, s->values, m->ev->n_steps);
    return !eval_failed(m->ev);
}

static bool match_many_side(struct match *m)
{
    for (uint32_t i = 0; i < m->many->len; i++) {
        uint32_t group = m->many_ids[i];
        uint32_t n = members_of(&m->one_of, group);
        if (!eval_alive(m->ev))
            return false;
        if (n == 0 && !m->fill_one)
            continue;
        bool alone = m->how->card != CARD_ONE_TO_ONE || members_of(&m->many_of, group) == 1;
        bool columns = n == 1 && alone && !m->fill_one && !m->fill_many;
        bool ok = columns ? match_columns(m, group, i, m->one_of.items[m->one_of.from[group]])
                          : match_by_steps(m, group, i);
        if (!ok)
            return false;
    }
    return true;
}

/* fill of the many side: what the one side has alone. */
static bool match_lonely(struct match *m)
{
    for (uint32_t i = 0; i < m->one->len; i++) {
        uint32_t group = m->one_ids[i];
        const uint32_t *items = m->many_of.items + m->many_of.from[group];
        struct pair_cache cache = {.valid = false};
        if (!eval_alive(m->ev))
            return false;
        for (size_t step = 0; step < m->ev->n_steps; step++) {
            bool lonely = series_has(&m->one->at[i], step);
            for (uint32_t k = 0; lonely && k < members_of(&m->many_of, group); k++)
                lonely = !series_has(&m->many->at[items[k]], step);
            if (lonely && !match_step(m, &cache, group, NOBODY, i, step))
                return false;
        }
    }
    return true;
}

static void set_up(struct match *m, struct vector *left, struct vector *right)
{
    struct eval *ev = m->ev;
    m->many_is_left = m->how->card != CARD_ONE_TO_MANY;
    m->many = m->many_is_left ? left : right;
    m->one = m->many_is_left ? right : left;
    m->fill_many = m->how->fill_left;
    m->fill_one = m->how->fill_right;
    m->many_value = m->how->fill_left_value;
    m->one_value = m->how->fill_right_value;
    m->labels = names_intern(ev, m->how->labels, m->how->n_labels);
    m->include = names_intern(ev, m->how->include, m->how->n_include);
    m->many_ids = match_groups_assign(ev, &m->groups, m->how, m->many);
    m->one_ids = match_groups_assign(ev, &m->groups, m->how, m->one);
    m->many_of = group_members(ev, m->groups.len, m->many_ids, m->many->len);
    m->one_of = group_members(ev, m->groups.len, m->one_ids, m->one->len);
    m->group_done = ARENA_ARRAY_ZERO(ev->state->arena, uint8_t *, m->groups.len);
}

bool match_vectors(struct eval *ev, const struct expr *expr, struct vector *left, struct vector *right,
                   struct vector *out)
{
    struct match m = {.ev = ev, .expr = expr, .how = expr->u.binary.matching, .out = out};
    set_up(&m, left, right);
    bool nothing = (m.many->len == 0 && !m.fill_many) || (m.one->len == 0 && !m.fill_one);
    bool ok = nothing || (check_one_side(&m) && match_many_side(&m) && (!m.fill_many || match_lonely(&m)));
    for (size_t i = 0; i < out->len; i++)
        if (!out->at[i].values)
            out->at[i].values = eval_column_absent(ev);
    match_groups_finish(&m.groups);
    map_finish(&m.by_labels);
    return ok && !eval_failed(ev);
}
