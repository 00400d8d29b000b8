/* What an SLO says about itself: texts, links, labels, what a unit is called, what happens when its targets
 * are down. */
#include "base/arena.h"
#include "base/labels.h"
#include "slo/slo_reader.h"

/* Texts go into each message and each row of history: longer ones belong into a runbook. */
enum { LINKS_MAX = 20, LABELS_MAX = 30, TEXT_BYTES_MAX = 2000 };

static struct text inherited(const struct slo_draft *draft, const char *key)
{
    const struct fields *fields = slo_draft_fields(draft, key);
    struct text t = fields_text(fields, key, TEXT(""));
    if (t.len <= TEXT_BYTES_MAX)
        return t;
    fields_error(fields, key, "%s is %zu bytes long: at most %d", key, t.len, TEXT_BYTES_MAX);
    return TEXT("");
}

static bool is_web_address(struct text t)
{
    return (text_starts(t, TEXT("http://")) && t.len > strlen("http://")) ||
           (text_starts(t, TEXT("https://")) && t.len > strlen("https://"));
}

/* A path, or an address of the web; nothing else is ever made a link. */
static void check_runbook(const struct slo_draft *draft)
{
    struct text t = draft->slo.runbook;
    size_t scheme = text_find(t, ':');
    if (scheme < t.len && text_find(t, '/') > scheme && !is_web_address(t))
        fields_error(slo_draft_fields(draft, "runbook"), "runbook",
                     "runbook must be a path, or start with http:// or https://, not \"%.*s\"", TEXT_ARG(t));
}

/* The pairs of a mapping whose values are single values; NULL with a finding. */
static const struct yaml_node *pairs_of(const struct slo_draft *draft, const char *key, size_t most)
{
    const struct fields *fields = slo_draft_fields(draft, key);
    const struct yaml_node *node = fields_node(fields, key);
    if (!node)
        return NULL;
    if (node->kind != YAML_MAP) {
        fields_error(fields, key, "%s must be a mapping of names to values", key);
        return NULL;
    }
    if (node->len > most) {
        fields_error(fields, key, "%s has more than %zu entries", key, most);
        return NULL;
    }
    for (size_t i = 0; i < node->len; i++)
        if (node->pairs[i].value->kind != YAML_SCALAR) {
            finding_add(draft->reader->findings, FINDING_ERROR, "slo/type", draft->reader->file,
                        node->pairs[i].value->pos, "%s: %.*s must be a single value", key,
                        TEXT_ARG(node->pairs[i].key));
            return NULL;
        }
    return node;
}

static void read_links(struct slo_draft *draft)
{
    const struct yaml_node *node = pairs_of(draft, "links", LINKS_MAX);
    if (!node)
        return;
    draft->slo.links = ARENA_ARRAY(draft->reader->context->arena, struct slo_link, node->len);
    draft->slo.n_links = node->len;
    for (size_t i = 0; i < node->len; i++) {
        const struct yaml_pair *pair = &node->pairs[i];
        draft->slo.links[i] = (struct slo_link){pair->key, pair->value->text};
        if (!is_web_address(pair->value->text) || pair->value->text.len > TEXT_BYTES_MAX)
            finding_add(draft->reader->findings, FINDING_ERROR, "slo/links", draft->reader->file,
                        pair->value->pos, "link %.*s must be an address that starts with http:// or https://",
                        TEXT_ARG(pair->key));
    }
}

/* Names that sloburn itself gives each alert of an SLO, or that Prometheus keeps for itself. */
static bool is_given(const struct slo *slo, struct text name)
{
    bool given = text_is(name, "service") || text_is(name, "slo") || text_starts(name, TEXT("__"));
    for (size_t i = 0; i < slo->n_by && !given; i++)
        given = text_eq(name, slo->by[i]);
    return given;
}

static bool check_label(const struct slo_draft *draft, const struct yaml_pair *pair)
{
    const char *wrong = !label_name_legacy_valid(pair->key)      ? "is no label's name"
                        : is_given(&draft->slo, pair->key)       ? "is a label that sloburn gives itself"
                        : pair->value->kind != YAML_SCALAR       ? "must have a single value"
                        : yaml_is_null(pair->value)              ? "has no value"
                        : pair->value->text.len > TEXT_BYTES_MAX ? "has too long a value"
                                                                 : NULL;
    if (wrong)
        finding_add(draft->reader->findings, FINDING_ERROR, "slo/labels", draft->reader->file, pair->key_pos,
                    "labels: \"%.*s\" %s", TEXT_ARG(pair->key), wrong);
    return !wrong;
}

/* The file's labels and the SLO's own, which win. */
static void add_labels(struct slo_draft *draft, const struct fields *fields)
{
    const struct yaml_node *node = fields_node(fields, "labels");
    struct label_table *table = draft->reader->context->labels;
    struct label extra[LABELS_MAX];
    size_t n = 0;
    if (!node)
        return;
    if (node->kind != YAML_MAP || node->len > LABELS_MAX) {
        fields_error(fields, "labels", "labels must be a mapping of at most %d names to values", LABELS_MAX);
        return;
    }
    for (size_t i = 0; i < node->len; i++) {
        const struct yaml_pair *pair = &node->pairs[i];
        if (check_label(draft, pair))
            extra[n++] =
                (struct label){symbol_intern(table, pair->key), symbol_intern(table, pair->value->text)};
    }
    const struct labels *base = draft->slo.labels ? draft->slo.labels : labels_empty(table);
    draft->slo.labels = labels_merge(table, base, extra, n);
}

/* As the SLO says it, else guessed from the metric that counts the units. */
static struct text unit_of(const struct slo_draft *draft)
{
    static const struct {
        const char *part;
        const char *unit;
    } guesses[] = {{"quer", "query"},
                   {"request", "request"},
                   {"score", "answer"},
                   {"job", "job"},
                   {"message", "message"}};
    struct text said = inherited(draft, "unit");
    if (draft->slo.kind == SLO_MINUTES || draft->slo.kind == SLO_TOTAL)
        return TEXT("minute");
    if (said.len || !draft->slo.n_terms)
        return said.len ? said : TEXT("event");
    struct text metric = slo_selector_name(draft->slo.terms[0].expr);
    for (size_t i = 0; i < sizeof guesses / sizeof *guesses; i++)
        if (text_contains(metric, text_of(guesses[i].part)))
            return text_of(guesses[i].unit);
    return TEXT("event");
}

void slo_read_when_down(struct slo_draft *draft)
{
    struct text t = inherited(draft, "when_down");
    if (text_is(t, "bad"))
        draft->slo.when_down_bad = true;
    else if (t.len && !text_is(t, "unseen"))
        fields_error(slo_draft_fields(draft, "when_down"), "when_down",
                     "when_down must be unseen (the default) or bad, not \"%.*s\"", TEXT_ARG(t));
}

void slo_read_extras(struct slo_draft *draft)
{
    struct slo *slo = &draft->slo;
    slo->owner = inherited(draft, "owner");
    slo->impact = inherited(draft, "impact");
    slo->summary = inherited(draft, "summary");
    slo->runbook = inherited(draft, "runbook");
    check_runbook(draft);
    slo->unit = unit_of(draft);
    read_links(draft);
    slo->labels = NULL;
    add_labels(draft, &draft->reader->top);
    add_labels(draft, &draft->own);
    add_labels(draft, &draft->override);
}
