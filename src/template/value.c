/* Making values, looking into them, printing them as Go's %v does. */
#include "template/value.h"

#include "base/buf.h"
#include "base/labels.h"
#include "base/number.h"
#include "template/time.h"

#include <stdlib.h>

enum { PRINT_DEPTH_MAX = 64 };

struct template_list *template_list_new(struct arena *arena, size_t len)
{
    size_t size = sizeof(struct template_list) + arena_array_size(len, sizeof(struct template_value));
    struct template_list *list = arena_alloc_zero(arena, size, _Alignof(struct template_list));
    list->len = len;
    return list;
}

struct template_value template_list_value(const struct template_list *list)
{
    return (struct template_value){.kind = TEMPLATE_LIST, .list = list};
}

static struct template_map *new_map(struct arena *arena, const char *type,
                                    const struct template_entry *entries, size_t n)
{
    size_t size = sizeof(struct template_map) + arena_array_size(n, sizeof(struct template_entry));
    struct template_map *map = arena_alloc_zero(arena, size, _Alignof(struct template_map));
    map->type = type;
    map->len = n;
    if (n)
        memcpy(map->at, entries, n * sizeof *entries);
    return map;
}

static int compare_keys(const void *a, const void *b)
{
    return text_compare(((const struct template_entry *)a)->key, ((const struct template_entry *)b)->key);
}

struct template_value template_map_value(struct arena *arena, const struct template_entry *entries, size_t n,
                                         bool of_strings)
{
    struct template_map *map =
        new_map(arena, of_strings ? "map[string]string" : "map[string]interface {}", NULL, 0);
    if (n) {
        struct template_entry *last = ARENA_ARRAY(arena, struct template_entry, n);
        size_t kept = 0;
        for (size_t i = 0; i < n; i++) {
            size_t j = i + 1;
            while (j < n && !text_eq(entries[i].key, entries[j].key))
                j++;
            if (j == n)
                last[kept++] = entries[i];
        }
        qsort(last, kept, sizeof *last, compare_keys);
        map = new_map(arena, map->type, last, kept);
    }
    map->of_strings = of_strings;
    return (struct template_value){.kind = TEMPLATE_MAP, .map = map};
}

struct template_value template_struct_value(struct arena *arena, const char *type,
                                            const struct template_entry *fields, size_t n)
{
    return (struct template_value){.kind = TEMPLATE_STRUCT, .map = new_map(arena, type, fields, n)};
}

struct template_value template_labels_value(struct arena *arena, const struct labels *labels)
{
    size_t n = labels ? labels->len : 0;
    struct template_entry *entries = ARENA_ARRAY(arena, struct template_entry, n);
    for (size_t i = 0; i < n; i++)
        entries[i] = (struct template_entry){symbol_text(labels->at[i].name),
                                             template_string(symbol_text(labels->at[i].value))};
    struct template_map *map = new_map(arena, "map[string]string", entries, n); /* labels are sorted */
    map->of_strings = true;
    return (struct template_value){.kind = TEMPLATE_MAP, .map = map};
}

struct template_value template_sample_value(struct arena *arena, const struct labels *labels, double value)
{
    struct template_entry fields[] = {{TEXT("Labels"), template_labels_value(arena, labels)},
                                      {TEXT("Value"), template_double(value)}};
    return template_struct_value(arena, "template.sample", fields, 2);
}

const struct template_value *template_value_get(const struct template_map *map, struct text key)
{
    for (size_t i = 0; i < map->len; i++)
        if (text_eq(map->at[i].key, key))
            return &map->at[i].value;
    return NULL;
}

bool template_value_true(const struct template_value *value)
{
    switch (value->kind) {
    case TEMPLATE_NIL:
        return false;
    case TEMPLATE_BOOL:
        return value->truth;
    case TEMPLATE_INT:
    case TEMPLATE_DURATION:
        return value->integer != 0;
    case TEMPLATE_DOUBLE:
        return value->number != 0;
    case TEMPLATE_STRING:
        return value->text.len > 0;
    case TEMPLATE_LIST:
        return value->list->len > 0;
    case TEMPLATE_MAP:
        return value->map->len > 0;
    case TEMPLATE_STRUCT:
    case TEMPLATE_TIME:
        return true;
    }
    return false;
}

const char *template_value_type(const struct template_value *value)
{
    switch (value->kind) {
    case TEMPLATE_NIL:
        return "nil";
    case TEMPLATE_BOOL:
        return "bool";
    case TEMPLATE_INT:
        return "int";
    case TEMPLATE_DOUBLE:
        return "float64";
    case TEMPLATE_STRING:
        return "string";
    case TEMPLATE_LIST:
        return "[]interface {}";
    case TEMPLATE_MAP:
    case TEMPLATE_STRUCT:
        return value->map->type;
    case TEMPLATE_TIME:
        return "time.Time";
    case TEMPLATE_DURATION:
        return "time.Duration";
    }
    return "unknown";
}

static void print(const struct template_value *value, int depth, struct buf *out);

static void print_entries(const struct template_value *value, int depth, struct buf *out)
{
    bool map = value->kind == TEMPLATE_MAP;
    buf_puts(out, map ? "map[" : "{");
    for (size_t i = 0; i < value->map->len; i++) {
        if (i)
            buf_putc(out, ' ');
        if (map) {
            buf_add_text(out, value->map->at[i].key);
            buf_putc(out, ':');
        }
        print(&value->map->at[i].value, depth + 1, out);
    }
    buf_putc(out, map ? ']' : '}');
}

static void print(const struct template_value *value, int depth, struct buf *out)
{
    if (depth > PRINT_DEPTH_MAX) {
        buf_puts(out, "...");
        return;
    }
    switch (value->kind) {
    case TEMPLATE_NIL:
        buf_puts(out, depth ? "<nil>" : "<no value>");
        break;
    case TEMPLATE_BOOL:
        buf_puts(out, value->truth ? "true" : "false");
        break;
    case TEMPLATE_INT:
        buf_printf(out, "%lld", (long long)value->integer);
        break;
    case TEMPLATE_DOUBLE:
        number_print_go(value->number, out);
        break;
    case TEMPLATE_STRING:
        buf_add_text(out, value->text);
        break;
    case TEMPLATE_LIST:
        buf_putc(out, '[');
        for (size_t i = 0; i < value->list->len; i++) {
            if (i)
                buf_putc(out, ' ');
            print(&value->list->at[i], depth + 1, out);
        }
        buf_putc(out, ']');
        break;
    case TEMPLATE_MAP:
    case TEMPLATE_STRUCT:
        print_entries(value, depth, out);
        break;
    case TEMPLATE_TIME:
        template_time_print(value->time_ms, out);
        break;
    case TEMPLATE_DURATION:
        template_duration_print(value->duration_ns, out);
        break;
    }
}

void template_value_print(const struct template_value *value, struct buf *out)
{
    print(value, 0, out);
}
