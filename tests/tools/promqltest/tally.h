/* tally: counts and the last line of every mode: "N passed, M failed, K skipped". */
#ifndef PROMQLTEST_TALLY_H
#define PROMQLTEST_TALLY_H

struct tally {
    int passed;
    int failed;
    int skipped;
};

/* Prints the last line; the exit status. */
int tally_finish(const struct tally *tally);

#endif
