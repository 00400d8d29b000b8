/* The dialect of rule files. */
#include "template/alert.h"

#include "template/functions.h"

static bool query(const struct template_call *call, const struct template_value *args, size_t n,
                  struct template_value *result, struct err *err)
{
    const struct template_alert *alert = call->data->context;
    struct text expression;
    (void)n;
    if (!template_take_text(&args[0], &expression, err))
        return false;
    if (alert->query)
        return alert->query(alert->query_self, expression, call->arena, result, err);
    *result = template_list_value(template_list_new(call->arena, 0));
    return true;
}

static const struct template_function functions[] = {{"query", 1, 1, query}};
static const char *const variables[] = {"labels", "externalLabels", "externalURL", "value"};
static const struct template_dialect dialect = {functions, 1, variables, 4};

struct template *template_parse_alert(struct text text, struct arena *arena, struct err *err)
{
    return template_parse(text, &dialect, arena, err);
}

bool template_expand_alert(const struct template *template, const struct template_alert *alert,
                           struct buf *out, struct err *err)
{
    struct arena arena;
    arena_init(&arena, 0);
    struct template_value values[] = {template_labels_value(&arena, alert->labels),
                                      template_labels_value(&arena, alert->external_labels),
                                      template_string(alert->external_url), template_double(alert->value)};
    struct template_entry fields[] = {{TEXT("Labels"), values[0]},
                                      {TEXT("ExternalLabels"), values[1]},
                                      {TEXT("ExternalURL"), values[2]},
                                      {TEXT("Value"), values[3]}};
    struct template_data data = {.dot = template_struct_value(&arena, "template.alertData", fields, 4),
                                 .variables = values,
                                 .now_ms = alert->now_ms,
                                 .external_url = alert->external_url,
                                 .context = (void *)(uintptr_t)alert};
    bool ok = template_expand(template, &data, out, err);
    arena_finish(&arena);
    return ok;
}

void template_print_failure(const struct err *err, struct buf *out)
{
    buf_printf(out, "<error expanding template: %s>", err->message);
}
