/* Interned labels: a symbol is a string, a set a sorted list of pairs of symbols, and each exists once in its
 * table, so that equality is that of pointers. */
#include "base/labels.h"

#include "base/arena.h"
#include "base/buf.h"
#include "base/map.h"
#include "base/memory.h"
#include "base/vec.h"

#include <assert.h>
#include <stdarg.h>
#include <stdlib.h>

/* Symbols and sets are kept in open-addressed tables of pointers; the text lives in the arena. */
struct pointer_set {
    const void **at;
    size_t cap;
    size_t len;
};

struct label_table {
    struct label_table *parent;
    struct arena arena;
    struct pointer_set symbols;
    struct pointer_set sets;
    const struct labels *empty;
};

struct label_table *label_table_new(struct label_table *parent)
{
    struct label_table *table = memory_alloc_zero(1, sizeof *table);
    table->parent = parent;
    arena_init(&table->arena, 0);
    return table;
}

void label_table_free(struct label_table *table)
{
    if (!table)
        return;
    arena_finish(&table->arena);
    memory_free(table->symbols.at);
    memory_free(table->sets.at);
    memory_free(table);
}

size_t label_table_bytes(const struct label_table *table)
{
    return table->arena.used + (table->symbols.cap + table->sets.cap) * sizeof(void *);
}

/* Both struct symbol and struct labels begin with their hash. */
static uint64_t hash_of(const void *entry)
{
    uint64_t hash;
    memcpy(&hash, entry, sizeof hash);
    return hash;
}

static void pointer_set_insert(struct pointer_set *set, const void *entry)
{
    if (set->len * 4 >= set->cap * 3) {
        struct pointer_set larger = {.cap = set->cap ? set->cap * 2 : 64};
        larger.at = memory_alloc_zero(larger.cap, sizeof *larger.at);
        for (size_t i = 0; i < set->cap; i++)
            if (set->at[i])
                pointer_set_insert(&larger, set->at[i]);
        memory_free(set->at);
        *set = larger;
    }
    size_t i = (size_t)hash_of(entry) & (set->cap - 1);
    while (set->at[i])
        i = (i + 1) & (set->cap - 1);
    set->at[i] = entry;
    set->len++;
}

static const struct symbol *find_symbol(const struct label_table *table, struct text t, uint64_t hash)
{
    for (; table; table = table->parent) {
        const struct pointer_set *set = &table->symbols;
        if (!set->cap)
            continue;
        for (size_t i = (size_t)hash & (set->cap - 1); set->at[i]; i = (i + 1) & (set->cap - 1)) {
            const struct symbol *s = set->at[i];
            if (s->hash == hash && text_eq(symbol_text(s), t))
                return s;
        }
    }
    return NULL;
}

const struct symbol *symbol_intern(struct label_table *table, struct text t)
{
    uint64_t hash = hash_bytes(t.at, t.len, 0);
    const struct symbol *known = find_symbol(table, t, hash);
    if (known)
        return known;
    assert(t.len <= UINT32_MAX);
    struct symbol *s = arena_alloc(&table->arena, sizeof *s + t.len + 1, _Alignof(struct symbol));
    s->hash = hash;
    s->len = (uint32_t)t.len;
    if (t.len)
        memcpy(s->at, t.at, t.len);
    s->at[t.len] = '\0';
    pointer_set_insert(&table->symbols, s);
    return s;
}

static const struct labels *find_labels(const struct label_table *table, const struct label *at, size_t n,
                                        uint64_t hash)
{
    for (; table; table = table->parent) {
        const struct pointer_set *set = &table->sets;
        if (!set->cap)
            continue;
        for (size_t i = (size_t)hash & (set->cap - 1); set->at[i]; i = (i + 1) & (set->cap - 1)) {
            const struct labels *l = set->at[i];
            if (l->hash == hash && l->len == n && (n == 0 || memcmp(l->at, at, n * sizeof *at) == 0))
                return l;
        }
    }
    return NULL;
}

