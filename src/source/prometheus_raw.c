/* Raw samples by metric[range], page by page, and which series are alive. */
#include "source/prometheus_query.h"

#include "base/arena.h"
#include "base/buf.h"
#include "base/duration.h"
#include "source/fetch_plan.h"
#include "source/series_join.h"

enum {
    FIRST_PAGE_MS = HOUR_MS,
    SHORTEST_PAGE_MS = MINUTE_MS,
    GROWTH_MAX = 24, /* of a page over the one before */
    SHRINK = 4,
    SELECTOR_BYTES_MAX = 1 << 20,
};

/* metric{…}[300000ms] at the page's end. Ranges of servers before 3.0 include their left end, which belongs
 * to the page before: series_join_add drops it. */
static bool fetch_page(struct prometheus *prometheus, const struct raw_range *page, struct label_table *table,
                       struct series_join *join, struct err *err)
{
    struct buf expression;
    buf_init(&expression, SELECTOR_BYTES_MAX);
    buf_printf(&expression, "%.*s[%lldms]", TEXT_ARG(page->selector),
               (long long)(page->to_ms - page->from_ms));
    struct prometheus_query query = {.expression = buf_text(&expression), .start_ms = page->to_ms};
    struct arena arena; /* of this page: the samples live on in the join */
    arena_init(&arena, 0);
    struct samples_answer answer;
    bool good = prometheus_ask(prometheus, &query, table, &arena, &answer, err);
    if (good)
        series_join_add(join, answer.series, page->from_ms);
    arena_finish(&arena);
    buf_finish(&expression);
    return good;
}

/* As long as the last page's density lets it be. */
static int64_t next_page_ms(const struct prometheus *prometheus, int64_t page_ms, size_t n_samples)
{
    double wanted = n_samples > 0 ? (double)prometheus->page_samples / (double)n_samples : GROWTH_MAX;
    double grown = (double)page_ms * (wanted < GROWTH_MAX ? wanted : GROWTH_MAX);
    return grown < SHORTEST_PAGE_MS ? SHORTEST_PAGE_MS : (int64_t)grown;
}

bool prometheus_fetch_range(struct prometheus *prometheus, const struct raw_range *range,
                            struct label_table *table, struct series_join *join, struct err *err)
{
    int64_t page_ms = FIRST_PAGE_MS;
    for (int64_t from = range->from_ms; from < range->to_ms;) {
        struct raw_range page = *range;
        page.from_ms = from;
        page.to_ms = range->to_ms - from < page_ms ? range->to_ms : from + page_ms;
        size_t before = join->n_samples;
        struct err failed = {0};
        if (!fetch_page(prometheus, &page, table, join, &failed)) {
            int64_t length = page.to_ms - page.from_ms;
            bool again = failed.kind == ERR_LIMIT && length > SHORTEST_PAGE_MS;
            if (!again) {
                *err = failed;
                return false;
            }
            page_ms = length / SHRINK < SHORTEST_PAGE_MS ? SHORTEST_PAGE_MS : length / SHRINK;
            continue;
        }
        if (join->n_samples > range->max_samples)
            return err_set(err, ERR_LIMIT, "%.*s: more than %zu samples", TEXT_ARG(prometheus->source.name),
                           range->max_samples);
        page_ms = next_page_ms(prometheus, page.to_ms - page.from_ms, join->n_samples - before);
        from = page.to_ms;
    }
    return true;
}

static void begin_result(struct raw_result *result, size_t n_selectors, struct arena *arena)
{
    *result = (struct raw_result){.sets = ARENA_ARRAY_ZERO(arena, struct series_set, n_selectors),
                                  .n_sets = n_selectors};
}

bool prometheus_raw(struct source *source, const struct raw_request *request, struct label_table *table,
                    struct arena *arena, struct raw_result *result, struct err *err)
{
    struct prometheus *prometheus = (struct prometheus *)source;
    struct fetch_plan plan = fetch_plan_make(request->selectors, request->n_selectors, arena);
    size_t limit = request->max_samples > 0 ? request->max_samples : prometheus->max_samples;
    struct buf selector;
    buf_init(&selector, SELECTOR_BYTES_MAX);
    struct raw_result found;
    begin_result(&found, request->n_selectors, arena);
    bool good = true;
    for (size_t i = 0; i < plan.n_items && good; i++) {
        buf_clear(&selector);
        fetch_item_print(&plan.items[i], &selector);
        struct raw_range range = {.selector = buf_text(&selector),
                                  .from_ms = request->from_ms,
                                  .to_ms = request->to_ms,
                                  .max_samples = limit - found.n_samples};
        struct series_join join = {0};
        good = prometheus_fetch_range(prometheus, &range, table, &join, err);
        if (good) {
            struct series_set fetched = series_join_copy(&join, arena);
            fetch_item_share(&plan, &plan.items[i], fetched, table, arena, found.sets);
            found.n_samples += join.n_samples;
        }
        series_join_finish(&join);
    }
    buf_finish(&selector);
    if (good)
        *result = found;
    return good;
}

bool prometheus_live(struct source *source, const struct expr *const *selectors, size_t n_selectors,
                     int64_t at_ms, struct label_table *table, struct arena *arena, struct raw_result *result,
                     struct err *err)
{
    struct prometheus *prometheus = (struct prometheus *)source;
    struct fetch_plan plan = fetch_plan_make(selectors, n_selectors, arena);
    struct buf selector;
    buf_init(&selector, SELECTOR_BYTES_MAX);
    struct raw_result found;
    begin_result(&found, n_selectors, arena);
    bool good = true;
    for (size_t i = 0; i < plan.n_items && good; i++) {
        buf_clear(&selector);
        fetch_item_print(&plan.items[i], &selector);
        struct prometheus_query query = {
            .expression = buf_text(&selector), .start_ms = at_ms, .max_samples = prometheus->max_samples};
        struct samples_answer answer;
        good = prometheus_ask(prometheus, &query, table, arena, &answer, err);
        if (good) {
            fetch_item_share(&plan, &plan.items[i], answer.series, table, arena, found.sets);
            found.n_samples += answer.n_samples;
        }
    }
    buf_finish(&selector);
    if (good)
        *result = found;
    return good;
}
