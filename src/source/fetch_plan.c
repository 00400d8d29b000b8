/* Planning runs at every tick: 0.3 µs a selector and 0.1 µs a series (1,000 services with 4 selectors
 * each: 1.3 ms), because containers and neighbours are found by hash. */
#include "source/fetch_plan.h"

#include "base/arena.h"
#include "base/buf.h"
#include "base/map.h"
#include "base/vec.h"
#include "source/selector.h"

#include <stdlib.h>

/* A longer query is split: servers and proxies bound what they read. */
enum { VALUES_MAX = 1000, VALUES_BYTES_MAX = 32 << 10, PATTERN_BYTES_MAX = 128 << 10 };

/* A selector on its way to a request. */
struct draft {
    struct fetch_item item;
    struct draft *next; /* in a list of its maker */
    VEC(size_t) selectors;
    bool joined; /* its selectors went to another draft */
};

/* --- matchers in a canonical order --- */

static int compare_matchers(const void *left, const void *right)
{
    const struct fetch_matcher *a = left;
    const struct fetch_matcher *b = right;
    int order = text_compare(a->name, b->name);
    if (order == 0)
        order = (int)a->op - (int)b->op;
    return order != 0 ? order : text_compare(a->values[0], b->values[0]);
}

static bool matchers_equal(const struct fetch_matcher *a, const struct fetch_matcher *b)
{
    if (a->op != b->op || a->n_values != b->n_values || !text_eq(a->name, b->name))
        return false;
    for (size_t i = 0; i < a->n_values; i++) {
        if (!text_eq(a->values[i], b->values[i]))
            return false;
    }
    return true;
}

static struct fetch_item canonical_item(const struct expr_selector *selector, struct arena *arena)
{
    size_t n = selector->n_matchers;
    struct fetch_matcher *matchers = ARENA_ARRAY(arena, struct fetch_matcher, n);
    for (size_t i = 0; i < n; i++) {
        const struct matcher *from = &selector->matchers[i];
        struct text *value = ARENA_NEW(arena, struct text);
        *value = from->value;
        matchers[i] = (struct fetch_matcher){from->op, from->name, value, 1, from->value.len};
    }
    qsort(matchers, n, sizeof *matchers, compare_matchers);
    size_t kept = 0;
    for (size_t i = 0; i < n; i++) {
        if (kept == 0 || !matchers_equal(&matchers[kept - 1], &matchers[i]))
            matchers[kept++] = matchers[i];
    }
    return (struct fetch_item){.matchers = matchers, .n_matchers = kept};
}

/* Are all matchers of `wide` among those of `narrow`? Both are sorted. */
static bool item_contains(const struct fetch_item *wide, const struct fetch_item *narrow)
{
    size_t k = 0;
    for (size_t i = 0; i < wide->n_matchers; i++) {
        while (k < narrow->n_matchers && !matchers_equal(&wide->matchers[i], &narrow->matchers[k]))
            k++;
        if (k++ == narrow->n_matchers)
            return false;
    }
    return true;
}

/* --- a selector within another --- */

struct draft_order {
    size_t n_matchers;
    size_t selector;
};

static int compare_draft_orders(const void *left, const void *right)
{
    const struct draft_order *a = left;
    const struct draft_order *b = right;
    if (a->n_matchers != b->n_matchers)
        return a->n_matchers < b->n_matchers ? -1 : 1;
    return (a->selector > b->selector) - (a->selector < b->selector);
}

static uint64_t hash_text(struct text t, uint64_t seed)
{
    return hash_bytes(t.at, t.len, seed);
}

static uint64_t hash_matcher(const struct fetch_matcher *matcher)
{
    return hash_text(matcher->values[0], hash_text(matcher->name, (uint64_t)matcher->op));
}

/* How many of the selectors have each matcher. */
static struct map count_matchers(const struct fetch_item *items, size_t n)
{
    struct map counts = {0};
    for (size_t i = 0; i < n; i++) {
        for (size_t k = 0; k < items[i].n_matchers; k++)
            (*map_add(&counts, hash_matcher(&items[i].matchers[k]), NULL))++;
    }
    return counts;
}

static uint64_t rarest_matcher(const struct fetch_item *item, const struct map *counts)
{
    uint64_t rarest = 0;
    uint64_t least = UINT64_MAX;
    for (size_t i = 0; i < item->n_matchers; i++) {
        uint64_t hash = hash_matcher(&item->matchers[i]);
        uint64_t count = *map_find(counts, hash);
        if (count < least) {
            rarest = hash;
            least = count;
        }
    }
    return rarest;
}

