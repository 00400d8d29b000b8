/* yaml: the one door to libyaml. A file becomes a tree of nodes that know their line and column. Limits: 4
 * MiB, depth 32, 100,000 nodes, aliases resolved at most 100 times, and what an alias repeats counts towards
 * the nodes (so that none explodes); no tags, no NUL, UTF-8 only. An alias shares the node it names. "<<"
 * merges a map, or a list of maps, into the one it stands in, whose own keys win. The tree lives in the
 * arena. */
#ifndef SLOBURN_BASE_YAML_H
#define SLOBURN_BASE_YAML_H

#include "base/err.h"
#include "base/finding.h"

struct arena;

enum yaml_kind { YAML_SCALAR, YAML_MAP, YAML_LIST };

struct yaml_node;

struct yaml_pair {
    struct text key;
    struct source_pos key_pos;
    struct yaml_node *value;
};

struct yaml_node {
    enum yaml_kind kind;
    struct source_pos pos;
    struct source_pos end;
    bool quoted;              /* scalar in quotes or a block: never null, never a number by accident */
    struct text text;         /* YAML_SCALAR; raw, untyped */
    struct yaml_pair *pairs;  /* YAML_MAP, in file order */
    struct yaml_node **items; /* YAML_LIST */
    size_t len;
};

/* Parses all documents of a file; docs[i] may be NULL for an empty one. Syntax errors become findings with a
 * hint for the known traps (a value that starts with {, [, @, `, %, *, &, >, | or ends its quotes early, a ":
 * " inside, tabs); a " #" that cuts a value in the middle of quotes or brackets, or prose before a word, is a
 * warning, since YAML allows it. False if there is nothing to go by: then *docs is NULL. A doubled key is an
 * error too, but its first value stands and the rest of the file can be read, so that all its problems are
 * told at once: a reader refuses a file by findings->errors, not by this result alone. */
NODISCARD bool yaml_parse(struct text content, const char *file, struct arena *arena,
                          struct yaml_node ***docs, size_t *n_docs, struct findings *findings);
struct yaml_node *yaml_get(const struct yaml_node *map, const char *key); /* NULL if absent */
bool yaml_is_null(const struct yaml_node *node);                          /* absent, empty, ~, null */
/* One finding for each key of the map that is not in `known`, with "did you mean". */
void yaml_check_keys(const struct yaml_node *map, const char *const *known, size_t n_known, const char *what,
                     const char *file, struct findings *findings);

#endif
