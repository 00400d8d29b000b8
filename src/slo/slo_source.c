/* What an SLO counts, by the kind of its objective: selectors become terms (definition.h has the table).
 * Queries failed on purpose are left out of a histogram (except:), or counted as bad (failed: bad), by the
 * same arithmetic. */
#include "base/arena.h"
#include "base/buf.h"
#include "base/decimal.h"
#include "base/number.h"
#include "slo/slo_reader.h"

enum { LE_BYTES_MAX = 512, PATTERN_BYTES_MAX = 2048 };

#define SCALE_AMOUNT 1000000LL

void slo_add_term(struct slo_draft *draft, enum slo_role role, int64_t coefficient,
                  const struct expr *selector, struct source_pos pos)
{
    if (!selector)
        return;
    if (draft->terms.len == SLO_TERMS_MAX) {
        finding_add(draft->reader->findings, FINDING_ERROR, "slo/selector", draft->reader->file, pos,
                    "more than %d selectors in one SLO", SLO_TERMS_MAX);
        return;
    }
    VEC_PUSH(&draft->terms, (struct slo_term){.role = role,
                                              .coefficient = coefficient,
                                              .expr = selector,
                                              .pos = pos,
                                              .selector = slo_print(draft->reader, selector)});
}

/* The sum's values are amounts: rounded to the SLO's scale. */
static void add_amount(struct slo_draft *draft, int64_t coefficient, const struct expr *selector,
                       struct source_pos pos)
{
    size_t before = draft->terms.len;
    slo_add_term(draft, SLO_SPENT, coefficient, selector, pos);
    if (draft->terms.len > before)
        draft->terms.at[before].scaled = true;
}

/* A required key's node, or NULL with a finding. */
static const struct yaml_node *needed(struct slo_draft *draft, const char *key, const char *why)
{
    const struct yaml_node *node = fields_node(&draft->own, key);
    if (!node)
        finding_add(draft->reader->findings, FINDING_ERROR, "slo/missing", draft->reader->file,
                    draft->own.map->pos, "%s has no %s: %s", draft->own.what, key, why);
    return node;
}

/* A selector of the SLO's own, where: added. */
static const struct expr *selector_of(struct slo_draft *draft, const struct yaml_node *node, const char *key)
{
    const struct expr *plain = node ? slo_read_selector(draft->reader, node, key) : NULL;
    return plain ? slo_selector_with(draft->reader, plain, TEXT(""), &draft->where, 1) : NULL;
}

/* ---- events ---- */

static void read_events(struct slo_draft *draft)
{
    if (slo_refuse_ratio_key(draft))
        return;
    const struct yaml_node *total = needed(draft, "total", "the counter of all events");
    const struct yaml_node *bad = fields_node(&draft->own, "bad");
    const struct yaml_node *good = fields_node(&draft->own, "good");
    if (bad && good)
        fields_error(&draft->own, "good", "both bad and good: one of them is enough");
    else if (!bad && !good)
        needed(draft, "bad", "the counter of the events that fail (or good, of those that do not)");
    if (!total || !bad == !good)
        return;
    const struct yaml_node *part = bad ? bad : good;
    if ((total->kind == YAML_SCALAR && slo_is_query(total->text)) ||
        (part->kind == YAML_SCALAR && slo_is_query(part->text))) {
        slo_read_queries(draft, total, part, good != NULL);
        return;
    }
    const struct expr *all = selector_of(draft, total, "total");
    const struct expr *some = selector_of(draft, part, bad ? "bad" : "good");
    slo_add_term(draft, SLO_UNITS, 1, all, total->pos);
    if (good)
        slo_add_term(draft, SLO_SPENT, 1, all, total->pos);
    slo_add_term(draft, SLO_SPENT, good ? -1 : 1, some, part->pos);
}

/* ---- histograms ---- */

static bool ends_in_histogram_suffix(struct text name)
{
    return text_ends(name, TEXT("_bucket")) || text_ends(name, TEXT("_count")) ||
           text_ends(name, TEXT("_sum"));
}

/* The selector of a classic histogram's base name; NULL with a finding. */
static const struct expr *histogram_of(struct slo_draft *draft, const struct yaml_node *node)
{
    const struct expr *e = selector_of(draft, node, "histogram");
    if (!e || !ends_in_histogram_suffix(slo_selector_name(e)))
        return e;
    struct text name = slo_selector_name(e);
    size_t base = name.len - strlen(text_ends(name, TEXT("_bucket"))  ? "_bucket"
                                    : text_ends(name, TEXT("_count")) ? "_count"
                                                                      : "_sum");
    fields_error(&draft->own, "histogram", "histogram %.*s is one of a histogram's series", TEXT_ARG(name));
    finding_hint(draft->reader->findings, "name the histogram itself: %.*s", (int)base, name.at);
    return NULL;
}

