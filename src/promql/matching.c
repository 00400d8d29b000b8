/* Numbers the match groups of vectors. */
#include "promql/matching.h"

uint32_t *match_groups_assign(struct eval *ev, struct match_groups *groups,
                              const struct vector_matching *matching, const struct vector *v)
{
    struct arena *arena = ev->state->arena;
    struct name_list names = names_intern(ev, matching->labels, matching->n_labels);
    uint32_t *ids = ARENA_ARRAY(arena, uint32_t, v->len);
    for (size_t i = 0; i < v->len; i++) {
        const struct labels *part =
            labels_subset(ev, v->at[i].labels, &names, matching->on ? SUBSET_KEEP : SUBSET_DROP);
        bool added;
        uint64_t *id = map_add(&groups->ids, map_key_of(part), &added);
        if (added) {
            *id = groups->len;
            if (groups->len == groups->cap) {
                size_t cap = groups->cap ? groups->cap * 2 : 16;
                groups->labels = arena_grow(arena, groups->labels, groups->cap * sizeof *groups->labels,
                                            cap * sizeof *groups->labels, _Alignof(void *));
                groups->cap = cap;
            }
            groups->labels[groups->len++] = part;
        }
        ids[i] = (uint32_t)*id;
    }
    return ids;
}

void match_groups_finish(struct match_groups *groups)
{
    map_finish(&groups->ids);
}
