/* Set operators: and, unless and or compare, at each step, which match groups the other side has. Values and
 * names stay. */
#include "promql/matching.h"

/* For each group the steps at which any of its series has a sample; NULL for groups without series. */
static uint8_t **presence(struct eval *ev, const struct match_groups *groups, const struct vector *v,
                          const uint32_t *ids)
{
    struct arena *arena = ev->state->arena;
    uint8_t **present = ARENA_ARRAY_ZERO(arena, uint8_t *, groups->len);
    for (size_t i = 0; i < v->len && eval_alive(ev); i++) {
        uint8_t **steps = &present[ids[i]];
        if (!*steps)
            *steps = ARENA_ARRAY_ZERO(arena, uint8_t, ev->n_steps);
        for (size_t step = 0; step < ev->n_steps; step++)
            (*steps)[step] |= (uint8_t)series_has(&v->at[i], step);
    }
    return present;
}

/* Removes the samples at steps where the other side's group is present (unless) or is not (and). */
static void mask(struct eval *ev, struct vector_series *s, const uint8_t *other, bool wanted)
{
    for (size_t step = 0; step < ev->n_steps; step++) {
        if ((other && other[step]) == wanted)
            continue;
        s->values[step] = value_none();
        if (s->histograms)
            s->histograms[step] = NULL;
    }
}

static void move_masked(struct eval *ev, struct vector *from, const uint32_t *ids, uint8_t **other,
                        bool wanted, struct vector *out)
{
    for (size_t i = 0; i < from->len && !eval_failed(ev); i++) {
        if (other)
            mask(ev, &from->at[i], other[ids[i]], wanted);
        struct vector_series s = from->at[i];
        from->at[i].values = NULL;
        *vector_add(ev, out, s.labels, s.values) = s;
    }
}

bool set_vectors(struct eval *ev, const struct expr *expr, struct vector *left, struct vector *right,
                 struct vector *out)
{
    struct match_groups groups = {0};
    uint32_t *left_ids = match_groups_assign(ev, &groups, expr->u.binary.matching, left);
    uint32_t *right_ids = match_groups_assign(ev, &groups, expr->u.binary.matching, right);
    bool is_or = expr->u.binary.op == BINARY_OR;
    uint8_t **other = is_or ? presence(ev, &groups, left, left_ids) : presence(ev, &groups, right, right_ids);
    if (is_or) {
        move_masked(ev, left, left_ids, NULL, true, out);
        move_masked(ev, right, right_ids, other, false, out);
    } else {
        move_masked(ev, left, left_ids, other, expr->u.binary.op == BINARY_AND, out);
    }
    match_groups_finish(&groups);
    return vector_unify(ev, out, false);
}
