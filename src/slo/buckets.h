/* buckets: which buckets of a classic histogram tell how much was within a percentile's threshold.
 *
 * A bucket whose bound is the threshold tells exactly; bounds are compared as numbers, so that "4", "4.0" and
 * "4e0" are one. Where a histogram has none, its queries between the two nearest bounds are uncertain: by
 * between_buckets: bad the greatest bound below the threshold *decides* and they are bad, by good the least
 * one above (+Inf tells nothing). The nearest bound on the *other* side shows how many they are.
 *
 * Histograms of one selector may have different bounds, and a deployment may change them. So it is chosen
 * for each histogram and each scrape by itself: of the buckets that have a sample there the best decides.
 * What has no bucket that decides cannot be judged (slo/families.c).
 *
 * The functions here look at samples alone and find which buckets must be asked for. A histogram is all
 * series with the same labels but le and the metric's name. */
#ifndef SLOBURN_SLO_BUCKETS_H
#define SLOBURN_SLO_BUCKETS_H

#include "base/series.h"
#include "slo/definition.h"

struct arena;

enum bucket_side { BUCKET_DECIDES, BUCKET_OTHER, BUCKET_USELESS };

/* The number of an le label; NaN for what is none. */
double bucket_bound(struct text le);
enum bucket_side bucket_side(const struct slo *slo, double bound);
/* Order of preference: what decides before what does not, the nearest first. */
int bucket_compare(const struct slo *slo, double a, double b);
/* Index of the first term that counts buckets; n_terms if there is none. */
size_t buckets_term(const struct slo *slo);
/* Is the series one of those whose queries the SLO's buckets judge? Asked of series without le. */
bool buckets_judge(const struct slo *slo, const struct labels *labels);

/* terms: the samples of all terms, in their order. True if some histogram has a sample of its count at a
 * moment at which no bucket decides. */
bool buckets_lack(const struct slo *slo, const struct series_set *terms, struct arena *arena);

/* all: all buckets of one term. The le labels, each once, of those that decide anywhere in it, and where none
 * is exact, of those on the other side. In the arena, texts borrowed from the labels. */
size_t buckets_needed(const struct slo *slo, const struct series_set *all, struct arena *arena,
                      struct text **les);

#endif