/* Drafts are listed under their rarest matcher. One that contains the item has no matcher that the item has
 * not, so it stands under one of the item's. */
static struct draft *find_container(const struct map *listed, const struct fetch_item *item)
{
    for (size_t i = 0; i < item->n_matchers; i++) {
        const uint64_t *list = map_find(listed, hash_matcher(&item->matchers[i]));
        for (struct draft *draft = list ? (struct draft *)(uintptr_t)*list : NULL; draft;
             draft = draft->next) {
            if (item_contains(&draft->item, item))
                return draft;
        }
    }
    return NULL;
}

static struct draft *add_draft(struct map *listed, const struct map *counts, const struct fetch_item *item,
                               struct arena *arena)
{
    struct draft *draft = ARENA_NEW(arena, struct draft);
    uint64_t *list = map_add(listed, rarest_matcher(item, counts), NULL);
    draft->item = *item;
    draft->next = (struct draft *)(uintptr_t)*list;
    *list = (uint64_t)(uintptr_t)draft;
    return draft;
}

/* One draft per selector that no other contains; wide ones come first, so that each finds its container. */
static struct draft **make_drafts(const struct expr *const *selectors, size_t n, struct arena *arena,
                                  size_t *n_drafts)
{
    struct draft **drafts = ARENA_ARRAY(arena, struct draft *, n);
    struct fetch_item *items = ARENA_ARRAY(arena, struct fetch_item, n);
    struct draft_order *order = ARENA_ARRAY(arena, struct draft_order, n);
    for (size_t i = 0; i < n; i++) {
        items[i] = canonical_item(&selectors[i]->u.selector, arena);
        order[i] = (struct draft_order){items[i].n_matchers, i};
    }
    qsort(order, n, sizeof *order, compare_draft_orders);
    struct map counts = count_matchers(items, n);
    struct map listed = {0};
    *n_drafts = 0;
    for (size_t i = 0; i < n; i++) {
        const struct fetch_item *item = &items[order[i].selector];
        struct draft *draft = find_container(&listed, item);
        if (!draft)
            drafts[(*n_drafts)++] = draft = add_draft(&listed, &counts, item, arena);
        VEC_PUSH(&draft->selectors, order[i].selector);
    }
    map_finish(&listed);
    map_finish(&counts);
    return drafts;
}

/* --- selectors that differ in one value --- */

/* The one matcher on this label, if it is = with a value; else NULL. */
static struct fetch_matcher *joinable(const struct fetch_item *item, struct text label)
{
    struct fetch_matcher *found = NULL;
    for (size_t i = 0; i < item->n_matchers; i++) {
        struct fetch_matcher *matcher = &item->matchers[i];
        if (!text_eq(matcher->name, label))
            continue;
        if (found || matcher->op != MATCH_EQ || matcher->values[0].len == 0)
            return NULL;
        found = matcher;
    }
    return found;
}

static bool equal_but_for(const struct fetch_item *a, const struct fetch_item *b, struct text label)
{
    if (a->n_matchers != b->n_matchers)
        return false;
    for (size_t i = 0; i < a->n_matchers; i++) {
        bool is_label = text_eq(a->matchers[i].name, label) && text_eq(b->matchers[i].name, label);
        if (!is_label && !matchers_equal(&a->matchers[i], &b->matchers[i]))
            return false;
    }
    return true;
}

static uint64_t hash_but_for(const struct fetch_item *item, struct text label)
{
    uint64_t hash = hash_text(label, 0);
    for (size_t i = 0; i < item->n_matchers; i++) {
        const struct fetch_matcher *matcher = &item->matchers[i];
        if (text_eq(matcher->name, label))
            continue;
        hash = hash_text(matcher->name, hash + (uint64_t)matcher->op);
        for (size_t k = 0; k < matcher->n_values; k++)
            hash = hash_text(matcher->values[k], hash);
    }
    return hash;
}

static bool fits(const struct fetch_matcher *a, const struct fetch_matcher *b)
{
    return a->n_values + b->n_values <= VALUES_MAX && a->bytes + b->bytes <= VALUES_BYTES_MAX;
}

