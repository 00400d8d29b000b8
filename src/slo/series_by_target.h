/* series_by_target: the series of a set, found by the target that gave them. A selector without matchers
 * (a bare `up`) selects the targets of everybody; an SLO looks up its own in the index and need not walk
 * through all others. One index serves all SLOs that share the set. */
#ifndef SLOBURN_SLO_SERIES_BY_TARGET_H
#define SLOBURN_SLO_SERIES_BY_TARGET_H

#include "base/map.h"
#include "base/series.h"
#include "slo/definition.h"

enum { REPLICA_NAMES = 3 };

/* The labels by which replicas of a scraping server differ. Unused ones are NULL. */
struct replica_names {
    const struct symbol *at[REPLICA_NAMES];
};

/* "": replica, prometheus_replica, __replica__. */
struct replica_names replica_names_of(struct label_table *table, struct text replica_label);
/* The labels without that of a replica, which goes to *replica (NULL: there is none). */
const struct labels *labels_without_replica(struct label_table *table, const struct replica_names *names,
                                            const struct labels *labels, const struct symbol **replica);

struct series_link {
    const struct series *series;
    const struct symbol *replica;
    const struct series_link *next; /* of the same target */
};

struct series_by_target {
    struct series_link *links;
    struct map first; /* job and instance -> struct series_link * */
};

/* Does the SLO's `up` select targets that are not its own? */
bool slo_up_is_bare(const struct slo *slo);
/* Are its targets told apart by job and instance, as the index has them? */
bool slo_target_is_usual(const struct slo *slo);

/* Borrows the set's series; labels are of `table`. */
void series_by_target_init(struct series_by_target *index, const struct series_set *set,
                           struct label_table *table, const struct replica_names *names);
void series_by_target_finish(struct series_by_target *index);
/* The first series of a target (its job and instance); NULL: it gave none. */
const struct series_link *series_by_target_find(const struct series_by_target *index,
                                                const struct labels *job_instance);

#endif
