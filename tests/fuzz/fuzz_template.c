// rooms: template
/* Templates: any bytes parse or are refused, and what parses expands within its limits. */
#include "template/alert.h"

#include "base/buf.h"
#include "base/labels.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static bool query(void *self, struct text expression, struct arena *arena, struct template_value *samples,
                  struct err *err)
{
    if (expression.len == 0)
        return err_set(err, ERR_INPUT, "an empty query");
    struct template_list *list = template_list_new(arena, expression.len % 5);
    for (size_t i = 0; i < list->len; i++)
        list->at[i] = template_sample_value(arena, self, (double)i / 3);
    *samples = template_list_value(list);
    return true;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct err err = {0};
    struct arena arena;
    struct buf out;
    struct label_table *table = label_table_new(NULL);
    const struct labels *labels = labels_of(table, "job", "api", "instance", "host:9090", NULL);
    arena_init(&arena, 0);
    buf_init(&out, 1 << 20);
    struct template *template = template_parse_alert((struct text){(const char *)data, size}, &arena, &err);
    struct template_alert alert = {.labels = labels,
                                   .external_url = TEXT("http://x/y"),
                                   .value = 12.5,
                                   .query = query,
                                   .query_self = (void *)(uintptr_t)labels};
    bool ok = template && template_expand_alert(template, &alert, &out, &err);
    if (!ok && (err.kind == ERR_NONE || err.message[0] == '\0'))
        abort();
    buf_finish(&out);
    arena_finish(&arena);
    label_table_free(table);
    return 0;
}
