/* Reading Prometheus' rule files. */
#include "alerting/rule.h"

#include "base/arena.h"
#include "base/buf.h"
#include "base/duration.h"
#include "base/fields.h"
#include "base/labels.h"
#include "base/regex.h"
#include "promql/parse.h"
#include "promql/print.h"
#include "template/alert.h"

enum { EXPRESSION_MAX = 1 << 20, RULES_MAX = 10000 };

#define LONGEST_MS (10LL * 365 * DAY_MS)

struct reading {
    const char *file;
    struct arena *arena;
    struct regex_set *regexes;
    struct findings *findings;
};

/* Prometheus accepts any non-empty UTF-8 name. */
static bool name_valid(struct text name)
{
    return name.len > 0 && text_utf8_valid(name);
}

static void add_error(const struct reading *reading, struct source_pos pos, const char *check,
                      const char *message)
{
    finding_add(reading->findings, FINDING_ERROR, check, reading->file, pos, "%s", message);
}

static void parse_text_template(const struct reading *reading, const struct yaml_pair *pair,
                                struct rule_label *label)
{
    struct err err;
    label->template = template_parse_alert(label->value, reading->arena, &err);
    if (!label->template)
        finding_add(reading->findings, FINDING_ERROR, "rule/template", reading->file, pair->value->pos,
                    "could not parse template of %.*s: %s", TEXT_ARG(label->name), err.message);
}

static void put_label(struct rule_label *labels, size_t *n, struct rule_label label)
{
    for (size_t i = 0; i < *n; i++)
        if (text_eq(labels[i].name, label.name)) {
            labels[i] = label;
            return;
        }
    labels[(*n)++] = label;
}

/* Labels or annotations of a mapping, put over what is there already (the group's labels). */
static void read_labels(const struct reading *reading, const struct fields *fields, const char *key,
                        bool templates, struct rule_label *labels, size_t *n)
{
    const struct yaml_node *node = fields_node(fields, key);
    if (!node)
        return;
    if (node->kind != YAML_MAP) {
        fields_error(fields, key, "%s must be a mapping", key);
        return;
    }
    for (size_t i = 0; i < node->len; i++) {
        const struct yaml_pair *pair = &node->pairs[i];
        struct rule_label label = {.name = text_copy(reading->arena, pair->key)};
        if (!name_valid(pair->key) || text_is(pair->key, "__name__")) {
            finding_add(reading->findings, FINDING_ERROR, "rule/label", reading->file, pair->key_pos,
                        "invalid %s name: %.*s",
                        text_is(text_of(key), "annotations") ? "annotation" : "label", TEXT_ARG(pair->key));
            continue;
        }
        if (pair->value->kind != YAML_SCALAR) {
            finding_add(reading->findings, FINDING_ERROR, "rule/label", reading->file, pair->value->pos,
                        "%.*s must be a single value", TEXT_ARG(pair->key));
            continue;
        }
        label.value = text_copy(reading->arena, pair->value->text);
        if (templates)
            parse_text_template(reading, pair, &label);
        put_label(labels, n, label);
    }
}

static size_t label_count(const struct fields *fields, const char *key)
{
    const struct yaml_node *node = fields_node(fields, key);
    return node && node->kind == YAML_MAP ? node->len : 0;
}

/* An expression's error at its place in the file: exact for an expression on one plain line. */
static void add_expression_error(const struct reading *reading, const struct yaml_node *node,
                                 const struct err *err)
{
    struct source_pos pos = node->pos;
    bool one_line = node->pos.line == node->end.line && !node->quoted;
    if (one_line && err->pos.line == 1)
        pos.column += err->pos.column - 1;
    struct buf where;
    buf_init(&where, 64);
    if (!one_line && err->pos.line)
        buf_printf(&where, "%d:%d: ", err->pos.line, err->pos.column);
    finding_add(reading->findings, FINDING_ERROR, "promql/parse", reading->file, pos,
                "could not parse expression: %sparse error: %s", buf_cstring(&where), err->message);
    buf_finish(&where);
}

