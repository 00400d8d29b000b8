/* test_source: samples in memory as a promql_source, for tests, the script runner and fuzzing. Series are
 * made by their labels and get samples in rising order of time; a later sample of the same time replaces the
 * earlier one.
 *
 * Histogram samples are only known to be histograms: the source tells whether an evaluation got any. */
#ifndef SLOBURN_TESTS_SUPPORT_TEST_SOURCE_H
#define SLOBURN_TESTS_SUPPORT_TEST_SOURCE_H

#include "promql/source.h"

struct test_source;

struct test_sample {
    int64_t time_ms;
    double value;
    int64_t start_ms; /* 0: unknown */
    bool histogram;
};

struct test_source *test_source_new(void);
void test_source_free(struct test_source *source);
/* Forgets all series. */
void test_source_clear(struct test_source *source);
/* The table that label sets given to this source belong to. */
struct label_table *test_source_labels(struct test_source *source);
void test_source_add(struct test_source *source, const struct labels *labels, struct test_sample sample);
/* Whether a selection since the last call gave any histogram sample. */
bool test_source_gave_histograms(struct test_source *source);
struct promql_source test_source_promql(struct test_source *source);

#endif
