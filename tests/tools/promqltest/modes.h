/* modes: the one-line case files of the parser, the printer and the series notation. Each prints its failures
 * and its last line, and returns the exit status. */
#ifndef PROMQLTEST_MODES_H
#define PROMQLTEST_MODES_H

int run_parse_cases(int n, char **files); /* OK⇥expression, FAIL⇥expression⇥part of the error */
int run_print_cases(int n, char **files); /* STRING⇥expression⇥printed, PRETTY (width 10), WIDE (width 100) */
int run_series_cases(int n, char **files); /* OK⇥description, FAIL⇥description⇥part of the error */

#endif