static enum match_op opposite(enum match_op op)
{
    switch (op) {
    case MATCH_EQ:
        return MATCH_NE;
    case MATCH_NE:
        return MATCH_EQ;
    case MATCH_RE:
        return MATCH_NRE;
    default:
        return MATCH_RE;
    }
}

/* One term of a histogram's series. `more`: matchers on le, none for _count and _sum, and on what failed. */
static void add_series(struct slo_draft *draft, const struct slo_term *term, int64_t coefficient,
                       const struct expr *histogram, struct text suffix, const struct slo_matchers more[2])
{
    size_t at = draft->terms.len;
    slo_add_term(draft, term->role, coefficient, slo_selector_with(draft->reader, histogram, suffix, more, 2),
                 term->pos);
    if (draft->terms.len == at)
        return;
    draft->terms.at[at].scaled = term->scaled;
    if (more[0].n)
        draft->terms.at[at].buckets = slo_selector_with(draft->reader, histogram, suffix, &more[1], 1);
}

/* coefficient x (the histogram's series that did not fail). One matcher can be turned round; of several,
 * those that match them all are taken off. */
static void add_unfailed(struct slo_draft *draft, const struct slo_term *term, const struct expr *histogram,
                         struct text suffix, const struct slo_matchers *le)
{
    struct slo_matchers more[] = {le ? *le : (struct slo_matchers){0}, {0}};
    struct matcher turned;
    if (draft->except.n == 1) {
        turned = draft->except.at[0];
        turned.op = opposite(turned.op);
        turned.regex = NULL;
        more[1] = (struct slo_matchers){&turned, 1};
    }
    add_series(draft, term, term->coefficient, histogram, suffix, more);
    if (draft->except.n > 1) {
        more[1] = draft->except;
        add_series(draft, term, -term->coefficient, histogram, suffix, more);
    }
}

static void add_all(struct slo_draft *draft, enum slo_role role, int64_t coefficient,
                    const struct expr *histogram, struct source_pos pos)
{
    slo_add_term(draft, role, coefficient,
                 slo_selector_with(draft->reader, histogram, TEXT("_count"), NULL, 0), pos);
}

/* The count of the queries that make up the units: all with failed: bad, else those that did not fail. */
static void add_count(struct slo_draft *draft, enum slo_role role, int64_t coefficient,
                      const struct expr *histogram, struct source_pos pos)
{
    struct slo_term term = {.role = role, .coefficient = coefficient, .pos = pos};
    if (draft->failed == FAILED_BAD)
        add_all(draft, role, coefficient, histogram, pos);
    else
        add_unfailed(draft, &term, histogram, TEXT("_count"), NULL);
}

static void add_escaped(struct text number, struct buf *out)
{
    for (size_t i = 0; i < number.len; i++) {
        if (number.at[i] == '.' || number.at[i] == '+')
            buf_putc(out, '\\');
        buf_putc(out, number.at[i]);
    }
}

/* The bucket's bound as exporters write it: 4 or 4.0 (Prometheus 3, Python), 1e+06 or 1000000. */
static struct matcher bucket_matcher(struct arena *arena, double bound)
{
    struct buf go, fixed, pattern;
    buf_init(&go, LE_BYTES_MAX);
    buf_init(&fixed, LE_BYTES_MAX);
    buf_init(&pattern, PATTERN_BYTES_MAX);
    number_print_go(bound, &go);
    number_print_fixed(bound, &fixed);
    struct text shortest = buf_text(&go), plain = buf_text(&fixed);
    bool whole = text_find(plain, '.') == plain.len;
    bool same = text_eq(shortest, plain);
    struct matcher m = {.op = MATCH_EQ, .name = TEXT("le"), .value = text_copy(arena, plain)};
    if (whole || !same) {
        if (!same) {
            add_escaped(shortest, &pattern);
            buf_putc(&pattern, '|');
        }
        add_escaped(plain, &pattern);
        if (whole)
            buf_puts(&pattern, "(\\.0)?");
        m.op = MATCH_RE;
        m.value = text_copy(arena, buf_text(&pattern));
    }
    buf_finish(&go);
    buf_finish(&fixed);
    buf_finish(&pattern);
    return m;
}

