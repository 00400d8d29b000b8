/* script: test scripts in Prometheus' promqltest language: files of load, clear and eval commands with
 * expectations.
 *
 * A comment that starts with #!set changes how the evals behind it are run, in scripts of our own:
 *   #!set delayed_name_removal off      #!set max_samples 100      #!set max_series 5
 *   #!set lookback 1m                   #!set time_limit 3   (time is up at the third question)
 *   #!set defaults */
#ifndef PROMQLTEST_SCRIPT_H
#define PROMQLTEST_SCRIPT_H

/* Runs each file; prints every failure as file:line with what was expected and got, and last
 * "N passed, M failed, K skipped": evals that touch native histograms are skipped. 0 if nothing failed, else
 * 1; 2 if a file cannot be read. */
int run_script_files(int n, char **files);

#endif
