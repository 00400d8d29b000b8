/* What a contract adds to an objective: credit bands, an exchange rate with its date; and the earlier name of
 * an SLO. */
#include "base/arena.h"
#include "base/buf.h"
#include "base/decimal.h"
#include "base/duration.h"
#include "base/timezone.h"
#include "slo/slo_keys.h"
#include "slo/slo_reader.h"

enum { BANDS_MAX = 20, ID_BYTES_MAX = 1024, DATE_BYTES = 10 };

/* A weekend, in which nobody publishes rates; in any case more than the 5 minutes of a scrape or two. */
#define RATE_AGE_USUAL_MS (3 * DAY_MS)
#define RATE_AGE_LEAST_MS (5 * MINUTE_MS)
#define RATE_AGE_MOST_MS  (31 * DAY_MS)

static struct fields nested(const struct slo_draft *draft, const char *what, const char *check)
{
    return (struct fields){
        .file = draft->reader->file, .what = what, .check = check, .findings = draft->reader->findings};
}

/* ---- credit bands ---- */

/* A share from 0 to 100 %, as billionths of one. */
static int64_t read_share(const struct fields *fields, const char *key)
{
    struct text t = fields_required(fields, key);
    struct err err;
    int64_t percent;
    if (!t.len)
        return 0;
    bool sign = t.at[t.len - 1] == '%';
    if (sign && decimal_parse(text_trim(text_part(t, 0, t.len - 1)), &percent, &err) && percent >= 0 &&
        percent <= 100 * DECIMAL_ONE)
        return percent / 100;
    fields_error(fields, key, "%s must be a share such as 10%%, not \"%.*s\"", key, TEXT_ARG(t));
    return 0;
}

static int64_t read_score(const struct fields *fields, const char *key)
{
    struct text t = fields_required(fields, key);
    struct err err;
    int64_t score = 0;
    if (t.len && !decimal_parse(t, &score, &err))
        fields_error(fields, key, "%s must be a score, not \"%.*s\"", key, TEXT_ARG(t));
    return score;
}

static void read_band(struct slo_draft *draft, const struct yaml_node *node, struct sla_band *bands)
{
    struct slo *slo = &draft->slo;
    struct fields fields = nested(draft, "band of sla", "slo/sla");
    struct sla_band band;
    if (!fields_open(&fields, node, slo_band_keys.at, slo_band_keys.n))
        return;
    band.below = slo->kind == SLO_SCORE ? read_score(&fields, "below") : read_share(&fields, "below");
    band.credit = read_share(&fields, "credit");
    if (slo->n_sla && band.below >= bands[slo->n_sla - 1].below)
        fields_error(&fields, "below", "bands go from the highest attainment down");
    else if (slo->n_sla && band.credit <= bands[slo->n_sla - 1].credit)
        fields_error(&fields, "credit", "a lower attainment must give a higher credit");
    bands[slo->n_sla++] = band;
}

void slo_read_sla(struct slo_draft *draft)
{
    struct slo *slo = &draft->slo;
    const struct fields *fields = slo_draft_fields(draft, "sla");
    const struct yaml_node *node = fields_node(fields, "sla");
    bool inherits = fields == &draft->reader->top;
    slo->sla = NULL;
    slo->n_sla = 0;
    if (!node)
        return;
    if (slo->kind == SLO_MEAN || slo->kind == SLO_TOTAL || (slo->kind == SLO_SCORE && inherits)) {
        if (!inherits)
            fields_error(fields, "sla", "credit bands are for shares and scores, not for \"%.*s\"",
                         TEXT_ARG(slo->objective));
        return;
    }
    if (node->kind != YAML_LIST || node->len > BANDS_MAX) {
        fields_error(fields, "sla",
                     "sla must be a list of at most %d bands such as {below: 99.9%%, credit: 10%%}",
                     BANDS_MAX);
        return;
    }
    struct sla_band *bands = ARENA_ARRAY_ZERO(draft->reader->context->arena, struct sla_band, node->len);
    for (size_t i = 0; i < node->len; i++)
        read_band(draft, node->items[i], bands);
    slo->sla = bands;
}

/* ---- currency ---- */

static bool is_code(struct text t)
{
    for (size_t i = 0; i < t.len; i++)
        if (t.at[i] < 'A' || t.at[i] > 'Z')
            return false;
    return t.len == 3;
}

static bool is_date(struct text t)
{
    int64_t ms;
    struct err err;
    return t.len == DATE_BYTES && t.at[4] == '-' && civil_parse(NULL, t, &ms, &err);
}

/* The target in the counted currency, rounded down: never more than the contract allows. */
static void exchange_target(struct slo_draft *draft, const struct fields *fields)
{
    struct slo *slo = &draft->slo;
    __int128 target = (__int128)slo->target_billionths * DECIMAL_ONE / slo->exchange.rate_billionths;
    if (target > 0 && target <= INT64_MAX)
        slo->target_billionths = (int64_t)target;
    else
        fields_error(fields, "rate", "objective \"%.*s\" is out of range at this rate",
                     TEXT_ARG(slo->objective));
}