/* The bound in the histogram's own unit, in billionths. */
static int64_t bound_of(struct slo_draft *draft, struct text metric)
{
    int64_t bound = draft->objective.bound_billionths;
    bool milliseconds = text_ends(metric, TEXT("_milliseconds")) || text_ends(metric, TEXT("_ms"));
    if (draft->objective.is_time && milliseconds && __builtin_mul_overflow(bound, 1000, &bound))
        finding_add(draft->reader->findings, FINDING_ERROR, "slo/objective", draft->reader->file,
                    draft->objective_pos, "the time is too long");
    return bound;
}

static void read_percentile(struct slo_draft *draft)
{
    const struct yaml_node *node = needed(draft, "histogram", "a percentile is read from a histogram");
    const struct expr *histogram = node ? histogram_of(draft, node) : NULL;
    if (!histogram)
        return;
    draft->metric = slo_selector_name(histogram);
    int64_t bound = bound_of(draft, draft->metric);
    draft->slo.bound = (double)bound / (double)DECIMAL_ONE;
    struct matcher le = bucket_matcher(draft->reader->context->arena, draft->slo.bound);
    struct slo_matchers le_list = {&le, 1};
    struct slo_term bucket = {.role = SLO_SPENT, .coefficient = -1, .pos = node->pos};
    add_count(draft, SLO_UNITS, 1, histogram, node->pos);
    add_count(draft, SLO_SPENT, 1, histogram, node->pos);
    add_unfailed(draft, &bucket, histogram, TEXT("_bucket"), &le_list);
}

/* ---- means, scores, totals ---- */

static struct text without_suffix(struct text name, const char *suffix)
{
    return text_ends(name, text_of(suffix)) ? text_part(name, 0, name.len - strlen(suffix)) : name;
}

/* coefficient x the amount, and `per_unit` x the count (scores); units are the count. */
static void read_average(struct slo_draft *draft, int64_t coefficient, int64_t per_unit)
{
    const struct yaml_node *node = fields_node(&draft->own, "histogram");
    if (node) {
        const struct expr *histogram = histogram_of(draft, node);
        struct slo_term sum = {
            .role = SLO_SPENT, .coefficient = coefficient, .scaled = true, .pos = node->pos};
        if (fields_node(&draft->own, "sum") || fields_node(&draft->own, "count"))
            fields_error(&draft->own, "histogram",
                         "both a histogram and sum or count: one of them is enough");
        if (!histogram)
            return;
        draft->metric = slo_selector_name(histogram);
        add_count(draft, SLO_UNITS, 1, histogram, node->pos);
        if (per_unit)
            add_count(draft, SLO_SPENT, per_unit, histogram, node->pos);
        add_unfailed(draft, &sum, histogram, TEXT("_sum"), NULL);
    } else {
        const struct yaml_node *sum_node = needed(draft, "sum", "the counter of the amount (or a histogram)");
        const struct yaml_node *count_node = needed(draft, "count", "the counter of what the mean is over");
        const struct expr *sum = selector_of(draft, sum_node, "sum");
        const struct expr *count = selector_of(draft, count_node, "count");
        if (!sum || !count)
            return;
        draft->metric = without_suffix(without_suffix(slo_selector_name(sum), "_total"), "_sum");
        slo_add_term(draft, SLO_UNITS, 1, count, count_node->pos);
        if (per_unit)
            slo_add_term(draft, SLO_SPENT, per_unit, count, count_node->pos);
        add_amount(draft, coefficient, sum, sum_node->pos);
    }
}

static void read_total(struct slo_draft *draft)
{
    const struct yaml_node *node = needed(draft, "sum", "the counter of the amount");
    const struct expr *sum = selector_of(draft, node, "sum");
    if (!sum)
        return;
    draft->metric = without_suffix(without_suffix(slo_selector_name(sum), "_total"), "_sum");
    add_amount(draft, 1, sum, node->pos);
}

void slo_read_source(struct slo_draft *draft)
{
    struct slo *slo = &draft->slo;
    slo->scale = 1;
    switch (slo->kind) {
    case SLO_EVENTS:
        read_events(draft);
        break;
    case SLO_PERCENTILE:
        read_percentile(draft);
        break;
    case SLO_MEAN:
        slo->scale = SCALE_AMOUNT;
        read_average(draft, 1, 0);
        break;
    case SLO_SCORE:
        slo->scale = SCALE_AMOUNT;
        read_average(draft, -1, slo->range_max);
        break;
    case SLO_MINUTES: {
        const struct yaml_node *when = needed(draft, "when", "the expression that must hold");
        if (when)
            slo_read_when(draft, when);
        break;
    }
    case SLO_TOTAL:
        slo->scale = SCALE_AMOUNT;
        read_total(draft);
        break;
    }
}