static const struct labels *intern_sorted(struct label_table *table, const struct label *at, size_t n)
{
    uint64_t hash = 0x51ab;
    for (size_t i = 0; i < n; i++) {
        uint64_t pair[3] = {hash, at[i].name->hash, at[i].value->hash};
        hash = hash_bytes(pair, sizeof pair, 0);
    }
    const struct labels *known = find_labels(table, at, n, hash);
    if (known)
        return known;
    struct labels *set = arena_alloc(&table->arena, sizeof *set + n * sizeof *at, _Alignof(struct labels));
    set->hash = hash;
    set->len = (uint32_t)n;
    if (n)
        memcpy(set->at, at, n * sizeof *at);
    pointer_set_insert(&table->sets, set);
    return set;
}

static bool in_order(const struct label *at, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        if (at[i].value->len == 0)
            return false;
        if (i && text_compare(symbol_text(at[i - 1].name), symbol_text(at[i].name)) >= 0)
            return false;
    }
    return true;
}

/* Insertion sort: sets are small, and stable order lets the last of equal names win. */
static size_t put_in_order(struct label *at, size_t n)
{
    for (size_t i = 1; i < n; i++) {
        struct label moving = at[i];
        size_t j = i;
        for (; j && text_compare(symbol_text(at[j - 1].name), symbol_text(moving.name)) > 0; j--)
            at[j] = at[j - 1];
        at[j] = moving;
    }
    size_t kept = 0;
    for (size_t i = 0; i < n; i++) {
        bool overridden = i + 1 < n && at[i + 1].name == at[i].name;
        if (!overridden && at[i].value->len)
            at[kept++] = at[i];
    }
    return kept;
}

const struct labels *labels_intern(struct label_table *table, const struct label *at, size_t n)
{
    if (in_order(at, n))
        return intern_sorted(table, at, n);
    assert(at); /* no labels are in order */
    struct label *copy = memory_resize(NULL, n, sizeof *copy);
    memcpy(copy, at, n * sizeof *copy);
    n = put_in_order(copy, n);
    const struct labels *set = intern_sorted(table, copy, n);
    memory_free(copy);
    return set;
}

const struct labels *labels_empty(struct label_table *table)
{
    if (!table->empty)
        table->empty = intern_sorted(table, NULL, 0);
    return table->empty;
}

const struct labels *labels_of(struct label_table *table, ...)
{
    VEC(struct label) made = {0};
    va_list args;
    va_start(args, table);
    for (const char *name; (name = va_arg(args, const char *));) {
        const char *value = va_arg(args, const char *);
        VEC_PUSH(&made,
                 (struct label){symbol_intern(table, text_of(name)), symbol_intern(table, text_of(value))});
    }
    va_end(args);
    const struct labels *set = labels_intern(table, made.at, made.len);
    VEC_FREE(&made);
    return set;
}

const struct symbol *labels_find(const struct labels *set, const struct symbol *name)
{
    for (uint32_t i = 0; i < set->len; i++)
        if (set->at[i].name == name)
            return set->at[i].value;
    return NULL;
}

struct text labels_value(const struct labels *set, struct text name)
{
    for (uint32_t i = 0; i < set->len; i++)
        if (text_eq(symbol_text(set->at[i].name), name))
            return symbol_text(set->at[i].value);
    return TEXT("");
}

int labels_compare(const struct labels *a, const struct labels *b)
{
    if (a == b)
        return 0;
    uint32_t n = a->len < b->len ? a->len : b->len;
    for (uint32_t i = 0; i < n; i++) {
        const struct label *x = &a->at[i], *y = &b->at[i];
        int order = x->name == y->name ? 0 : text_compare(symbol_text(x->name), symbol_text(y->name));
        if (!order && x->value != y->value)
            order = text_compare(symbol_text(x->value), symbol_text(y->value));
        if (order)
            return order;
    }
    return a->len < b->len ? -1 : a->len > b->len;
}

