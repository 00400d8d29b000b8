/* functions: the implementations that the function table names, one a function unless said otherwise. Each
 * reads its arguments from the call and fills call->result (evaluator.h). */
#ifndef SLOBURN_PROMQL_FUNCTIONS_H
#define SLOBURN_PROMQL_FUNCTIONS_H

#include "promql/evaluator.h"

/* functions_rate.c */
void function_rate(struct eval_call *call);
void function_increase(struct eval_call *call);
void function_delta(struct eval_call *call);
void function_irate(struct eval_call *call);
void function_idelta(struct eval_call *call);
void function_resets(struct eval_call *call);
void function_changes(struct eval_call *call);

/* functions_over_time.c */
void function_sum_over_time(struct eval_call *call);
void function_avg_over_time(struct eval_call *call);
void function_min_over_time(struct eval_call *call);
void function_max_over_time(struct eval_call *call);
void function_ts_of_min_over_time(struct eval_call *call);
void function_ts_of_max_over_time(struct eval_call *call);
void function_count_over_time(struct eval_call *call);
void function_present_over_time(struct eval_call *call);
void function_first_over_time(struct eval_call *call);
void function_last_over_time(struct eval_call *call);
void function_ts_of_first_over_time(struct eval_call *call);
void function_ts_of_last_over_time(struct eval_call *call);
void function_stdvar_over_time(struct eval_call *call);
void function_stddev_over_time(struct eval_call *call);
void function_mad_over_time(struct eval_call *call);
void function_quantile_over_time(struct eval_call *call);

/* functions_trend.c */
void function_deriv(struct eval_call *call);
void function_predict_linear(struct eval_call *call);
void function_double_exponential_smoothing(struct eval_call *call);

/* functions_math.c */
void function_abs(struct eval_call *call);
void function_ceil(struct eval_call *call);
void function_floor(struct eval_call *call);
void function_round(struct eval_call *call);
void function_exp(struct eval_call *call);
void function_sqrt(struct eval_call *call);
void function_ln(struct eval_call *call);
void function_log2(struct eval_call *call);
void function_log10(struct eval_call *call);
void function_sgn(struct eval_call *call);
void function_clamp(struct eval_call *call);
void function_clamp_min(struct eval_call *call);
void function_clamp_max(struct eval_call *call);
void function_max_of(struct eval_call *call);
void function_min_of(struct eval_call *call);
void function_pi(struct eval_call *call);
void function_sin(struct eval_call *call);
void function_cos(struct eval_call *call);
void function_tan(struct eval_call *call);
void function_asin(struct eval_call *call);
void function_acos(struct eval_call *call);
void function_atan(struct eval_call *call);
void function_sinh(struct eval_call *call);
void function_cosh(struct eval_call *call);
void function_tanh(struct eval_call *call);
void function_asinh(struct eval_call *call);
void function_acosh(struct eval_call *call);
void function_atanh(struct eval_call *call);
void function_deg(struct eval_call *call);
void function_rad(struct eval_call *call);

/* functions_time.c */
void function_time(struct eval_call *call);
void function_start(struct eval_call *call);
void function_end(struct eval_call *call);
void function_range(struct eval_call *call);
void function_step(struct eval_call *call);
void function_timestamp(struct eval_call *call);
void function_start_timestamp(struct eval_call *call);
void function_minute(struct eval_call *call);
void function_hour(struct eval_call *call);
void function_day_of_week(struct eval_call *call);
void function_day_of_month(struct eval_call *call);
void function_day_of_year(struct eval_call *call);
void function_days_in_month(struct eval_call *call);
void function_month(struct eval_call *call);
void function_year(struct eval_call *call);

/* functions_scalar.c */
void function_scalar(struct eval_call *call);
void function_vector(struct eval_call *call);
void function_absent(struct eval_call *call);
void function_absent_over_time(struct eval_call *call);

/* functions_labels.c, functions_info.c */
void function_label_replace(struct eval_call *call);
void function_label_join(struct eval_call *call);
void function_info(struct eval_call *call);

/* functions_sort.c */
void function_sort(struct eval_call *call);
void function_sort_desc(struct eval_call *call);
void function_sort_by_label(struct eval_call *call);
void function_sort_by_label_desc(struct eval_call *call);

/* functions_histogram.c */
void function_histogram_quantile(struct eval_call *call);
void function_histogram_quantiles(struct eval_call *call);
void function_histogram_fraction(struct eval_call *call);
/* histogram_count, histogram_sum, histogram_avg, histogram_stddev, histogram_stdvar */
void function_of_native_histogram(struct eval_call *call);

#endif
