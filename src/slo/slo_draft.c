/* One SLO: its identity, its generation, its allowance, and the order in which its parts are read. */
#include "base/arena.h"
#include "base/buf.h"
#include "base/decimal.h"
#include "base/duration.h"
#include "base/labels.h"
#include "slo/slo_reader.h"

enum { DEFAULT_GROUPS = 500, GROUPS_MAX = 100000, ID_BYTES_MAX = 1024, GENERATION_BYTES_MAX = 1 << 20 };

const struct fields *slo_draft_fields(const struct slo_draft *draft, const char *key)
{
    if (fields_node(&draft->override, key))
        return &draft->override;
    return fields_node(&draft->own, key) ? &draft->own : &draft->reader->top;
}

static struct text printed(struct arena *arena, struct buf *buf)
{
    struct text text = text_copy(arena, buf_text(buf));
    buf_finish(buf);
    return text;
}

struct text slo_id(const struct slo_reader *reader, struct text service, struct text name)
{
    struct buf id;
    buf_init(&id, ID_BYTES_MAX);
    buf_printf(&id, "%.*s/%.*s%s%.*s", TEXT_ARG(reader->context->environment), TEXT_ARG(service),
               service.len ? "/" : "", TEXT_ARG(name));
    return printed(reader->context->arena, &id);
}

static void set_names(struct slo_draft *draft, struct text name, bool several)
{
    struct slo *slo = &draft->slo;
    struct buf buf;
    buf_init(&buf, ID_BYTES_MAX);
    buf_add_text(&buf, name);
    if (several)
        buf_printf(&buf, "-%s", draft->objective.suffix);
    slo->name = printed(draft->reader->context->arena, &buf);
    slo->environment = draft->reader->context->environment;
    slo->service = draft->reader->service;
    slo->id = slo_id(draft->reader, slo->service, slo->name);
}

/* ---- the generation ---- */

/* Everything that decides what is counted, one line each. Its form is part of the store: a change of it would
 * refill every ledger. */
static void set_generation(struct slo *slo)
{
    struct buf buf;
    buf_init(&buf, GENERATION_BYTES_MAX);
    buf_printf(&buf, "kind %d\nscale %lld\nrange %lld\n", (int)slo->kind, (long long)slo->scale,
               (long long)slo->range_max);
    if (slo->kind == SLO_PERCENTILE)
        buf_printf(&buf, "bound %a\n", slo->bound);
    if (slo->between == BETWEEN_GOOD)
        buf_puts(&buf, "between good\n");
    for (size_t i = 0; i < slo->n_by; i++)
        buf_printf(&buf, "by %.*s\n", TEXT_ARG(slo->by[i]));
    for (size_t i = 0; i < slo->n_terms; i++)
        buf_printf(&buf, "term %d %lld %.*s\n", (int)slo->terms[i].role, (long long)slo->terms[i].coefficient,
                   TEXT_ARG(slo->terms[i].selector));
    for (size_t i = 0; i < slo->n_expressions; i++)
        buf_printf(&buf, "expression %d %.*s\n", (int)slo->expressions[i].role,
                   TEXT_ARG(slo->expressions[i].text));
    if (slo->when_down_bad)
        buf_puts(&buf, "down bad\n");
    if (slo->exchange.series)
        buf_printf(&buf, "rate %.*s %lld\n", TEXT_ARG(slo->exchange.selector),
                   (long long)slo->exchange.max_age_ms);
    slo->generation = digest_of(buf_text(&buf));
    buf_finish(&buf);
}

/* ---- one SLO ---- */

static void read_grouping(struct slo_draft *draft)
{
    struct slo *slo = &draft->slo;
    const struct fields *fields = slo_draft_fields(draft, "by");
    size_t n;
    const struct text *by = fields_texts(fields, "by", draft->reader->context->arena, &n);
    if (n > SLO_BY_MAX) {
        fields_error(fields, "by", "by has %zu labels: at most %d", n, SLO_BY_MAX);
        n = SLO_BY_MAX;
    }
    for (size_t i = 0; i < n; i++) {
        if (!label_name_legacy_valid(by[i]) || text_is(by[i], "le") || text_is(by[i], "__name__"))
            fields_error(fields, "by", "by: \"%.*s\" is not a label to group by", TEXT_ARG(by[i]));
        slo->by[slo->n_by++] = by[i];
    }
    if (!n && fields_node(&draft->own, "max_groups"))
        fields_error(&draft->own, "max_groups", "max_groups needs by:, the labels whose values it bounds");
    slo->max_groups = (size_t)fields_int(slo_draft_fields(draft, "max_groups"), "max_groups", DEFAULT_GROUPS,
                                         1, GROUPS_MAX);
}

