/* Typed reading of YAML mappings: see the header. */
#include "base/fields.h"

#include "base/arena.h"
#include "base/buf.h"
#include "base/duration.h"
#include "base/number.h"

enum { MESSAGE_MAX = 1024, PATH_MAX_BYTES = 1 << 16 };

static const char *kind_name(const struct yaml_node *node)
{
    return node->kind == YAML_MAP ? "a mapping" : node->kind == YAML_LIST ? "a list" : "a scalar";
}

bool fields_open(struct fields *fields, const struct yaml_node *node, const char *const *known,
                 size_t n_known)
{
    fields->map = NULL;
    if (yaml_is_null(node))
        return false;
    if (node->kind != YAML_MAP) {
        finding_add(fields->findings, FINDING_ERROR, fields->check, fields->file, node->pos,
                    "%s must be a mapping, not %s", fields->what, kind_name(node));
        return false;
    }
    fields->map = node;
    yaml_check_keys(node, known, n_known, fields->what, fields->file, fields->findings);
    return true;
}

struct yaml_node *fields_node(const struct fields *fields, const char *key)
{
    struct yaml_node *node = fields->map ? yaml_get(fields->map, key) : NULL;
    return yaml_is_null(node) ? NULL : node;
}

struct source_pos fields_pos(const struct fields *fields, const char *key)
{
    const struct yaml_node *node = fields->map ? yaml_get(fields->map, key) : NULL;
    if (node)
        return node->pos;
    return fields->map ? fields->map->pos : (struct source_pos){0, 0};
}

static void report(const struct fields *fields, enum finding_level level, const char *key, const char *format,
                   va_list args) __attribute__((format(printf, 4, 0)));

static void report(const struct fields *fields, enum finding_level level, const char *key, const char *format,
                   va_list args)
{
    struct err err = {0};
    err_write_list(&err, ERR_INPUT, fields_pos(fields, key), format, args);
    finding_add(fields->findings, level, fields->check, fields->file, err.pos, "%s", err.message);
}

void fields_error(const struct fields *fields, const char *key, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    report(fields, FINDING_ERROR, key, format, args);
    va_end(args);
}

void fields_warning(const struct fields *fields, const char *key, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    report(fields, FINDING_WARNING, key, format, args);
    va_end(args);
}

/* The scalar of a key; NULL if it is absent, or (with a finding) no scalar. */
static const struct yaml_node *scalar(const struct fields *fields, const char *key)
{
    const struct yaml_node *node = fields_node(fields, key);
    if (node && node->kind != YAML_SCALAR) {
        fields_error(fields, key, "%s must be a single value, not %s", key, kind_name(node));
        return NULL;
    }
    return node;
}

struct text fields_text(const struct fields *fields, const char *key, struct text fallback)
{
    const struct yaml_node *node = scalar(fields, key);
    return node ? node->text : fallback;
}

struct text fields_required(const struct fields *fields, const char *key)
{
    if (fields->map && !fields_node(fields, key))
        fields_error(fields, key, "%s has no %s", fields->what, key);
    return fields_text(fields, key, TEXT(""));
}

struct text fields_path(const struct fields *fields, const char *key, struct text fallback,
                        struct arena *arena)
{
    const struct yaml_node *node = scalar(fields, key);
    const char *slash = strrchr(fields->file, '/');
    if (!node || node->text.len == 0)
        return fallback;
    if (node->text.at[0] == '/' || !slash)
        return text_copy(arena, node->text);
    struct buf whole;
    buf_init(&whole, PATH_MAX_BYTES);
    buf_add(&whole, fields->file, (size_t)(slash - fields->file) + 1);
    buf_add_text(&whole, node->text);
    struct text path = text_copy(arena, buf_text(&whole));
    buf_finish(&whole);
    return path;
}

bool fields_bool(const struct fields *fields, const char *key, bool fallback)
{
    const struct yaml_node *node = scalar(fields, key);
    if (!node)
        return fallback;
    if (!node->quoted && text_is(node->text, "true"))
        return true;
    if (!node->quoted && text_is(node->text, "false"))
        return false;
    fields_error(fields, key, "%s must be true or false, not \"%.*s\"", key, TEXT_ARG(node->text));
    return fallback;
}

int64_t fields_int(const struct fields *fields, const char *key, int64_t fallback, int64_t least,
                   int64_t most)
{
    const struct yaml_node *node = scalar(fields, key);
    int64_t value;
    if (!node)
        return fallback;
    if (node->text.len > 1 && node->text.at[0] == '0' && integer_parse(node->text, &value)) {
        fields_error(fields, key, "%s must be written without zeros before it, not \"%.*s\"", key,
                     TEXT_ARG(node->text)); /* YAML 1.1 takes 010 for 8 */
        return fallback;
    }
    if (!integer_parse(node->text, &value)) {
        fields_error(fields, key, "%s must be a whole number, not \"%.*s\"", key, TEXT_ARG(node->text));
        return fallback;
    }
    if (value < least || value > most) {
        fields_error(fields, key, "%s must be from %lld to %lld, not %lld", key, (long long)least,
                     (long long)most, (long long)value);
        return fallback;
    }
    return value;
}

int64_t fields_duration(const struct fields *fields, const char *key, int64_t fallback_ms, int64_t least_ms,
                        int64_t most_ms)
{
    const struct yaml_node *node = scalar(fields, key);
    struct err err;
    int64_t ms;
    if (!node)
        return fallback_ms;
    if (!duration_parse(node->text, &ms, &err)) {
        fields_error(fields, key, "%s: %s", key, err.message);
        return fallback_ms;
    }
    if (ms < least_ms || ms > most_ms) {
        struct buf range;
        buf_init(&range, MESSAGE_MAX);
        duration_print(least_ms, &range);
        buf_puts(&range, " to ");
        duration_print(most_ms, &range);
        fields_error(fields, key, "%s must be from %s, not %.*s", key, buf_cstring(&range),
                     TEXT_ARG(node->text));
        buf_finish(&range);
        return fallback_ms;
    }
    return ms;
}

struct text *fields_texts(const struct fields *fields, const char *key, struct arena *arena, size_t *n)
{
    const struct yaml_node *node = fields_node(fields, key);
    *n = 0;
    if (!node)
        return NULL;
    if (node->kind == YAML_MAP) {
        fields_error(fields, key, "%s must be a value or a list of values, not a mapping", key);
        return NULL;
    }
    size_t most = node->kind == YAML_LIST ? node->len : 1;
    struct text *texts = ARENA_ARRAY(arena, struct text, most);
    for (size_t i = 0; i < most; i++) {
        const struct yaml_node *item = node->kind == YAML_LIST ? node->items[i] : node;
        if (item->kind == YAML_SCALAR && !yaml_is_null(item))
            texts[(*n)++] = item->text;
        else
            finding_add(fields->findings, FINDING_ERROR, fields->check, fields->file, item->pos,
                        "%s must be a list of single values", key);
    }
    return texts;
}