static void read_expression(const struct reading *reading, const struct fields *fields, struct rule *rule)
{
    const struct yaml_node *node = fields_node(fields, "expr");
    struct err err;
    if (!node) {
        add_error(reading, fields->map->pos, "rule/expr", "field 'expr' must be set in rule");
        return;
    }
    struct promql_parse_options options = {
        .experimental_functions = true, .extended_ranges = true, .fill_modifiers = true};
    struct text text = text_copy(reading->arena, fields_text(fields, "expr", TEXT("")));
    rule->expr = promql_parse(text, &options, reading->arena, reading->regexes, &err);
    if (!rule->expr) {
        add_expression_error(reading, node, &err);
        return;
    }
    if (rule->expr->type != VALUE_VECTOR && rule->expr->type != VALUE_SCALAR)
        finding_add(reading->findings, FINDING_ERROR, "rule/expr", reading->file, node->pos,
                    "a rule wants an instant vector or a scalar, not a %s",
                    value_type_name(rule->expr->type));
    struct buf canonical;
    buf_init(&canonical, EXPRESSION_MAX);
    promql_print(rule->expr, &canonical);
    rule->expr_text = text_copy(reading->arena, buf_text(&canonical));
    buf_finish(&canonical);
}

static void read_record(const struct reading *reading, const struct fields *fields, struct rule *rule)
{
    rule->name = text_copy(reading->arena, fields_text(fields, "record", TEXT("")));
    static const char *const alert_only[] = {"for", "keep_firing_for", "annotations"};
    for (size_t i = 0; i < sizeof alert_only / sizeof alert_only[0]; i++)
        if (fields_node(fields, alert_only[i]))
            fields_error(fields, alert_only[i], "invalid field '%s' in recording rule", alert_only[i]);
    if (text_find(rule->name, '{') < rule->name.len || text_find(rule->name, '}') < rule->name.len)
        fields_error(fields, "record",
                     "braces present in the recording rule name; should it be in expr?: %.*s",
                     TEXT_ARG(rule->name));
    else if (!name_valid(rule->name))
        fields_error(fields, "record", "invalid recording rule name: %.*s", TEXT_ARG(rule->name));
}

static void read_rule(const struct reading *reading, const struct yaml_node *node, const struct fields *group,
                      struct rule *rule)
{
    static const char *const known[] = {"record",          "alert",  "expr",       "for",
                                        "keep_firing_for", "labels", "annotations"};
    struct fields fields = {
        .file = reading->file, .what = "rule", .check = "rule/field", .findings = reading->findings};
    if (!fields_open(&fields, node, FIELDS_KEYS(known)))
        return;
    rule->pos = node->pos;
    bool record = fields_node(&fields, "record") != NULL;
    rule->alert = fields_node(&fields, "alert") != NULL;
    if (record && rule->alert)
        add_error(reading, node->pos, "rule/name", "only one of 'record' and 'alert' must be set");
    else if (!record && !rule->alert)
        add_error(reading, node->pos, "rule/name", "one of 'record' or 'alert' must be set");
    read_expression(reading, &fields, rule);
    rule->labels = ARENA_ARRAY_ZERO(reading->arena, struct rule_label,
                                    label_count(group, "labels") + label_count(&fields, "labels"));
    read_labels(reading, group, "labels", rule->alert, rule->labels, &rule->n_labels);
    read_labels(reading, &fields, "labels", rule->alert, rule->labels, &rule->n_labels);
    if (record && !rule->alert) {
        read_record(reading, &fields, rule);
        return;
    }
    rule->name = text_copy(reading->arena, fields_text(&fields, "alert", TEXT("")));
    rule->for_ms = fields_duration(&fields, "for", 0, 0, LONGEST_MS);
    rule->keep_firing_for_ms = fields_duration(&fields, "keep_firing_for", 0, 0, LONGEST_MS);
    rule->annotations =
        ARENA_ARRAY_ZERO(reading->arena, struct rule_label, label_count(&fields, "annotations"));
    read_labels(reading, &fields, "annotations", true, rule->annotations, &rule->n_annotations);
}

