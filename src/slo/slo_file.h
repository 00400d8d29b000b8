/* slo_file: reading SLO files (docs/slo-files.md): YAML to definitions. All of a file's problems are found at
 * once, each with position, and a hint where one helps. Pure: the content comes in. */
#ifndef SLOBURN_SLO_SLO_FILE_H
#define SLOBURN_SLO_SLO_FILE_H

#include "base/finding.h"
#include "slo/definition.h"

struct arena;
struct regex_set;
struct label_table;
struct timezone_set;

/* Everything a definition points to lives as long as these (the configuration's). */
struct slo_context {
    struct text environment;
    struct arena *arena;
    struct regex_set *regexes;
    struct label_table *labels;
    struct timezone_set *zones; /* base/timezone_set.h */
};

/* Appends the file's definitions. False if there was an error: then nothing of the file may be used. */
NODISCARD bool slo_file_read(struct text content, const char *file, const struct slo_context *context,
                             struct slo_list *slos, struct findings *findings);
/* What only all files together show: two SLOs of one identity. Also the advice that `check` alone gives:
 * times to page at 100, 50, 20 and 10 % bad, tiers that cannot be reached, missing bucket bounds as far as
 * the file shows them. */
void slo_check_all(const struct slo_list *slos, struct findings *findings);
void slo_advise(const struct slo *slo, struct findings *findings);

#endif
