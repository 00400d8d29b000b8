/* script: test scripts in Prometheus' promqltest language (load, eval, expect …). */
#ifndef PROMQLTEST_SCRIPT_H
#define PROMQLTEST_SCRIPT_H

/* Runs each file; prints every failure as file:line with what was expected and got, and last
 * "N passed, M failed, K skipped". 0 if nothing failed, else 1; 2 if a file cannot be read. */
int run_script_files(int n, char **files);

#endif
