/* config_state: a configuration while it is made. Internal to config.c, which reads sloburn.yml, and
 * config_files.c, which reads the files that are named there. */
#ifndef SLOBURN_ENGINE_CONFIG_STATE_H
#define SLOBURN_ENGINE_CONFIG_STATE_H

#include "base/arena.h"
#include "base/fields.h"
#include "base/vec.h"
#include "engine/config.h"

#include <stdatomic.h>

enum { CONFIG_PATH_MAX_BYTES = 4096 };

struct config {
    atomic_int references;
    struct arena arena;
    struct regex_set *regexes;
    struct timezone_set *zones;
    struct label_table *labels;
    struct config_view view;
    VEC(struct config_file) files;
    VEC(struct config *) borrowed; /* configurations that files' last good versions come from */
    struct text folder;            /* of sloburn.yml: paths are relative to it */
};

/* Relative paths are meant from the folder of sloburn.yml. */
struct text config_resolve(struct config *config, struct text path);
/* Initialises content in any case; it is finished by the caller. False: a finding says why. */
bool config_read_whole(const char *path, struct buf *content, const char *check, struct findings *findings);
/* Reads all that `slo_files` and `rule_files` match, and gathers it in the view. Broken ones go on as in
 * `previous` (or NULL). */
void config_read_files(struct config *config, struct config *previous, const struct fields *root);
/* Two ledgers of one identity cannot be: of two files that name the same SLO the later one is refused alone.
 * That there are two was found by slo_check_all. */
void config_refuse_doubles(struct config *config, struct config *previous);

#endif
