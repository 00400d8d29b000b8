/* Reads load commands: series descriptions become samples, those of load_with_nhcb also native histograms
 * (known only as such). Also reads the series of expectations. */
#include "base/duration.h"
#include "base/err.h"
#include "base/vec.h"
#include "promql/series_desc.h"

#include "script_command.h"

#include <math.h>

bool script_series_parse(struct text line, struct label_table *table, struct arena *arena,
                         struct script_series *out, struct err *err)
{
    struct series_desc desc;
    if (!series_desc_parse(line, arena, &desc, err))
        return false;
    struct label *labels = ARENA_ARRAY(arena, struct label, desc.n_labels);
    for (size_t i = 0; i < desc.n_labels; i++)
        labels[i] = (struct label){symbol_intern(table, desc.labels[i].name),
                                   symbol_intern(table, desc.labels[i].value)};
    out->labels = labels_intern(table, labels, desc.n_labels);
    out->start_times = desc.start_times;
    out->n_values = desc.n_values;
    out->values = ARENA_ARRAY_ZERO(arena, struct script_value, desc.n_values);
    for (size_t i = 0; i < desc.n_values; i++) {
        enum series_value_kind kind = desc.values[i].kind;
        out->values[i] = (struct script_value){
            .omitted = kind == SERIES_OMITTED,
            .histogram = kind == SERIES_HISTOGRAM,
            .value = kind == SERIES_STALE ? stale_nan() : desc.values[i].number,
        };
    }
    return true;
}

struct loader {
    struct test_source *source;
    struct arena arena;
    int64_t gap_ms;
    bool with_nhcb;
    struct script_series starts; /* the @st line before, if any */
    bool has_starts;
};

static void add_samples(struct loader *l, const struct script_series *s, const struct script_series *starts)
{
    for (size_t i = 0; i < s->n_values; i++) {
        const struct script_value *v = &s->values[i];
        if (v->omitted)
            continue;
        struct test_sample sample = {
            .time_ms = (int64_t)i * l->gap_ms,
            .value = v->histogram ? 0 : v->value,
            .histogram = v->histogram,
        };
        if (starts && i < starts->n_values && !starts->values[i].omitted)
            sample.start_ms = sample.time_ms + (int64_t)round(starts->values[i].value * 1000);
        test_source_add(l->source, s->labels, sample);
    }
}

/* x_bucket{le="…"}, x_count and x_sum give a native histogram x. */
static const struct labels *native_labels(struct loader *l, const struct labels *labels)
{
    static const char *const SUFFIXES[] = {"_bucket", "_count", "_sum"};
    struct label_table *table = test_source_labels(l->source);
    struct text name = labels_value(labels, TEXT("__name__"));
    for (size_t i = 0; i < sizeof SUFFIXES / sizeof *SUFFIXES; i++) {
        struct text suffix = text_of(SUFFIXES[i]);
        bool bucket = i == 0;
        if (!text_ends(name, suffix) || (bucket && labels_value(labels, TEXT("le")).len == 0))
            continue;
        struct label change[] = {
            {symbol_intern(table, TEXT("__name__")),
             symbol_intern(table, text_part(name, 0, name.len - suffix.len))},
            {symbol_intern(table, TEXT("le")), symbol_intern(table, TEXT(""))},
        };
        return labels_merge(table, labels, change, 2);
    }
    return NULL;
}

static void add_native(struct loader *l, const struct script_series *s)
{
    struct script_series native = *s;
    native.labels = native_labels(l, s->labels);
    if (!native.labels)
        return;
    native.values = ARENA_ARRAY(&l->arena, struct script_value, s->n_values);
    for (size_t i = 0; i < s->n_values; i++) {
        native.values[i] = s->values[i];
        native.values[i].histogram = !s->values[i].omitted && !value_is_stale(s->values[i].value);
    }
    add_samples(l, &native, NULL);
}

static bool load_series(struct loader *l, const struct script_lines *lines, struct err *err)
{
    struct script_series s = {.line = lines->number};
    if (!script_series_parse(lines->line, test_source_labels(l->source), &l->arena, &s, err))
        return false;
    if (s.start_times) {
        l->starts = s;
        l->has_starts = true;
        return true;
    }
    if (l->has_starts && l->starts.labels != s.labels)
        return err_set(err, ERR_INPUT, "start timestamps stand before another series");
    if (l->has_starts && l->starts.n_values != s.n_values)
        return err_set(err, ERR_INPUT, "%zu start timestamps for %zu samples", l->starts.n_values,
                       s.n_values);
    add_samples(l, &s, l->has_starts ? &l->starts : NULL);
    l->has_starts = false;
    if (l->with_nhcb)
        add_native(l, &s);
    return true;
}

bool script_read_load(struct script_lines *lines, struct test_source *source, struct err *err)
{
    struct loader l = {.source = source};
    struct text rest = lines->line;
    struct text word = text_cut(&rest, ' ');
    l.with_nhcb = text_is(word, "load_with_nhcb");
    arena_init(&l.arena, 0);
    bool ok = duration_parse(text_trim(rest), &l.gap_ms, err);
    while (script_next_line(lines) && lines->line.len)
        ok = ok && load_series(&l, lines, err);
    arena_finish(&l.arena);
    return ok;
}