static bool is_among(struct text label, const struct text *labels, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (text_eq(label, labels[i]))
            return true;
    return false;
}

static const char *wrong_with_target(const struct slo *slo, struct text label)
{
    if (!label_name_legacy_valid(label) || text_is(label, "le"))
        return "is not a label that tells targets apart";
    if (is_among(label, slo->target, slo->n_target))
        return "stands there twice";
    if (is_among(label, slo->by, slo->n_by))
        return "is a label of by: a value that vanishes would take its own coverage along";
    return NULL;
}

static void read_target(struct slo_draft *draft)
{
    struct slo *slo = &draft->slo;
    const struct fields *fields = slo_draft_fields(draft, "target");
    size_t n;
    const struct yaml_node *node = fields_node(fields, "target");
    const struct text *target = fields_texts(fields, "target", draft->reader->context->arena, &n);
    if (node && node->kind != YAML_MAP && n == 0)
        fields_error(fields, "target",
                     "target is empty: it needs the labels that tell one target from another, such as "
                     "[cluster, pod] (the default is [job, instance])");
    if (n > SLO_TARGET_MAX) {
        fields_error(fields, "target", "target has %zu labels: at most %d", n, SLO_TARGET_MAX);
        n = SLO_TARGET_MAX;
    }
    for (size_t i = 0; i < n; i++) {
        const char *wrong = wrong_with_target(slo, target[i]);
        if (wrong)
            fields_error(fields, "target", "target: \"%.*s\" %s", TEXT_ARG(target[i]), wrong);
        slo->target[slo->n_target++] = target[i];
    }
    if (!slo->n_target) {
        slo->target[slo->n_target++] = TEXT("job");
        slo->target[slo->n_target++] = TEXT("instance");
    }
}

static void read_failed(struct slo_draft *draft)
{
    const struct fields *fields = slo_draft_fields(draft, "failed");
    struct text failed = fields_text(fields, "failed", TEXT(""));
    draft->except =
        slo_read_matchers(draft->reader, fields_node(slo_draft_fields(draft, "except"), "except"), "except");
    draft->failed = draft->except.n ? FAILED_LEFT_OUT : FAILED_UNSAID;
    if (text_is(failed, "bad")) {
        draft->failed = FAILED_BAD;
        if (!draft->except.n)
            fields_error(fields, "failed",
                         "failed: bad needs except:, the matchers of what failed, such as code=~\"5..\"");
    } else if (failed.len && !text_is(failed, "left out")) {
        fields_error(fields, "failed", "failed must be \"left out\" (the default) or bad, not \"%.*s\"",
                     TEXT_ARG(failed));
    }
}

static void read_between(struct slo_draft *draft)
{
    const struct fields *fields = slo_draft_fields(draft, "between_buckets");
    struct text between = fields_text(fields, "between_buckets", TEXT("bad"));
    if (!text_is(between, "bad") && !text_is(between, "good"))
        fields_error(fields, "between_buckets",
                     "between_buckets must be bad (the default) or good, not \"%.*s\"", TEXT_ARG(between));
    if (draft->slo.kind == SLO_PERCENTILE && text_is(between, "good"))
        draft->slo.between = BETWEEN_GOOD;
}

/* As written, but durations as Prometheus prints them: "p95 <= 90m30s" is "p95 <= 1h30m30s". */
static struct text sentence_of(const struct slo_draft *draft)
{
    const struct objective *o = &draft->objective;
    struct buf out;
    if (!o->duration.len)
        return o->sentence;
    size_t at = (size_t)(o->duration.at - o->sentence.at);
    buf_init(&out, GENERATION_BYTES_MAX);
    buf_add_text(&out, text_part(o->sentence, 0, at));
    duration_print(o->duration_ms, &out);
    buf_add_text(&out, text_part(o->sentence, at + o->duration.len, o->sentence.len));
    return printed(draft->reader->context->arena, &out);
}

static void set_objective(struct slo_draft *draft)
{
    struct slo *slo = &draft->slo;
    slo->kind = draft->objective.kind;
    slo->objective = sentence_of(draft);
    slo->target_billionths = draft->objective.target_billionths;
    slo->range_min = draft->objective.range_min;
    slo->range_max = draft->objective.range_max;
    slo->currency = text_copy(draft->reader->context->arena, text_of(draft->objective.currency));
}