static int compare_texts(const void *a, const void *b)
{
    return text_compare(*(const struct text *)a, *(const struct text *)b);
}

static void append_values(struct fetch_matcher *to, const struct fetch_matcher *from, struct arena *arena)
{
    size_t old_size = to->n_values * sizeof *to->values;
    to->values = arena_grow(arena, to->values, old_size, old_size + from->n_values * sizeof *to->values,
                            _Alignof(struct text));
    memcpy(to->values + to->n_values, from->values, from->n_values * sizeof *to->values);
    to->n_values += from->n_values;
    to->bytes += from->bytes;
}

static void join_drafts(struct draft *to, struct draft *from, struct text label, struct arena *arena)
{
    append_values(joinable(&to->item, label), joinable(&from->item, label), arena);
    for (size_t i = 0; i < from->selectors.len; i++)
        VEC_PUSH(&to->selectors, from->selectors.at[i]);
    VEC_FREE(&from->selectors);
    from->joined = true;
}

static void join_over(struct draft **drafts, size_t n, struct text label, struct arena *arena)
{
    struct map by_rest = {0};
    for (size_t i = 0; i < n; i++) {
        struct draft *draft = drafts[i];
        struct fetch_matcher *own = draft->joined ? NULL : joinable(&draft->item, label);
        if (!own)
            continue;
        uint64_t *place = map_add(&by_rest, hash_but_for(&draft->item, label), NULL);
        struct draft *found = (struct draft *)(uintptr_t)*place;
        bool joins = found && equal_but_for(&found->item, &draft->item, label) &&
                     fits(joinable(&found->item, label), own);
        if (joins)
            join_drafts(found, draft, label, arena);
        else
            *place = (uint64_t)(uintptr_t)draft;
    }
    map_finish(&by_rest);
    for (size_t i = 0; i < n; i++) {
        struct fetch_matcher *matcher = drafts[i]->joined ? NULL : joinable(&drafts[i]->item, label);
        if (matcher && matcher->n_values > 1)
            qsort(matcher->values, matcher->n_values, sizeof *matcher->values, compare_texts);
    }
}

/* Metrics first, then every label that some selector compares with =. */
static void join_all(struct draft **drafts, size_t n, struct arena *arena)
{
    struct map done = {0};
    struct text metric = TEXT("__name__");
    map_add(&done, hash_text(metric, 0), NULL);
    join_over(drafts, n, metric, arena);
    for (size_t i = 0; i < n; i++) {
        for (size_t k = 0; k < drafts[i]->item.n_matchers; k++) {
            const struct fetch_matcher *matcher = &drafts[i]->item.matchers[k];
            bool is_new = false;
            if (matcher->op == MATCH_EQ)
                map_add(&done, hash_text(matcher->name, 0), &is_new);
            if (is_new)
                join_over(drafts, n, matcher->name, arena);
        }
    }
    map_finish(&done);
}

struct fetch_plan fetch_plan_make(const struct expr *const *selectors, size_t n, struct arena *arena)
{
    size_t n_drafts = 0;
    struct draft **drafts = make_drafts(selectors, n, arena, &n_drafts);
    join_all(drafts, n_drafts, arena);
    struct fetch_plan plan = {.selectors = selectors,
                              .items = ARENA_ARRAY(arena, struct fetch_item, n_drafts)};
    for (size_t i = 0; i < n_drafts; i++) {
        struct draft *draft = drafts[i];
        if (draft->joined)
            continue;
        draft->item.n_selectors = draft->selectors.len;
        draft->item.selectors = ARENA_ARRAY(arena, size_t, draft->selectors.len);
        memcpy(draft->item.selectors, draft->selectors.at, draft->selectors.len * sizeof(size_t));
        VEC_FREE(&draft->selectors);
        plan.items[plan.n_items++] = draft->item;
    }
    return plan;
}

/* --- print --- */

static void put_regex_quoted(struct text t, struct buf *out)
{
    for (size_t i = 0; i < t.len; i++) {
        if (t.at[i] && strchr("\\.+*?()|[]{}^$", t.at[i]))
            buf_putc(out, '\\');
        buf_putc(out, t.at[i]);
    }
}

