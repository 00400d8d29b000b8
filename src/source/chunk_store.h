/* chunk_store: series in memory as XOR chunks (xor_chunk.h), about 2 bytes a sample of a counter, with the
 * interface of the evaluator's source: a selection reads only the chunks that overlap its time, each once,
 * into the evaluation's arena. The newest samples of a series, fewer than a chunk's, are kept as they came.
 *
 * One thread at a time. Selections give label sets by the table they are given; quickest is one that stands
 * on chunk_store_labels(). */
#ifndef SLOBURN_SOURCE_CHUNK_STORE_H
#define SLOBURN_SOURCE_CHUNK_STORE_H

#include "base/labels.h"
#include "promql/source.h"

struct chunk_store;
struct chunk_series;

struct chunk_store *chunk_store_new(void);
void chunk_store_free(struct chunk_store *store);
/* The table for labels given to this store. */
struct label_table *chunk_store_labels(struct chunk_store *store);
/* The series of these labels, made when it is new; lives as long as the store. */
struct chunk_series *chunk_store_series(struct chunk_store *store, const struct labels *labels);
/* False, and nothing is added, unless the time is later than the newest sample's. */
bool chunk_series_add(struct chunk_series *series, int64_t time_ms, double value);
/* What all series hold, labels not counted. */
size_t chunk_store_samples(const struct chunk_store *store);
size_t chunk_store_bytes(const struct chunk_store *store);

/* Borrows the store. ERR_LIMIT for more samples than the request allows. */
struct promql_source chunk_store_promql(struct chunk_store *store);

#endif
