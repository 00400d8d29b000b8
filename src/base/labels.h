/* labels: sets of names and values, interned in a table so that equal sets (and equal names, and
 * equal values) are the same pointer: grouping and matching compare pointers, never text.
 *
 * A label_table owns all it interned until it is freed. A table may stand on a parent: it looks there
 * first and adds to itself, so that an evaluation can make label sets (by-groups, join results) that go
 * away with it while sharing the long-lived ones of its source. The parent must not grow while a child
 * lives. Tables are for one thread at a time.
 *
 * A set is sorted bytewise by name (as Prometheus does), has no empty values (an empty value is an
 * absent label) and no name twice. */
#ifndef SLOBURN_BASE_LABELS_H
#define SLOBURN_BASE_LABELS_H

#include "base/text.h"

struct buf;
struct label_table;

struct symbol {
    uint64_t hash;
    uint32_t len;
    char at[]; /* NUL-terminated */
};

struct label {
    const struct symbol *name;
    const struct symbol *value;
};

struct labels {
    uint64_t hash;
    uint32_t len;
    struct label at[];
};

struct label_table *label_table_new(struct label_table *parent);
void label_table_free(struct label_table *table);
size_t label_table_bytes(const struct label_table *table);

const struct symbol *symbol_intern(struct label_table *table, struct text t);
static inline struct text symbol_text(const struct symbol *s)
{
    return (struct text){s->at, s->len};
}

/* Interns a set. Sorts (a copy), drops empty values; of a doubled name the last wins. */
const struct labels *labels_intern(struct label_table *table, const struct label *at, size_t n);
const struct labels *labels_empty(struct label_table *table);
/* For tests and small things: labels_of(table, "job", "api", "instance", "a", NULL). */
const struct labels *labels_of(struct label_table *table, ...) __attribute__((sentinel));
/* The value's symbol, or NULL. Interned name; for text use labels_value. */
const struct symbol *labels_find(const struct labels *set, const struct symbol *name);
/* The value, or an empty text. */
struct text labels_value(const struct labels *set, struct text name);
/* Order of Prometheus' output: name by name, value by value, bytewise. Works across tables. */
int labels_compare(const struct labels *a, const struct labels *b);
/* `set` with `extra` added; extra wins. Empty values in extra delete. */
const struct labels *labels_merge(struct label_table *table, const struct labels *set,
                                  const struct label *extra, size_t n);
/* The same set in another table. */
const struct labels *labels_import(struct label_table *table, const struct labels *set);

/* {a="b", c="d"} with the metric name before the brace, as Prometheus prints a series. */
void labels_print(const struct labels *set, struct buf *out);
/* "…" with Go's strconv.Quote escapes. */
void text_print_quoted(struct text t, struct buf *out);
/* [a-zA-Z_][a-zA-Z0-9_]* and, for metrics, colons. */
bool label_name_legacy_valid(struct text name);
bool metric_name_legacy_valid(struct text name);

#endif