/* A rate that stays: with the day it is of. */
static void read_fixed_rate(struct slo_draft *draft, const struct fields *fields)
{
    struct slo_exchange *exchange = &draft->slo.exchange;
    struct text rate = fields_required(fields, "rate");
    struct err err;
    exchange->date = fields_required(fields, "date");
    if (exchange->date.len && !is_date(exchange->date))
        fields_error(fields, "date", "date must be the rate's day such as 2026-11-01, not \"%.*s\"",
                     TEXT_ARG(exchange->date));
    if (!rate.len || !decimal_parse(rate, &exchange->rate_billionths, &err) ||
        exchange->rate_billionths <= 0) {
        if (rate.len)
            fields_error(fields, "rate",
                         "rate must be a number above 0, or a mapping with its series, not \"%.*s\"",
                         TEXT_ARG(rate));
        *exchange = (struct slo_exchange){0};
        return;
    }
    draft->slo.currency = exchange->counted;
    exchange_target(draft, fields);
}

/* A rate that a series gives. `where:` is not added: it is another exporter's. */
static void read_rate_series(struct slo_draft *draft, const struct fields *fields,
                             const struct yaml_node *node)
{
    const struct slo_reader *reader = draft->reader;
    struct slo_exchange *exchange = &draft->slo.exchange;
    struct fields rate = nested(draft, "rate", "slo/currency");
    if (fields_node(fields, "date"))
        fields_error(fields, "date", "date is for a fixed rate: each sample of a series has its own time");
    if (!fields_open(&rate, node, slo_rate_keys.at, slo_rate_keys.n))
        return;
    exchange->max_age_ms =
        fields_duration(&rate, "max_age", RATE_AGE_USUAL_MS, RATE_AGE_LEAST_MS, RATE_AGE_MOST_MS);
    const struct yaml_node *series = fields_node(&rate, "series");
    const struct expr *plain = series ? slo_read_selector(reader, series, "series") : NULL;
    if (!series)
        fields_error(fields, "rate", "rate has no series, such as fx_rate{pair=\"USDKRW\"}");
    if (!plain)
        return;
    exchange->series = slo_selector_with(reader, plain, TEXT(""), NULL, 0);
    exchange->selector = exchange->series ? slo_print(reader, exchange->series) : TEXT("");
}

void slo_read_currency(struct slo_draft *draft)
{
    struct slo *slo = &draft->slo;
    const struct fields *holder = slo_draft_fields(draft, "currency");
    const struct yaml_node *node = fields_node(holder, "currency");
    struct fields fields = nested(draft, "currency", "slo/currency");
    slo->exchange = (struct slo_exchange){0};
    if (!node)
        return;
    if (!slo->currency.len) {
        if (holder != &draft->reader->top)
            fields_error(holder, "currency", "objective \"%.*s\" is about no money",
                         TEXT_ARG(slo->objective));
        return;
    }
    if (!fields_open(&fields, node, slo_currency_keys.at, slo_currency_keys.n))
        return;
    struct text counted = fields_required(&fields, "counted");
    if (counted.len && !is_code(counted))
        fields_error(&fields, "counted", "counted must be a currency's code such as USD, not \"%.*s\"",
                     TEXT_ARG(counted));
    slo->exchange.counted = counted;
    slo->exchange.stated = slo->currency;
    const struct yaml_node *rate = fields_node(&fields, "rate");
    if (rate && rate->kind == YAML_MAP)
        read_rate_series(draft, &fields, rate);
    else
        read_fixed_rate(draft, &fields);
}

/* ---- the earlier name ---- */

void slo_read_was(struct slo_draft *draft, bool several)
{
    struct slo *slo = &draft->slo;
    struct text was = fields_text(&draft->own, "was", TEXT(""));
    size_t slashes = 0;
    struct buf id;
    if (!was.len)
        return;
    for (size_t i = 0; i < was.len; i++)
        slashes += was.at[i] == '/';
    buf_init(&id, ID_BYTES_MAX);
    if (slashes < 2)
        buf_printf(&id, "%.*s/", TEXT_ARG(slo->environment));
    if (slashes < 1)
        buf_printf(&id, "%.*s/", TEXT_ARG(slo->service));
    buf_add_text(&id, was);
    if (several)
        buf_printf(&id, "-%s", draft->objective.suffix);
    slo->was = text_copy(draft->reader->context->arena, buf_text(&id));
    buf_finish(&id);
    if (slashes > 2 || text_eq(slo->was, slo->id))
        fields_error(&draft->own, "was",
                     "was must be an earlier name: name, service/name or environment/service/name");
}
