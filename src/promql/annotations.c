/* Collects warnings and infos and prints them. The text of a repaired histogram is made only at the end,
 * since it tells the extremes over all steps. */
#include "promql/annotations.h"

#include "base/arena.h"
#include "base/buf.h"
#include "base/number.h"
#include "base/timezone.h"

enum { TEXT_MAX = 4096 };

static struct annotation_entry *entry_of(struct annotations *list, struct arena *arena,
                                         enum annotation_kind kind, struct text text, bool *added)
{
    uint64_t *place = map_add(&list->by_text, hash_bytes(text.at, text.len, (uint64_t)kind), added);
    if (!*added)
        return &list->at[*place];
    if (list->len == list->cap) {
        size_t cap = list->cap ? list->cap * 2 : 8;
        list->at = arena_grow(arena, list->at, list->cap * sizeof *list->at, cap * sizeof *list->at,
                              _Alignof(struct annotation_entry));
        list->cap = cap;
    }
    *place = list->len;
    struct annotation_entry *entry = &list->at[list->len++];
    *entry = (struct annotation_entry){.kind = kind, .text = text_copy(arena, text)};
    return entry;
}

static bool full(struct annotations *list)
{
    if (list->len < ANNOTATIONS_KEPT)
        return false;
    list->beyond++;
    return true;
}

void annotations_add(struct annotations *list, struct arena *arena, enum annotation_kind kind,
                     const struct expr *at, struct text text)
{
    bool added;
    if (full(list))
        return;
    struct annotation_entry *entry = entry_of(list, arena, kind, text, &added);
    entry->at = at;
}

void annotations_add_monotonicity(struct annotations *list, struct arena *arena, const struct expr *at,
                                  struct text text, const struct monotonicity *fix)
{
    bool added;
    if (full(list))
        return;
    struct annotation_entry *entry = entry_of(list, arena, ANNOTATION_INFO, text, &added);
    struct monotonicity *known = &entry->monotonicity;
    entry->at = at;
    if (added) {
        *known = *fix;
        return;
    }
    known->count += fix->count;
    known->min_ms = fix->min_ms < known->min_ms ? fix->min_ms : known->min_ms;
    known->max_ms = fix->max_ms > known->max_ms ? fix->max_ms : known->max_ms;
    known->min_bucket = fix->min_bucket < known->min_bucket ? fix->min_bucket : known->min_bucket;
    known->max_bucket = fix->max_bucket > known->max_bucket ? fix->max_bucket : known->max_bucket;
    if (fix->max_difference > known->max_difference)
        known->max_difference = fix->max_difference;
}

void annotations_remember(struct annotations *list, const char *format, const struct expr *at)
{
    for (size_t i = 0; i < list->len; i++)
        if (list->at[i].at == at && !list->at[i].format && text_is(list->at[i].text, format))
            list->at[i].format = format;
}

bool annotations_known(const struct annotations *list, const char *format, const struct expr *at)
{
    for (size_t i = 0; i < list->len; i++)
        if (list->at[i].format == format && list->at[i].at == at)
            return true;
    return false;
}

static void print_monotonicity(const struct monotonicity *m, struct buf *out)
{
    buf_puts(out, ", from buckets ");
    number_print_go(m->min_bucket, out);
    buf_puts(out, " to ");
    number_print_go(m->max_bucket, out);
    buf_puts(out, ", with a max diff of ");
    number_print_g(m->max_difference, 2, out);
    buf_printf(out, ", over %zu samples from ", m->count);
    civil_print(NULL, m->min_ms - m->min_ms % 1000, out);
    buf_puts(out, " to ");
    civil_print(NULL, m->max_ms - m->max_ms % 1000, out);
}

static void print_entry(const struct annotation_entry *entry, struct text expression, struct buf *out)
{
    buf_puts(out, entry->kind == ANNOTATION_WARNING ? "PromQL warning: " : "PromQL info: ");
    buf_add_text(out, entry->text);
    if (entry->monotonicity.count)
        print_monotonicity(&entry->monotonicity, out);
    if (!entry->at)
        return;
    struct source_pos pos = source_pos_of(expression, entry->at->span.from);
    buf_printf(out, " (%d:%d)", pos.line, pos.column);
}

void annotations_print(const struct annotations *list, struct text expression, struct arena *arena,
                       struct promql_result *result)
{
    struct buf text;
    buf_init(&text, TEXT_MAX);
    result->annotations = ARENA_ARRAY_ZERO(arena, struct annotation, 2 * ANNOTATIONS_SHOWN + 2);
    result->n_annotations = 0;
    for (enum annotation_kind kind = ANNOTATION_WARNING; kind <= ANNOTATION_INFO; kind++) {
        size_t shown = 0;
        size_t omitted = kind == ANNOTATION_WARNING ? list->beyond : 0;
        for (size_t i = 0; i < list->len; i++) {
            if (list->at[i].kind != kind)
                continue;
            if (shown == ANNOTATIONS_SHOWN) {
                omitted++;
                continue;
            }
            shown++;
            buf_clear(&text);
            print_entry(&list->at[i], expression, &text);
            result->annotations[result->n_annotations++] =
                (struct annotation){kind, text_copy(arena, buf_text(&text))};
        }
        if (!omitted)
            continue;
        buf_clear(&text);
        buf_printf(&text, "%zu more %s annotations omitted", omitted,
                   kind == ANNOTATION_WARNING ? "warning" : "info");
        result->annotations[result->n_annotations++] =
            (struct annotation){kind, text_copy(arena, buf_text(&text))};
    }
    buf_finish(&text);
}

void annotations_finish(struct annotations *list)
{
    map_finish(&list->by_text);
}
