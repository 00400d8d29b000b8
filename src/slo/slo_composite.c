/* composite: in an SLO file. Its parts are named as name or service/name, of the same environment; whether
 * they exist, only all files together show (slo_check_all). */
#include "base/arena.h"
#include "base/buf.h"
#include "slo/composite.h"
#include "slo/slo_keys.h"
#include "slo/slo_reader.h"

enum { ID_BYTES_MAX = 1024, WEIGHT_MAX = 1000000 };

static struct text part_id(const struct slo_reader *reader, struct text name)
{
    bool has_service = text_find(name, '/') < name.len;
    return slo_id(reader, has_service ? TEXT("") : reader->service, name);
}

static struct text inherited(const struct slo_reader *reader, const struct fields *own, const char *key)
{
    return fields_text(fields_node(own, key) ? own : &reader->top, key, TEXT(""));
}

static void check_part(const struct slo_reader *reader, const struct slo_composite *composite,
                       const struct slo_part *parts, size_t n)
{
    if (text_eq(parts[n].id, composite->id))
        finding_add(reader->findings, FINDING_ERROR, "slo/composite", reader->file, parts[n].pos,
                    "composite %.*s is a part of itself", TEXT_ARG(composite->name));
    for (size_t i = 0; i < n; i++)
        if (text_eq(parts[i].id, parts[n].id))
            finding_add(reader->findings, FINDING_ERROR, "slo/composite", reader->file, parts[n].pos,
                        "part %.*s stands here twice", TEXT_ARG(parts[n].id));
}

/* worst: [a, b] */
static void read_worst(const struct slo_reader *reader, const struct fields *fields,
                       struct slo_composite *composite)
{
    const struct yaml_node *node = fields_node(fields, "worst");
    size_t n;
    const struct text *names = fields_texts(fields, "worst", reader->context->arena, &n);
    if (n > COMPOSITE_PARTS_MAX || n < 2) {
        fields_error(fields, "worst", "a composite has 2 to %d parts", COMPOSITE_PARTS_MAX);
        return;
    }
    struct slo_part *parts = ARENA_ARRAY(reader->context->arena, struct slo_part, n);
    for (size_t i = 0; i < n; i++) {
        parts[i] = (struct slo_part){part_id(reader, names[i]), 1, node->pos};
        check_part(reader, composite, parts, i);
    }
    composite->worst = true;
    composite->parts = parts;
    composite->n_parts = n;
}

/* weighted: {a: 3, b: 1} */
static void read_weighted(const struct slo_reader *reader, const struct fields *fields,
                          struct slo_composite *composite)
{
    const struct yaml_node *node = fields_node(fields, "weighted");
    struct fields weights = *fields;
    if (node->kind != YAML_MAP || node->len > COMPOSITE_PARTS_MAX || node->len < 2) {
        fields_error(fields, "weighted", "weighted must be a mapping of 2 to %d SLOs to weights",
                     COMPOSITE_PARTS_MAX);
        return;
    }
    weights.map = node;
    struct slo_part *parts = ARENA_ARRAY(reader->context->arena, struct slo_part, node->len);
    for (size_t i = 0; i < node->len; i++) {
        const char *key = text_copy(reader->context->arena, node->pairs[i].key).at;
        size_t errors = reader->findings->errors;
        if (yaml_is_null(node->pairs[i].value))
            fields_error(&weights, key, "part %s has no weight", key);
        int64_t weight = fields_int(&weights, key, 1, 1, WEIGHT_MAX);
        if (reader->findings->errors > errors)
            finding_hint(reader->findings,
                         "weights are whole numbers, of any sum: 7 and 3 instead of 0.7 and 0.3");
        parts[i] = (struct slo_part){part_id(reader, node->pairs[i].key), weight, node->pairs[i].key_pos};
        check_part(reader, composite, parts, i);
    }
    composite->parts = parts;
    composite->n_parts = node->len;
}

struct slo_composite slo_read_composite(const struct slo_reader *reader, const struct fields *own,
                                        const struct yaml_pair *pair)
{
    struct slo_composite composite = {.environment = reader->context->environment,
                                      .service = reader->service,
                                      .name = pair->key,
                                      .id = slo_id(reader, reader->service, pair->key),
                                      .owner = inherited(reader, own, "owner"),
                                      .summary = inherited(reader, own, "summary"),
                                      .impact = inherited(reader, own, "impact"),
                                      .runbook = inherited(reader, own, "runbook"),
                                      .file = text_copy(reader->context->arena, text_of(reader->file)),
                                      .pos = pair->key_pos};
    struct fields fields = *own;
    fields.what = "composite";
    if (!fields_open(&fields, fields_node(own, "composite"), slo_composite_keys.at, slo_composite_keys.n))
        return composite;
    bool worst = fields_node(&fields, "worst"), weighted = fields_node(&fields, "weighted");
    if (worst == weighted)
        fields_error(own, "composite", "a composite is either weighted or the worst of its parts");
    else if (worst)
        read_worst(reader, &fields, &composite);
    else
        read_weighted(reader, &fields, &composite);
    return composite;
}