const struct labels *labels_merge(struct label_table *table, const struct labels *set,
                                  const struct label *extra, size_t n)
{
    struct label *all = memory_resize(NULL, set->len + n, sizeof *all);
    if (set->len)
        memcpy(all, set->at, set->len * sizeof *all);
    if (n)
        memcpy(all + set->len, extra, n * sizeof *all);
    const struct labels *merged = labels_intern(table, all, set->len + n);
    memory_free(all);
    return merged;
}

const struct labels *labels_import(struct label_table *table, const struct labels *set)
{
    const struct labels *own = find_labels(table, set->at, set->len, set->hash);
    if (own) /* it is this table's, or its parent's */
        return own;
    struct label *copy = memory_resize(NULL, set->len, sizeof *copy);
    for (uint32_t i = 0; i < set->len; i++)
        copy[i] = (struct label){symbol_intern(table, symbol_text(set->at[i].name)),
                                 symbol_intern(table, symbol_text(set->at[i].value))};
    const struct labels *imported = intern_sorted(table, copy, set->len);
    memory_free(copy);
    return imported;
}

static bool name_valid(struct text name, bool colons)
{
    for (size_t i = 0; i < name.len; i++) {
        char c = name.at[i];
        bool letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' || (colons && c == ':');
        if (!letter && !(i && c >= '0' && c <= '9'))
            return false;
    }
    return name.len > 0;
}

bool label_name_legacy_valid(struct text name)
{
    return name_valid(name, false);
}

bool metric_name_legacy_valid(struct text name)
{
    return name_valid(name, true);
}

/* Length of the valid UTF-8 sequence at the start, or 0. */
static size_t rune_length(struct text t)
{
    for (size_t n = 1; n <= 4 && n <= t.len; n++)
        if (text_utf8_valid(text_part(t, 0, n)))
            return n;
    return 0;
}

void text_print_quoted(struct text t, struct buf *out)
{
    buf_putc(out, '"');
    for (size_t i = 0; i < t.len;) {
        unsigned char c = (unsigned char)t.at[i];
        static const char named[] = "\a\b\f\n\r\t\v";
        const char *name = c && c < 0x20 ? memchr(named, c, sizeof named - 1) : NULL;
        size_t rune = c >= 0x80 ? rune_length(text_part(t, i, t.len)) : 1;
        if (c == '"' || c == '\\')
            buf_printf(out, "\\%c", c);
        else if (name)
            buf_printf(out, "\\%c", "abfnrtv"[name - named]);
        else if (c < 0x20 || c == 0x7f || rune == 0)
            buf_printf(out, "\\x%02x", c);
        else
            buf_add(out, t.at + i, rune);
        i += rune ? rune : 1;
    }
    buf_putc(out, '"');
}

void labels_print(const struct labels *set, struct buf *out)
{
    struct text metric = labels_value(set, TEXT("__name__"));
    bool plain_metric = metric_name_legacy_valid(metric);
    if (plain_metric)
        buf_add_text(out, metric);
    size_t shown = 0;
    bool braces = !plain_metric || set->len > 1;
    if (!braces)
        return;
    buf_putc(out, '{');
    if (metric.len && !plain_metric) {
        text_print_quoted(metric, out);
        shown++;
    }
    for (uint32_t i = 0; i < set->len; i++) {
        struct text name = symbol_text(set->at[i].name);
        if (text_is(name, "__name__"))
            continue;
        if (shown++)
            buf_puts(out, ", ");
        if (label_name_legacy_valid(name))
            buf_add_text(out, name);
        else
            text_print_quoted(name, out);
        buf_putc(out, '=');
        text_print_quoted(symbol_text(set->at[i].value), out);
    }
    buf_putc(out, '}');
}
