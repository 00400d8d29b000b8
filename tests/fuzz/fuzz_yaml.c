// rooms: base
/* YAML: any bytes give a tree within the limits, or a finding with a place. */
#include "base/yaml.h"

#include "base/arena.h"
#include "base/buf.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Walks all that is reachable: at most what the reader counted, aliases included. */
static size_t count(const struct yaml_node *node, int depth)
{
    size_t n = 1;
    if (depth > 32)
        abort();
    for (size_t i = 0; i < node->len; i++)
        n += count(node->kind == YAML_MAP ? node->pairs[i].value : node->items[i], depth + 1);
    return n;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct arena arena;
    struct findings findings;
    struct yaml_node **docs;
    struct buf out;
    size_t n;
    arena_init(&arena, 0);
    findings_init(&findings);
    buf_init(&out, 1 << 20);
    bool ok = yaml_parse((struct text){(const char *)data, size}, "f.yml", &arena, &docs, &n, &findings);
    if (ok ? !docs : docs || findings.errors == 0)
        abort();
    size_t nodes = 0;
    for (size_t i = 0; i < n; i++)
        nodes += docs[i] ? count(docs[i], 1) : 0;
    if (nodes > 100000)
        abort();
    findings_print_json(&findings, &out);
    buf_finish(&out);
    findings_finish(&findings);
    arena_finish(&arena);
    return 0;
}
