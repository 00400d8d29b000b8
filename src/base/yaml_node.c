/* Looking into a YAML tree that was read. */
#include "base/yaml.h"

struct yaml_node *yaml_get(const struct yaml_node *map, const char *key)
{
    if (!map || map->kind != YAML_MAP)
        return NULL;
    for (size_t i = 0; i < map->len; i++)
        if (text_is(map->pairs[i].key, key))
            return map->pairs[i].value;
    return NULL;
}

bool yaml_is_null(const struct yaml_node *node)
{
    if (!node)
        return true;
    if (node->kind != YAML_SCALAR || node->quoted)
        return false;
    return node->text.len == 0 || text_is(node->text, "~") || text_is(node->text, "null") ||
           text_is(node->text, "Null") || text_is(node->text, "NULL");
}

void yaml_check_keys(const struct yaml_node *map, const char *const *known, size_t n_known, const char *what,
                     const char *file, struct findings *findings)
{
    if (!map || map->kind != YAML_MAP)
        return;
    for (size_t i = 0; i < map->len; i++) {
        const struct yaml_pair *pair = &map->pairs[i];
        size_t k = 0;
        while (k < n_known && !text_is(pair->key, known[k]))
            k++;
        if (k < n_known)
            continue;
        finding_add(findings, FINDING_ERROR, "yaml/unknown-key", file, pair->key_pos,
                    "unknown key \"%.*s\" in %s", TEXT_ARG(pair->key), what);
        int nearest = text_nearest(pair->key, known, n_known);
        if (text_contains(pair->key, TEXT("\u00a0")))
            finding_hint(findings, "there is a no-break space in it, which looks like a space");
        else if (nearest >= 0)
            finding_hint(findings, "did you mean \"%s\"?", known[nearest]);
    }
}
