/* Parts of label sets: what by, without, on and ignoring keep, and sets without the metric's name. Interned,
 * so that equal parts are the same pointer. */
#include "promql/eval_state.h"

struct name_list names_intern(struct eval *ev, const struct text *names, size_t n)
{
    struct name_list list = {ARENA_ARRAY(ev->state->arena, const struct symbol *, n), n};
    for (size_t i = 0; i < n; i++)
        list.at[i] = symbol_intern(ev->state->table, names[i]);
    return list;
}

static bool listed(const struct name_list *names, const struct symbol *name)
{
    for (size_t i = 0; i < names->len; i++)
        if (names->at[i] == name)
            return true;
    return false;
}

static struct label *scratch(struct eval_state *state, size_t n)
{
    if (n > state->scratch_cap) {
        state->scratch_cap = n * 2;
        state->scratch = ARENA_ARRAY(state->arena, struct label, state->scratch_cap);
    }
    return state->scratch;
}

static bool kept(const struct eval_state *state, const struct name_list *names, enum subset_rule rule,
                 const struct symbol *name)
{
    bool in_list = listed(names, name);
    switch (rule) {
    case SUBSET_KEEP:
        return in_list;
    case SUBSET_DROP:
        return !in_list && name != state->metadata[0];
    case SUBSET_DROP_LISTED:
        return !in_list;
    case SUBSET_WITHOUT:
        return !in_list && name != state->metadata[0] && name != state->metadata[1] &&
               name != state->metadata[2];
    }
    return false;
}

const struct labels *labels_subset(struct eval *ev, const struct labels *labels,
                                   const struct name_list *names, enum subset_rule rule)
{
    struct eval_state *state = ev->state;
    struct label *part = scratch(state, labels->len);
    size_t n = 0;
    for (uint32_t i = 0; i < labels->len; i++)
        if (kept(state, names, rule, labels->at[i].name))
            part[n++] = labels->at[i];
    return n == labels->len ? labels : labels_intern(state->table, part, n);
}

const struct labels *labels_without_name(struct eval *ev, const struct labels *labels)
{
    struct name_list none = {NULL, 0};
    return labels_subset(ev, labels, &none, SUBSET_WITHOUT);
}

void series_drop_name(struct eval *ev, struct vector_series *s)
{
    if (ev->state->options.delayed_name_removal)
        s->drop_name = true;
    else
        s->labels = labels_without_name(ev, s->labels);
}

struct text series_metric(const struct labels *labels)
{
    return labels_value(labels, TEXT("__name__"));
}
