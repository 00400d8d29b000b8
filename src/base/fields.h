/* fields: typed reading of one YAML mapping. Opened with the keys it may have (others are findings, with "did
 * you mean"), then each key is asked for by type; what is of another type is a finding with position, and the
 * fallback comes back. So a reader names each key once and collects all of a file's problems. */
#ifndef SLOBURN_BASE_FIELDS_H
#define SLOBURN_BASE_FIELDS_H

#include "base/yaml.h"

struct fields {
    const struct yaml_node *map; /* NULL if the node was absent or no mapping: every key is then absent */
    const char *file;
    const char *what;  /* "source", "receiver": for messages */
    const char *check; /* the check's name: "config/source" */
    struct findings *findings;
};

/* A static array of keys as the two arguments that fields_open wants. */
#define FIELDS_KEYS(keys) (keys), sizeof(keys) / sizeof((keys)[0])

/* False (with a finding, unless the node is absent or null) if it is no mapping. */
bool fields_open(struct fields *fields, const struct yaml_node *node, const char *const *known,
                 size_t n_known);
/* The node of a key, NULL if absent or null. */
struct yaml_node *fields_node(const struct fields *fields, const char *key);
/* Scalars. Borrowed from the YAML tree. An empty text, unless quoted, counts as absent. */
struct text fields_text(const struct fields *fields, const char *key, struct text fallback);
/* As text, but a finding "NAME has no KEY" if it is absent. */
struct text fields_required(const struct fields *fields, const char *key);
/* A path, meant from the folder of the file that names it; in the arena, ends in NUL. */
struct text fields_path(const struct fields *fields, const char *key, struct text fallback,
                        struct arena *arena);
bool fields_bool(const struct fields *fields, const char *key, bool fallback);
int64_t fields_int(const struct fields *fields, const char *key, int64_t fallback, int64_t least,
                   int64_t most);
int64_t fields_duration(const struct fields *fields, const char *key, int64_t fallback_ms, int64_t least_ms,
                        int64_t most_ms);
/* A scalar or a list of scalars; in the arena. */
struct text *fields_texts(const struct fields *fields, const char *key, struct arena *arena, size_t *n);
/* A finding (error) at the key's value, or at the mapping if it is absent. */
void fields_error(const struct fields *fields, const char *key, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
void fields_warning(const struct fields *fields, const char *key, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
struct source_pos fields_pos(const struct fields *fields, const char *key);

#endif