static void read_group(const struct reading *reading, const struct yaml_node *node, struct rule_group *group)
{
    static const char *const known[] = {"name", "interval", "query_offset", "limit", "labels", "rules"};
    struct fields fields = {
        .file = reading->file, .what = "group", .check = "rule/group", .findings = reading->findings};
    group->file = text_copy(reading->arena, text_of(reading->file));
    if (!fields_open(&fields, node, FIELDS_KEYS(known)))
        return;
    group->pos = node->pos;
    group->name = text_copy(reading->arena, fields_text(&fields, "name", TEXT("")));
    if (group->name.len == 0)
        add_error(reading, node->pos, "rule/group", "Groupname must not be empty");
    group->interval_ms = fields_duration(&fields, "interval", 0, SECOND_MS, LONGEST_MS);
    group->query_offset_ms = fields_duration(&fields, "query_offset", 0, 0, LONGEST_MS);
    group->limit = (size_t)fields_int(&fields, "limit", 0, 0, 1000000);
    const struct yaml_node *rules = fields_node(&fields, "rules");
    if (!rules)
        return;
    if (rules->kind != YAML_LIST || rules->len > RULES_MAX) {
        fields_error(&fields, "rules", "rules must be a list of at most %d rules", RULES_MAX);
        return;
    }
    group->rules = ARENA_ARRAY_ZERO(reading->arena, struct rule, rules->len);
    for (size_t i = 0; i < rules->len; i++)
        read_rule(reading, rules->items[i], &fields, &group->rules[group->n_rules++]);
}

static void check_group_names(const struct reading *reading, const struct rule_groups *groups)
{
    for (size_t i = 0; i < groups->len; i++)
        for (size_t k = 0; k < i; k++)
            if (groups->at[i].name.len && text_eq(groups->at[i].name, groups->at[k].name)) {
                finding_add(reading->findings, FINDING_ERROR, "rule/group", reading->file, groups->at[i].pos,
                            "groupname: \"%.*s\" is repeated in the same file", TEXT_ARG(groups->at[i].name));
                break;
            }
}

static void read_document(const struct reading *reading, const struct yaml_node *doc,
                          struct rule_groups *groups)
{
    static const char *const known[] = {"groups"};
    struct fields fields = {
        .file = reading->file, .what = "a rule file", .check = "rule/file", .findings = reading->findings};
    if (!fields_open(&fields, doc, FIELDS_KEYS(known)))
        return;
    const struct yaml_node *list = fields_node(&fields, "groups");
    if (!list)
        return;
    if (list->kind != YAML_LIST) {
        fields_error(&fields, "groups", "groups must be a list");
        return;
    }
    groups->at = ARENA_ARRAY_ZERO(reading->arena, struct rule_group, list->len);
    for (size_t i = 0; i < list->len; i++)
        read_group(reading, list->items[i], &groups->at[groups->len++]);
    check_group_names(reading, groups);
}

bool rules_read(struct text content, const char *file, struct arena *arena, struct regex_set *regexes,
                struct rule_groups *groups, struct findings *findings)
{
    struct reading reading = {file, arena, regexes, findings};
    struct rule_groups read = {0};
    struct yaml_node **docs = NULL;
    size_t n = 0, errors = findings->errors;
    if (!yaml_parse(content, file, arena, &docs, &n, findings))
        return false;
    if (n > 1)
        add_error(&reading, (struct source_pos){1, 1}, "rule/file",
                  "the file holds several documents, one is wanted");
    else if (n == 1 && docs[0])
        read_document(&reading, docs[0], &read);
    if (findings->errors > errors)
        return false;
    *groups = read;
    return true;
}
