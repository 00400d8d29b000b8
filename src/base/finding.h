/* finding: what is wrong, or doubtful, in a file that a person wrote. All of a file's problems are found at
 * once: readers add findings and go on. `check` prints them; `serve` refuses a file with errors and logs
 * them. At most FINDINGS_MAX are kept; what comes after is only counted, and findings_print says so. */
#ifndef SLOBURN_BASE_FINDING_H
#define SLOBURN_BASE_FINDING_H

#include "base/arena.h"
#include "base/err.h"

struct buf;

enum { FINDINGS_MAX = 1000 };

enum finding_level { FINDING_ERROR, FINDING_WARNING, FINDING_INFO };

struct finding {
    enum finding_level level;
    const char *check; /* the check's name: "yaml/syntax", "slo/objective", "promql/parse" */
    struct text file;
    struct source_pos pos;
    struct text message; /* lower case, one line */
    struct text hint;    /* what to do, or "" */
};

struct findings {
    struct arena arena;
    struct finding *at;
    size_t len;
    size_t cap;
    size_t dropped; /* counted, not kept */
    size_t errors;
    size_t warnings;
};

void findings_init(struct findings *findings);
void findings_finish(struct findings *findings);
void finding_add(struct findings *findings, enum finding_level level, const char *check, const char *file,
                 struct source_pos pos, const char *format, ...) __attribute__((format(printf, 6, 7)));
/* Gives the last added finding a hint. */
void finding_hint(struct findings *findings, const char *format, ...) __attribute__((format(printf, 2, 3)));
void finding_add_err(struct findings *findings, const char *check, const struct err *err);
/* Sorted by file, line and column: "file:line:col: error: message (hint) [check]". */
void findings_print(struct findings *findings, bool colour, struct buf *out);
void findings_print_json(struct findings *findings, struct buf *out);

#endif
