/* A small set of selectors. */
#include "engine/selectors.h"

#include "base/arena.h"

void selectors_finish(struct selectors *selectors)
{
    VEC_FREE(&selectors->at);
    VEC_FREE(&selectors->texts);
}

size_t selectors_add(struct selectors *selectors, const struct expr *expr, struct text text)
{
    for (size_t i = 0; i < selectors->texts.len; i++)
        if (text_eq(selectors->texts.at[i], text))
            return i;
    VEC_PUSH(&selectors->at, expr);
    VEC_PUSH(&selectors->texts, text);
    return selectors->at.len - 1;
}

const struct expr *selector_renamed(const struct expr *expr, struct text metric, struct arena *arena)
{
    struct expr *copy = ARENA_NEW(arena, struct expr);
    *copy = *expr;
    struct expr_selector *selector = &copy->u.selector;
    selector->name = metric;
    selector->matchers = ARENA_ARRAY(arena, struct matcher, selector->n_matchers + 1);
    size_t n = 0;
    selector->matchers[n++] = (struct matcher){.op = MATCH_EQ, .name = TEXT("__name__"), .value = metric};
    for (size_t i = 0; i < expr->u.selector.n_matchers; i++)
        if (!text_is(expr->u.selector.matchers[i].name, "__name__"))
            selector->matchers[n++] = expr->u.selector.matchers[i];
    selector->n_matchers = n;
    return copy;
}

const struct expr *selector_with_value(const struct expr *expr, struct text label, struct text value,
                                       struct arena *arena)
{
    struct expr *copy = ARENA_NEW(arena, struct expr);
    *copy = *expr;
    struct expr_selector *selector = &copy->u.selector;
    selector->matchers = ARENA_ARRAY(arena, struct matcher, selector->n_matchers + 1);
    memcpy(selector->matchers, expr->u.selector.matchers, selector->n_matchers * sizeof *selector->matchers);
    selector->matchers[selector->n_matchers++] =
        (struct matcher){.op = MATCH_EQ, .name = label, .value = value};
    return copy;
}
