/* tiers: in an SLO file: some left out, some with other rates, windows, severities or minima. */
#include "base/buf.h"
#include "base/decimal.h"
#include "base/duration.h"
#include "slo/slo_keys.h"
#include "slo/slo_reader.h"
#include "slo/tiers.h"

enum { RATE_BYTES_MAX = 64 };

static struct slo_tier *find_tier(struct slo *slo, struct text name)
{
    for (size_t i = 0; i < slo->n_tiers; i++)
        if (text_eq(slo->tiers[i].name, name))
            return &slo->tiers[i];
    return NULL;
}

static void remove_tier(struct slo *slo, const struct slo_tier *tier)
{
    size_t i = (size_t)(tier - slo->tiers);
    memmove(&slo->tiers[i], &slo->tiers[i + 1], (slo->n_tiers - i - 1) * sizeof *tier);
    slo->n_tiers--;
}

/* "40%": of all units bad, which is another burn rate for each objective. */
static void hint_at_share(const struct slo_draft *draft, struct text text, int64_t limit)
{
    struct buf rate;
    struct err err;
    int64_t percent;
    if (!text_ends(text, TEXT("%")) || limit == INT64_MAX ||
        !decimal_parse(text_part(text, 0, text.len - 1), &percent, &err) || percent > 100 * DECIMAL_ONE)
        return;
    buf_init(&rate, RATE_BYTES_MAX);
    decimal_print((int64_t)((__int128)limit * percent / (100 * DECIMAL_ONE)), &rate);
    finding_hint(draft->reader->findings, "with objective %.*s, %.*s of all units bad is a burn rate of %s",
                 TEXT_ARG(draft->slo.objective), TEXT_ARG(text), buf_cstring(&rate));
    buf_finish(&rate);
}

static void read_rate(const struct slo_draft *draft, const struct fields *fields, struct slo_tier *tier)
{
    struct text text = fields_text(fields, "rate", TEXT(""));
    struct err err;
    int64_t rate, limit = slo_rate_limit(&draft->slo);
    if (!text.len)
        return;
    if (!decimal_parse(text, &rate, &err) || rate <= 0) {
        fields_error(fields, "rate", "rate must be a number above 0, not \"%.*s\"", TEXT_ARG(text));
        hint_at_share(draft, text, limit);
        return;
    }
    tier->rate_billionths = rate;
    if (rate <= limit)
        return;
    struct buf most;
    buf_init(&most, RATE_BYTES_MAX);
    decimal_print(limit / (DECIMAL_ONE / 100) * (DECIMAL_ONE / 100), &most);
    fields_error(fields, "rate",
                 "tier %.*s can never be reached: with objective %.*s the burn rate is at most %s",
                 TEXT_ARG(tier->name), TEXT_ARG(draft->slo.objective), buf_cstring(&most));
    buf_finish(&most);
}

static void read_severity(const struct fields *fields, struct slo_tier *tier)
{
    struct text t = fields_text(fields, "severity", TEXT(""));
    if (!t.len)
        return;
    if (t.len == 2 && t.at[0] == 'P' && t.at[1] >= '1' && t.at[1] <= '4') {
        tier->severity = t.at[1] - '0';
        tier->page = tier->severity <= 2;
        return;
    }
    fields_error(fields, "severity",
                 "severity must be P1 or P2 (page), P3 (ticket) or P4 (info), not \"%.*s\"", TEXT_ARG(t));
}

static void read_tier(const struct slo_draft *draft, const struct yaml_node *node, struct slo_tier *tier)
{
    struct fields fields = {.file = draft->reader->file,
                            .what = "tier",
                            .check = "slo/tiers",
                            .findings = draft->reader->findings};
    if (!fields_open(&fields, node, slo_tier_keys.at, slo_tier_keys.n))
        return;
    read_rate(draft, &fields, tier);
    read_severity(&fields, tier);
    int64_t longest = 90 * DAY_MS;
    tier->long_ms = fields_duration(&fields, "long", tier->long_ms, 2 * MINUTE_MS, longest);
    tier->short_ms = fields_duration(&fields, "short", tier->short_ms, MINUTE_MS, longest);
    if (tier->short_ms >= tier->long_ms)
        fields_error(&fields, "short", "the short window must be shorter than the long one");
    tier->min_spent = fields_int(&fields, "min_bad", tier->min_spent, 0, INT64_MAX);
    tier->min_units = fields_int(&fields, "min_units", tier->min_units, 0, INT64_MAX);
}

void slo_read_tiers(struct slo_draft *draft)
{
    struct slo *slo = &draft->slo;
    slo->n_tiers = slo_default_tiers(slo, slo->tiers);
    const struct yaml_node *node = fields_node(slo_draft_fields(draft, "tiers"), "tiers");
    struct fields fields = {.file = draft->reader->file,
                            .what = "tiers",
                            .check = "slo/tiers",
                            .findings = draft->reader->findings};
    if (!fields_open(&fields, node, slo_tiers_keys.at, slo_tiers_keys.n))
        return;
    for (size_t i = 0; i < slo->n_tiers; i++)
        read_tier(draft, yaml_get(node, slo->tiers[i].name.at), &slo->tiers[i]);
    size_t n_without;
    const struct text *without = fields_texts(&fields, "without", draft->reader->context->arena, &n_without);
    for (size_t i = 0; i < n_without; i++) {
        struct slo_tier *tier = find_tier(slo, without[i]);
        if (tier)
            remove_tier(slo, tier);
        else
            fields_error(&fields, "without",
                         "there is no tier \"%.*s\": they are outage, fast, slow, drift and trend",
                         TEXT_ARG(without[i]));
    }
}
