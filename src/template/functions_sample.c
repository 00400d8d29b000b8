/* The samples that a query gave. */
#include "template/functions.h"

#include <stdlib.h>

static bool is_sample(const struct template_value *value)
{
    return value->kind == TEMPLATE_STRUCT && value->map->len == 2 &&
           text_is(value->map->at[0].key, "Labels") && value->map->at[0].value.kind == TEMPLATE_MAP;
}

static bool take_sample(const struct template_value *arg, const struct template_map **sample, struct err *err)
{
    if (!is_sample(arg))
        return err_set(err, ERR_INPUT, "wrong type for value; expected *template.sample; got %s",
                       template_value_type(arg));
    *sample = arg->map;
    return true;
}

static bool take_samples(const struct template_value *arg, const struct template_list **samples,
                         struct err *err)
{
    bool ok = arg->kind == TEMPLATE_LIST;
    for (size_t i = 0; ok && i < arg->list->len; i++)
        ok = is_sample(&arg->list->at[i]);
    if (!ok)
        return err_set(err, ERR_INPUT, "wrong type for value; expected template.queryResult; got %s",
                       template_value_type(arg));
    *samples = arg->list;
    return true;
}

static struct text label_of(const struct template_map *sample, struct text name)
{
    const struct template_value *found = template_value_get(sample->at[0].value.map, name);
    return found && found->kind == TEMPLATE_STRING ? found->text : TEXT("");
}

bool template_fn_first(const struct template_call *call, const struct template_value *args, size_t n,
                       struct template_value *result, struct err *err)
{
    const struct template_list *samples = NULL;
    (void)call, (void)n;
    if (!take_samples(&args[0], &samples, err))
        return false;
    if (samples->len == 0)
        return err_set(err, ERR_INPUT, "first() called on vector with no elements");
    *result = samples->at[0];
    return true;
}

bool template_fn_label(const struct template_call *call, const struct template_value *args, size_t n,
                       struct template_value *result, struct err *err)
{
    struct text name;
    const struct template_map *sample = NULL;
    (void)call, (void)n;
    if (!template_take_text(&args[0], &name, err) || !take_sample(&args[1], &sample, err))
        return false;
    *result = template_string(label_of(sample, name));
    return true;
}

bool template_fn_value(const struct template_call *call, const struct template_value *args, size_t n,
                       struct template_value *result, struct err *err)
{
    const struct template_map *sample = NULL;
    (void)call, (void)n;
    if (!take_sample(&args[0], &sample, err))
        return false;
    *result = sample->at[1].value;
    return true;
}

/* The label that Prometheus gives results of string type. */
bool template_fn_strvalue(const struct template_call *call, const struct template_value *args, size_t n,
                          struct template_value *result, struct err *err)
{
    const struct template_map *sample = NULL;
    (void)call, (void)n;
    if (!take_sample(&args[0], &sample, err))
        return false;
    *result = template_string(label_of(sample, TEXT("__value__")));
    return true;
}

struct sortable {
    struct text key;
    size_t place; /* keeps equal ones in order */
};

static int compare(const void *a, const void *b)
{
    const struct sortable *x = a, *y = b;
    int order = text_compare(x->key, y->key);
    return order ? order : (x->place > y->place) - (x->place < y->place);
}

bool template_fn_sort_by_label(const struct template_call *call, const struct template_value *args, size_t n,
                               struct template_value *result, struct err *err)
{
    struct text name;
    const struct template_list *samples = NULL;
    (void)n;
    if (!template_take_text(&args[0], &name, err) || !take_samples(&args[1], &samples, err))
        return false;
    struct sortable *order = ARENA_ARRAY(call->arena, struct sortable, samples->len);
    for (size_t i = 0; i < samples->len; i++)
        order[i] = (struct sortable){label_of(samples->at[i].map, name), i};
    qsort(order, samples->len, sizeof *order, compare);
    struct template_list *sorted = template_list_new(call->arena, samples->len);
    for (size_t i = 0; i < samples->len; i++)
        sorted->at[i] = samples->at[order[i].place];
    *result = template_list_value(sorted);
    return true;
}

bool template_fn_args(const struct template_call *call, const struct template_value *args, size_t n,
                      struct template_value *result, struct err *err)
{
    struct template_entry *entries = ARENA_ARRAY(call->arena, struct template_entry, n);
    struct buf name;
    (void)err;
    buf_init(&name, 100);
    for (size_t i = 0; i < n; i++) {
        buf_clear(&name);
        buf_printf(&name, "arg%zu", i);
        entries[i] = (struct template_entry){text_copy(call->arena, buf_text(&name)), args[i]};
    }
    buf_finish(&name);
    *result = template_map_value(call->arena, entries, n, false);
    return true;
}
