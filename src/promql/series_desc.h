/* series_desc: the notation of series in tests (promtool's unit tests, promqltest scripts):
 *
 *     metric{label="value"} 1 2+3x4 _ _x3 stale {{schema:0 sum:1 buckets:[1 2]}}x2
 *
 * and, with @st behind the labels, the start timestamps of the samples of the line that follows. A neutral
 * description: labels are text, histograms are their fields as written. */
#ifndef SLOBURN_PROMQL_SERIES_DESC_H
#define SLOBURN_PROMQL_SERIES_DESC_H

#include "base/err.h"
#include "base/text.h"

struct arena;

enum { SERIES_VALUES_MAX = 1000000 }; /* repetitions counted */

enum reset_hint { RESET_UNKNOWN, RESET_RESET, RESET_NOT_RESET, RESET_GAUGE };

struct bucket_list {
    double *at;
    size_t len;
};

/* A native histogram as {{…}} describes it: absolute counts; the positive buckets are one span that starts at
 * `offset`, the negative ones one at `negative_offset`. custom_values are the bounds of schema -53. */
struct histogram_desc {
    int64_t schema;
    double sum;
    double count;
    double zero_count;
    double zero_threshold;
    int64_t offset;
    int64_t negative_offset;
    struct bucket_list buckets;
    struct bucket_list negative_buckets;
    struct bucket_list custom_values;
    enum reset_hint reset_hint;
    bool reset_hint_given;
};

enum series_value_kind { SERIES_OMITTED, SERIES_NUMBER, SERIES_STALE, SERIES_HISTOGRAM };

struct series_value {
    enum series_value_kind kind;
    double number; /* SERIES_NUMBER; a start timestamp: seconds relative to the sample's time */
    /* SERIES_HISTOGRAM: histogram, to which `added` is added `times` times (subtracted if negative). */
    const struct histogram_desc *histogram;
    const struct histogram_desc *added; /* or NULL */
    int64_t times;
};

struct series_label {
    struct text name;
    struct text value;
};

struct series_desc {
    struct series_label *labels; /* in the order written, the metric's name as __name__ first; of a doubled
                                    name the last counts */
    size_t n_labels;
    bool start_times; /* an @st line: the values are durations */
    struct series_value *values;
    size_t n_values;
    bool has_histograms;
};

/* Everything lives in the arena. Errors as Prometheus words them, without "parse error: ". */
NODISCARD bool series_desc_parse(struct text line, struct arena *arena, struct series_desc *desc,
                                 struct err *err);

#endif
