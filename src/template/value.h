/* value: what templates compute with: Go's values, as far as templates can tell. Passed by value; lists, maps
 * and texts are borrowed from the arena they were made in (or from the caller), and never change once made.
 */
#ifndef SLOBURN_TEMPLATE_VALUE_H
#define SLOBURN_TEMPLATE_VALUE_H

#include "base/arena.h"
#include "base/text.h"

struct buf;
struct labels;

enum template_kind {
    TEMPLATE_NIL, /* prints <no value> */
    TEMPLATE_BOOL,
    TEMPLATE_INT,
    TEMPLATE_DOUBLE,
    TEMPLATE_STRING,
    TEMPLATE_LIST,
    TEMPLATE_MAP,    /* absent keys give "" or nil */
    TEMPLATE_STRUCT, /* absent fields are errors */
    TEMPLATE_TIME,
    TEMPLATE_DURATION,
};

struct template_value {
    enum template_kind kind;
    union {
        bool truth;
        int64_t integer;
        double number;
        struct text text;
        const struct template_list *list;
        const struct template_map *map; /* of a map or a struct */
        int64_t time_ms;
        int64_t duration_ns;
    };
};

struct template_list {
    size_t len;
    struct template_value at[];
};

struct template_entry {
    struct text key;
    struct template_value value;
};

/* A map's entries are sorted by key, a struct's stand in the order of its fields. */
struct template_map {
    const char *type; /* Go's name of it, for messages: "map[string]string", "template.sample" */
    bool of_strings;  /* what an absent key gives: "", else nil */
    size_t len;
    struct template_entry at[];
};

static inline struct template_value template_nil(void)
{
    return (struct template_value){.kind = TEMPLATE_NIL};
}
static inline struct template_value template_bool(bool truth)
{
    return (struct template_value){.kind = TEMPLATE_BOOL, .truth = truth};
}
static inline struct template_value template_int(int64_t integer)
{
    return (struct template_value){.kind = TEMPLATE_INT, .integer = integer};
}
static inline struct template_value template_double(double number)
{
    return (struct template_value){.kind = TEMPLATE_DOUBLE, .number = number};
}
/* Borrowed. */
static inline struct template_value template_string(struct text text)
{
    return (struct template_value){.kind = TEMPLATE_STRING, .text = text};
}

/* Filled in by the caller before anybody else sees it: value.list->at[i] through the pointer given back. */
struct template_list *template_list_new(struct arena *arena, size_t len);
struct template_value template_list_value(const struct template_list *list);
/* A map of the entries, copied and sorted; of doubled keys the last wins. Texts are borrowed. */
struct template_value template_map_value(struct arena *arena, const struct template_entry *entries, size_t n,
                                         bool of_strings);
/* A struct; `type` is static. */
struct template_value template_struct_value(struct arena *arena, const char *type,
                                            const struct template_entry *fields, size_t n);
/* A label set as map[string]string; the texts are borrowed from its table. NULL is an empty set. */
struct template_value template_labels_value(struct arena *arena, const struct labels *labels);
/* A sample of a query's result: .Labels and .Value, for first, label, value, strvalue and sortByLabel. */
struct template_value template_sample_value(struct arena *arena, const struct labels *labels, double value);

/* The entry of a map or struct, or NULL. */
const struct template_value *template_value_get(const struct template_map *map, struct text key);
bool template_value_true(const struct template_value *value); /* Go's truth: not empty, not zero, not nil */
const char *template_value_type(const struct template_value *value); /* Go's name of its type */
/* As %v prints it. */
void template_value_print(const struct template_value *value, struct buf *out);

#endif
