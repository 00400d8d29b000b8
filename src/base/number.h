/* number: text to double and back, independent of any locale. Reading is bit-exact (round to nearest, ties to
 * even), printing is the shortest decimal that reads back to the same double, the nearest of these if
 * several. */
#ifndef SLOBURN_BASE_NUMBER_H
#define SLOBURN_BASE_NUMBER_H

#include "base/text.h"

struct buf;

/* The whole text as a double: decimal with optional sign, fraction and exponent; Inf, +Inf, -Inf, Infinity,
 * NaN (any case). Clinger's fast path, else Eisel-Lemire, else strtod. False, *value untouched, if the text
 * is anything else or too large for a double; too small is 0. */
bool number_parse(struct text t, double *value);
/* Scans the longest number at p (before end), returns the first byte behind it; NULL if there is none. For
 * the sample scanner: no more than the number is looked at, nothing is allocated unless it has over 19
 * digits. */
const char *number_scan(const char *p, const char *end, double *value);
/* The whole text as an integer with optional sign; false if it is anything else or out of range. */
bool integer_parse(struct text t, int64_t *value);
/* Go's strconv.FormatFloat(v, 'f', -1, 64): shortest digits, never an exponent; NaN, +Inf, -Inf. */
void number_print_fixed(double v, struct buf *out);
/* Go's FormatFloat(v, 'g', -1, 64), which %v prints: shortest digits, with an exponent (of at least two
 * digits) below 1e-4 and from 1e6 on, however many digits there are: 0.0001, 1e-05, 123456,
 * 1e+06, 1.234567e+06. */
void number_print_go(double v, struct buf *out);
/* Prometheus' JSON sample value: as print_fixed, but with an exponent (1e+21, 1e-07) from 1e21 and below
 * 1e-6.
 */
void number_print_sample(double v, struct buf *out);
/* Go's %g with a precision: number_print_g(v, 4, out) is %.4g: 1.235e+08, 0.0001, NaN, +Inf. */
void number_print_g(double v, int digits, struct buf *out);

#endif
