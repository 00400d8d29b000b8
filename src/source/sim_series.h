/* sim_series: what the simulated service's counts look like as Prometheus series. The catalogue lists every
 * series there can be, family by family; columns are the samples of the scrapes that took place. For the
 * sim_*.c files and tests. */
#ifndef SLOBURN_SOURCE_SIM_SERIES_H
#define SLOBURN_SOURCE_SIM_SERIES_H

#include "source/sim_model.h"

enum sim_family {
    SIM_QUERIES,
    SIM_DURATION,
    SIM_COST_TOTAL,
    SIM_SCORES,
    SIM_UP,
    SIM_PROCESS_START,
    SIM_FAMILIES
};

enum sim_part { SIM_VALUE, SIM_BUCKET, SIM_SUM, SIM_COUNT };

struct sim_series {
    enum sim_family family;
    enum sim_part part;
    int instance;
    int tenant; /* SIM_ALL: of the instance */
    int code;   /* or -1 */
    int bound;  /* SIM_BUCKET: index; the number of bounds is +Inf */
    const struct labels *labels;
    struct text printed; /* metric{a="b",…} */
};

struct sim_column {
    const struct sim_series *series;
    int64_t *times_ms;
    double *values;
    size_t len;
};

extern const int sim_family_digits[SIM_FAMILIES]; /* decimal digits of a value or sum */
extern const char *const sim_family_names[SIM_FAMILIES];
extern const char *const sim_family_helps[SIM_FAMILIES];

void sim_catalogue_init(struct sim *sim);

/* Exact value in units of 10^-digits, of a process whose counts grew from base to counts. *digits is 0 for
 * counts. */
int64_t sim_series_value(const struct sim_series *series, const struct sim_counts *counts,
                         const struct sim_counts *base, int *digits);
/* Does the process have this series yet? */
bool sim_series_exists(const struct sim_series *series, const struct sim_counts *counts,
                       const struct sim_counts *base);
/* Counts when the process that runs at at_ms started. */
void sim_base_at(struct sim *sim, int instance, int tenant, int64_t at_ms, struct sim_counts *base);

/* How many scrapes of an instance with from_ms < t <= to_ms there can be, at most. */
size_t sim_scrapes_bound(const struct sim *sim, int64_t from_ms, int64_t to_ms);
/* Fills each column with its samples, from_ms < t <= to_ms, in the arena. With `markers`, a stale marker
 * stands where a series was gone at a scrape after one that had it. */
void sim_columns_fill(struct sim *sim, struct sim_column *columns, size_t n, int64_t from_ms, int64_t to_ms,
                      bool markers, struct arena *arena);

#endif