static void set_allowance(struct slo_draft *draft)
{
    struct slo *slo = &draft->slo;
    switch (slo->kind) {
    case SLO_EVENTS:
    case SLO_PERCENTILE:
    case SLO_MINUTES:
        slo->allowance_billionths = DECIMAL_ONE - slo->target_billionths;
        break;
    case SLO_MEAN:
        slo->allowance_billionths = slo->target_billionths;
        break;
    case SLO_SCORE:
        slo->allowance_billionths = slo->range_max * DECIMAL_ONE - slo->target_billionths;
        break;
    case SLO_TOTAL:
        slo->allowance_billionths = slo->target_billionths / (slo->windows[0].length_ms / MINUTE_MS);
        if (!slo->allowance_billionths) {
            finding_add(draft->reader->findings, FINDING_ERROR, "slo/objective", draft->reader->file,
                        draft->objective_pos, "objective \"%.*s\" is too small for its period",
                        TEXT_ARG(slo->objective));
            slo->allowance_billionths = 1;
        }
        break;
    }
}

static void keep_source(struct slo_draft *draft)
{
    struct arena *arena = draft->reader->context->arena;
    struct slo *slo = &draft->slo;
    struct slo_term *terms = ARENA_ARRAY(arena, struct slo_term, draft->terms.len);
    struct slo_expression *expressions = ARENA_ARRAY(arena, struct slo_expression, draft->expressions.len);
    if (draft->terms.len)
        memcpy(terms, draft->terms.at, draft->terms.len * sizeof *terms);
    if (draft->expressions.len)
        memcpy(expressions, draft->expressions.at, draft->expressions.len * sizeof *expressions);
    slo->terms = terms;
    slo->n_terms = draft->terms.len;
    slo->expressions = expressions;
    slo->n_expressions = draft->expressions.len;
    VEC_FREE(&draft->terms);
    VEC_FREE(&draft->expressions);
}

/* A time that the metric counts in milliseconds. */
static void fit_time(struct slo_draft *draft)
{
    struct slo *slo = &draft->slo;
    bool milliseconds =
        text_ends(draft->metric, TEXT("_milliseconds")) || text_ends(draft->metric, TEXT("_ms"));
    slo->time_unit = !draft->objective.is_time ? TEXT("") : milliseconds ? TEXT("ms") : TEXT("s");
    if (!draft->objective.is_time || !milliseconds || slo->kind == SLO_PERCENTILE)
        return;
    if (__builtin_mul_overflow(slo->target_billionths, 1000, &slo->target_billionths))
        finding_add(draft->reader->findings, FINDING_ERROR, "slo/objective", draft->reader->file,
                    draft->objective_pos, "the time is too long");
}

void slo_draft_judge(struct slo_draft *draft)
{
    set_objective(draft);
    fit_time(draft);
    slo_read_currency(draft);
    slo_read_windows(draft);
    set_allowance(draft);
    slo_read_tiers(draft);
    slo_read_extras(draft);
    slo_read_sla(draft);
    slo_read_policy(draft);
}

void slo_draft_read(struct slo_draft *draft, struct text name, bool several)
{
    const struct slo_reader *reader = draft->reader;
    draft->slo.file = text_copy(reader->context->arena, text_of(reader->file));
    draft->slo.kind = draft->objective.kind;
    draft->slo.range_max = draft->objective.range_max;
    set_names(draft, name, several);
    slo_read_was(draft, several);
    read_grouping(draft);
    read_target(draft);
    draft->where = slo_matchers_join(reader->context->arena, reader->where,
                                     slo_read_matchers(reader, fields_node(&draft->own, "where"), "where"));
    read_failed(draft);
    read_between(draft);
    slo_read_source(draft);
    slo_find_up(draft);
    keep_source(draft);
    slo_read_when_down(draft);
    slo_draft_judge(draft);
    set_generation(&draft->slo);
    slo_read_overrides(draft);
}

bool slo_read_objective(const struct slo_reader *reader, const struct yaml_node *node,
                        struct objective *objective)
{
    const char *hint;
    struct err err;
    if (node->kind != YAML_SCALAR) {
        finding_add(reader->findings, FINDING_ERROR, "slo/objective", reader->file, node->pos,
                    "objective must be a sentence such as 99.5%% or p95 <= 4s");
        return false;
    }
    if (objective_parse(node->text, objective, &hint, &err))
        return true;
    finding_add(reader->findings, FINDING_ERROR, "slo/objective", reader->file,
                slo_text_pos(reader, node, err.pos), "%s", err.message);
    if (hint)
        finding_hint(reader->findings, "%s", hint);
    return false;
}
