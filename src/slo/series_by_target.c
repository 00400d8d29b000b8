/* Replicas and targets of series, by their labels. */
#include "slo/series_by_target.h"

#include "base/memory.h"

struct replica_names replica_names_of(struct label_table *table, struct text replica_label)
{
    static const char *const usual[REPLICA_NAMES] = {"replica", "prometheus_replica", "__replica__"};
    struct replica_names names = {{NULL}};
    if (replica_label.len)
        names.at[0] = symbol_intern(table, replica_label);
    for (int i = 0; !replica_label.len && i < REPLICA_NAMES; i++)
        names.at[i] = symbol_intern(table, text_of(usual[i]));
    return names;
}

const struct labels *labels_without_replica(struct label_table *table, const struct replica_names *names,
                                            const struct labels *labels, const struct symbol **replica)
{
    *replica = NULL;
    for (int i = 0; i < REPLICA_NAMES && names->at[i]; i++) {
        const struct symbol *value = labels_find(labels, names->at[i]);
        if (!value)
            continue;
        *replica = value;
        struct label drop = {names->at[i], symbol_intern(table, TEXT(""))};
        return labels_merge(table, labels, &drop, 1);
    }
    return labels;
}

bool slo_up_is_bare(const struct slo *slo)
{
    return slo->up_expr && slo->up_expr->u.selector.n_matchers <= 1;
}

bool slo_target_is_usual(const struct slo *slo)
{
    return slo->n_target == 0 ||
           (slo->n_target == 2 && text_is(slo->target[0], "job") && text_is(slo->target[1], "instance"));
}

void series_by_target_init(struct series_by_target *index, const struct series_set *set,
                           struct label_table *table, const struct replica_names *names)
{
    const struct symbol *job = symbol_intern(table, TEXT("job")),
                        *instance = symbol_intern(table, TEXT("instance"));
    *index = (struct series_by_target){.links = memory_alloc_zero(set->len, sizeof *index->links)};
    for (size_t i = 0; i < set->len; i++) {
        const struct series *series = &set->at[i];
        if (!series->len)
            continue;
        struct series_link *link = &index->links[i];
        const struct labels *labels = labels_without_replica(table, names, series->labels, &link->replica);
        struct label target[2];
        size_t n = 0;
        const struct symbol *of_job = labels_find(labels, job), *of_instance = labels_find(labels, instance);
        if (of_instance)
            target[n++] = (struct label){instance, of_instance};
        if (of_job)
            target[n++] = (struct label){job, of_job};
        uint64_t *place = map_add(&index->first, map_key_of(labels_intern(table, target, n)), NULL);
        link->series = series;
        link->next = (const struct series_link *)(uintptr_t)*place;
        *place = map_key_of(link);
    }
}

void series_by_target_finish(struct series_by_target *index)
{
    memory_free(index->links);
    map_finish(&index->first);
    *index = (struct series_by_target){0};
}

const struct series_link *series_by_target_find(const struct series_by_target *index,
                                                const struct labels *job_instance)
{
    const uint64_t *place = map_find(&index->first, map_key_of(job_instance));
    return place ? (const struct series_link *)(uintptr_t)*place : NULL;
}
