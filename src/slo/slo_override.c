/* overrides: other targets, owners, tiers for some values of the by: labels. */
#include "slo/slo_override.h"

#include "base/arena.h"
#include "base/labels.h"
#include "promql/matcher.h"
#include "slo/slo_keys.h"
#include "slo/slo_reader.h"

enum { OVERRIDES_MAX = 200 };

const struct slo *slo_for_group(const struct slo *slo, const struct labels *group)
{
    if (!group || !group->len)
        return slo;
    for (size_t i = 0; i < slo->n_overrides; i++) {
        const struct slo_override *o = &slo->overrides[i];
        size_t k = 0;
        while (k < o->n_matchers && matcher_matches(&o->matchers[k], group))
            k++;
        if (k == o->n_matchers)
            return o->slo;
    }
    return slo;
}

static void check_labels(const struct slo_draft *draft, const struct fields *fields,
                         struct slo_matchers match)
{
    for (size_t i = 0; i < match.n; i++) {
        bool grouped = false;
        for (size_t k = 0; k < draft->slo.n_by; k++)
            grouped |= text_eq(match.at[i].name, draft->slo.by[k]);
        if (!grouped)
            fields_error(fields, "match", "match: %.*s is no label of by:", TEXT_ARG(match.at[i].name));
    }
}

static bool counts_the_same(const struct objective *a, const struct objective *b)
{
    return a->kind == b->kind && a->bound_billionths == b->bound_billionths && a->range_min == b->range_min &&
           a->range_max == b->range_max && a->is_time == b->is_time &&
           strcmp(a->currency, b->currency) == 0 && (a->kind != SLO_TOTAL || a->period == b->period);
}

static void read_objective(struct slo_draft *draft, const struct fields *fields)
{
    const struct yaml_node *node = fields_node(fields, "objective");
    struct objective objective;
    if (node && yaml_get(draft->own.map, "objective")->kind == YAML_LIST) {
        fields_error(fields, "objective",
                     "%s has several objectives: an override cannot tell which it is for", draft->own.what);
        finding_hint(draft->reader->findings, "make each of them an SLO of its own");
        return;
    }
    if (!node || !slo_read_objective(draft->reader, node, &objective))
        return;
    if (counts_the_same(&objective, &draft->objective)) {
        draft->objective = objective;
        draft->objective_pos = node->pos;
        return;
    }
    fields_error(fields, "objective", "an override changes the target of \"%.*s\", not what is counted",
                 TEXT_ARG(draft->objective.sentence));
    finding_hint(draft->reader->findings, "another bound or unit is another SLO");
}

static struct slo_override read_override(const struct slo_draft *parent, const struct yaml_node *node)
{
    struct slo_draft draft = *parent;
    struct fields fields = {.file = draft.reader->file,
                            .what = "override",
                            .check = "slo/overrides",
                            .findings = draft.reader->findings};
    struct slo_override override = {.slo = &parent->slo, .pos = node->pos};
    if (!fields_open(&fields, node, slo_override_keys.at, slo_override_keys.n))
        return override;
    const struct yaml_node *match = fields_node(&fields, "match");
    size_t errors = draft.reader->findings->errors;
    struct slo_matchers matchers = slo_read_matchers(draft.reader, match, "match");
    if (!match)
        fields_error(&fields, "match", "an override has no match, such as tenant=\"acme\"");
    else if (!matchers.n && draft.reader->findings->errors == errors)
        fields_error(&fields, "match", "match is empty: it needs a matcher such as tenant=\"acme\"");
    check_labels(&draft, &fields, matchers);
    draft.override = fields;
    read_objective(&draft, &fields);
    slo_draft_judge(&draft);
    struct slo *slo = ARENA_NEW(draft.reader->context->arena, struct slo);
    *slo = draft.slo;
    return (struct slo_override){matchers.at, matchers.n, slo, node->pos};
}

/* Whether whatever the later entry is for, as far as it names values, is taken by the earlier one. */
static bool takes(const struct slo_override *earlier, const struct slo_override *later)
{
    for (size_t i = 0; i < earlier->n_matchers; i++) {
        bool taken = false;
        for (size_t k = 0; k < later->n_matchers && !taken; k++) {
            const struct matcher *a = &earlier->matchers[i], *b = &later->matchers[k];
            taken = text_eq(a->name, b->name) && ((a->op == b->op && text_eq(a->value, b->value)) ||
                                                  (b->op == MATCH_EQ && matcher_matches_value(a, b->value)));
        }
        if (!taken)
            return false;
    }
    return true;
}

static void warn_of_hidden(const struct slo_draft *draft, const struct slo_override *overrides, size_t at)
{
    for (size_t i = 0; i < at && overrides[at].n_matchers; i++) {
        if (!overrides[i].n_matchers || !takes(&overrides[i], &overrides[at]))
            continue;
        finding_add(draft->reader->findings, FINDING_WARNING, "slo/overrides", draft->reader->file,
                    overrides[at].pos, "this override is never used: the one in line %d comes first",
                    overrides[i].pos.line);
        finding_hint(draft->reader->findings, "the first that fits holds: put patterns behind single values");
        return;
    }
}

void slo_read_overrides(struct slo_draft *draft)
{
    const struct fields *fields = slo_draft_fields(draft, "overrides");
    const struct yaml_node *node = fields_node(fields, "overrides");
    if (!node)
        return;
    if (node->kind != YAML_LIST || node->len > OVERRIDES_MAX) {
        fields_error(fields, "overrides",
                     "overrides must be a list of at most %d entries with match:", OVERRIDES_MAX);
        return;
    }
    if (!draft->slo.n_by && node->len) {
        fields_error(fields, "overrides", "overrides need by:, the labels whose values they are for");
        return;
    }
    struct slo_override *overrides =
        ARENA_ARRAY(draft->reader->context->arena, struct slo_override, node->len);
    for (size_t i = 0; i < node->len; i++) {
        overrides[i] = read_override(draft, node->items[i]);
        warn_of_hidden(draft, overrides, i);
    }
    draft->slo.overrides = overrides;
    draft->slo.n_overrides = node->len;
}
