/* unit_buckets: which buckets an SLO's histograms are asked for (slo/buckets.h says which decide). Its own
 * selector has the bucket at the threshold. Where that leaves a scrape that nothing judges, the samples of
 * all buckets are fetched once, over the same time, and those that are needed are asked for from then on. A
 * histogram that is judged by its neighbours is looked at again every few minutes, while what a better bucket
 * tells is still open: so a deployment that changes the bounds changes no count. Internal to slo_group. */
#ifndef SLOBURN_ENGINE_UNIT_BUCKETS_H
#define SLOBURN_ENGINE_UNIT_BUCKETS_H

#include "engine/slo_batch.h"

/* After a fetch that was answered: completes the sets of the units that take part. A source that does not
 * answer is logged, and the batch left as it is: what nothing judges stays open for some minutes. */
void group_find_buckets(struct slo_group *group, const struct evaluation_context *context,
                        struct slo_batch *batch);
/* The samples of one term, those of further buckets included. */
struct series_set unit_term_set(const struct slo_group *group, const struct slo_unit *unit,
                                const struct slo_batch *batch, size_t term);

#endif
