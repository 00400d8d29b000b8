/* number: text to double and back, independent of any locale. */
#ifndef SLOBURN_BASE_NUMBER_H
#define SLOBURN_BASE_NUMBER_H

#include "base/text.h"

struct buf;

/* The whole text as a double: decimal, exponent, Inf, +Inf, -Inf, NaN (any case). Fast path by Clinger,
 * else Eisel-Lemire, else strtod; bit-exact. False if the text is anything else. */
bool number_parse(struct text t, double *value);
/* Scans a number at p (before end), returns the first byte behind it or NULL; for the sample scanner. */
const char *number_scan(const char *p, const char *end, double *value);
bool integer_parse(struct text t, int64_t *value);
/* Go's strconv.FormatFloat(v, 'f', -1, 64): shortest digits that read back, never an exponent; NaN, +Inf, -Inf. */
void number_print_fixed(double v, struct buf *out);
/* Go's FormatFloat(v, 'g', -1) as %v prints it (exponent below -4 and from 21): 1e+06 stays 1e+06. */
void number_print_go(double v, struct buf *out);
/* Prometheus' JSON sample value: shortest 'f', with exponent beyond 1e21 or below 1e-6; NaN, +Inf, -Inf. */
void number_print_sample(double v, struct buf *out);
/* Go's %g, %.4g and so on: number_print_g(v, 4, out). */
void number_print_g(double v, int digits, struct buf *out);

#endif