void fetch_item_print(const struct fetch_item *item, struct buf *out)
{
    struct buf pattern;
    buf_init(&pattern, PATTERN_BYTES_MAX);
    struct expr_selector selector = {.n_matchers = item->n_matchers};
    VEC(struct matcher) matchers = {0};
    size_t *ends = memory_alloc_zero(item->n_matchers + 1, sizeof *ends);
    for (size_t i = 0; i < item->n_matchers; i++) {
        const struct fetch_matcher *from = &item->matchers[i];
        for (size_t k = 0; from->n_values > 1 && k < from->n_values; k++) {
            buf_puts(&pattern, k > 0 ? "|" : "");
            put_regex_quoted(from->values[k], &pattern);
        }
        ends[i + 1] = pattern.len;
    }
    for (size_t i = 0; i < item->n_matchers; i++) {
        const struct fetch_matcher *from = &item->matchers[i];
        bool several = from->n_values > 1;
        struct matcher matcher = {.op = several ? MATCH_RE : from->op,
                                  .name = from->name,
                                  .value = several ? text_part(buf_text(&pattern), ends[i], ends[i + 1])
                                                   : from->values[0]};
        VEC_PUSH(&matchers, matcher);
    }
    selector.matchers = matchers.at;
    selector_print(&selector, out);
    VEC_FREE(&matchers);
    memory_free(ends);
    buf_finish(&pattern);
}

/* --- share out --- */

/* The label whose values tell the item's selectors apart best. */
static const struct fetch_matcher *splitting_matcher(const struct fetch_item *item)
{
    const struct fetch_matcher *best = NULL;
    for (size_t i = 0; i < item->n_matchers; i++) {
        const struct fetch_matcher *matcher = &item->matchers[i];
        if (matcher->op == MATCH_EQ && matcher->n_values > 1 && (!best || matcher->n_values > best->n_values))
            best = matcher;
    }
    return best;
}

static struct text value_of_matcher(const struct expr_selector *selector, struct text label)
{
    for (size_t i = 0; i < selector->n_matchers; i++) {
        if (selector->matchers[i].op == MATCH_EQ && text_eq(selector->matchers[i].name, label))
            return selector->matchers[i].value;
    }
    return TEXT("");
}

/* The fetched series in lists by their value of a label. */
struct share_index {
    struct map heads; /* symbol -> index of the first series, plus 1 */
    size_t *next;     /* index plus 1 of the next series with the same value */
};

static struct share_index index_series(struct series_set fetched, const struct symbol *label,
                                       struct arena *arena)
{
    struct share_index index = {.next = ARENA_ARRAY_ZERO(arena, size_t, fetched.len)};
    for (size_t i = fetched.len; i-- > 0;) {
        const struct symbol *value = label ? labels_find(fetched.at[i].labels, label) : NULL;
        uint64_t *head = map_add(&index.heads, map_key_of(value), NULL);
        index.next[i] = *head;
        *head = i + 1;
    }
    return index;
}

static struct series_set matching_series(const struct expr_selector *selector, struct series_set fetched,
                                         const struct share_index *index, const struct symbol *value,
                                         struct arena *arena)
{
    VEC(struct series) found = {0};
    const uint64_t *head = map_find(&index->heads, map_key_of(value));
    for (size_t i = head ? *head : 0; i > 0; i = index->next[i - 1]) {
        if (selector_matches(selector, fetched.at[i - 1].labels))
            VEC_PUSH(&found, fetched.at[i - 1]);
    }
    struct series_set set = {ARENA_ARRAY(arena, struct series, found.len), found.len};
    if (found.len > 0)
        memcpy(set.at, found.at, found.len * sizeof *found.at);
    VEC_FREE(&found);
    return set;
}

void fetch_item_share(const struct fetch_plan *plan, const struct fetch_item *item, struct series_set fetched,
                      struct label_table *table, struct arena *arena, struct series_set *sets)
{
    if (item->n_selectors == 1) {
        sets[item->selectors[0]] = fetched;
        return;
    }
    const struct fetch_matcher *split = splitting_matcher(item);
    const struct symbol *label = split ? symbol_intern(table, split->name) : NULL;
    struct share_index index = index_series(fetched, label, arena);
    for (size_t i = 0; i < item->n_selectors; i++) {
        const struct expr_selector *selector = &plan->selectors[item->selectors[i]]->u.selector;
        const struct symbol *value =
            split ? symbol_intern(table, value_of_matcher(selector, split->name)) : NULL;
        sets[item->selectors[i]] = matching_series(selector, fetched, &index, value, arena);
    }
    map_finish(&index.heads);
}
