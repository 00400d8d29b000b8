/* series_fixture: a source of series in memory, for unit tests of the evaluator. */
#ifndef TESTS_PROMQL_SERIES_FIXTURE_H
#define TESTS_PROMQL_SERIES_FIXTURE_H

#include "base/arena.h"
#include "base/regex.h"
#include "promql/source.h"

struct fixture {
    struct label_table *table;
    struct arena arena;
    struct series_set all; /* borrowed by what is evaluated */
};

static void fixture_init(struct fixture *f, size_t room)
{
    *f = (struct fixture){.table = label_table_new(NULL)};
    arena_init(&f->arena, 0);
    f->all.at = ARENA_ARRAY(&f->arena, struct series, room);
}

static void fixture_finish(struct fixture *f)
{
    arena_finish(&f->arena);
    label_table_free(f->table);
}

static bool fixture_matches(const struct matcher *m, const struct labels *labels)
{
    struct text value = labels_value(labels, m->name);
    switch (m->op) {
    case MATCH_EQ:
        return text_eq(value, m->value);
    case MATCH_NE:
        return !text_eq(value, m->value);
    case MATCH_RE:
        return regex_matches(m->regex, value, NULL);
    case MATCH_NRE:
        return !regex_matches(m->regex, value, NULL);
    }
    return false;
}

static bool fixture_select(void *self, const struct select_request *request, struct label_table *table,
                           struct arena *arena, struct series_set *result, struct err *err)
{
    (void)table;
    (void)err;
    struct fixture *f = self;
    const struct expr_selector *selector = &request->selector->u.selector;
    result->at = ARENA_ARRAY(arena, struct series, f->all.len);
    result->len = 0;
    for (size_t i = 0; i < f->all.len; i++) {
        struct series s = f->all.at[i];
        bool wanted = true;
        for (size_t k = 0; k < selector->n_matchers; k++)
            wanted = wanted && fixture_matches(&selector->matchers[k], s.labels);
        size_t from = 0;
        size_t to = s.len;
        while (from < s.len && s.times_ms[from] <= request->from_ms)
            from++;
        while (to > from && s.times_ms[to - 1] > request->to_ms)
            to--;
        if (!wanted || from == to)
            continue;
        s.times_ms += from;
        s.values += from;
        s.starts_ms += from;
        s.len = to - from;
        result->at[result->len++] = s;
    }
    return true;
}

#endif
