/* Reading JSON: the door to cJSON. cJSON is lenient (control characters, numbers like 01, text cut at
 * \u0000) and says little about what is wrong, so json_check.c decides what is JSON and cJSON only builds the
 * tree. */
#include "base/json.h"

#include "base/json_check.h"

#include <cjson/cJSON.h>

static const cJSON *node_of(const struct json *json)
{
    return (const cJSON *)(const void *)json;
}

static const struct json *json_of(const cJSON *node)
{
    return (const struct json *)(const void *)node;
}

struct json *json_parse(struct text content, struct err *err)
{
    if (!json_check(content, err))
        return NULL;
    const char *end = NULL;
    cJSON *root = cJSON_ParseWithLengthOpts(content.at, content.len, &end, 0);
    if (!root)
        err_set(err, ERR_INPUT, "not JSON: the parser refuses it");
    return (struct json *)(void *)root;
}

void json_free(struct json *json)
{
    cJSON_Delete((cJSON *)(void *)json);
}

const struct json *json_get(const struct json *object, const char *key)
{
    return json_is_object(object) ? json_of(cJSON_GetObjectItemCaseSensitive(node_of(object), key)) : NULL;
}

const struct json *json_item(const struct json *array, size_t i)
{
    const struct json *child = json_is_array(array) ? json_first(array) : NULL;
    for (; child && i > 0; i--)
        child = json_next(child);
    return child;
}

size_t json_length(const struct json *array)
{
    size_t n = 0;
    for (const struct json *child = json_first(array); child; child = json_next(child))
        n++;
    return n;
}

const struct json *json_first(const struct json *container)
{
    return json_is_array(container) || json_is_object(container) ? json_of(node_of(container)->child) : NULL;
}

const struct json *json_next(const struct json *child)
{
    return json_of(node_of(child)->next);
}

const char *json_key(const struct json *child)
{
    return node_of(child)->string ? node_of(child)->string : "";
}

const char *json_string(const struct json *json, const char *fallback)
{
    return json_is_string(json) ? node_of(json)->valuestring : fallback;
}

double json_number(const struct json *json, double fallback)
{
    return json_is_number(json) ? node_of(json)->valuedouble : fallback;
}

bool json_bool(const struct json *json, bool fallback)
{
    return cJSON_IsBool(node_of(json)) ? cJSON_IsTrue(node_of(json)) : fallback;
}

bool json_is_string(const struct json *json)
{
    return cJSON_IsString(node_of(json));
}

bool json_is_array(const struct json *json)
{
    return cJSON_IsArray(node_of(json));
}

bool json_is_object(const struct json *json)
{
    return cJSON_IsObject(node_of(json));
}

bool json_is_number(const struct json *json)
{
    return cJSON_IsNumber(node_of(json));
}

static void print(struct json_writer *w, const struct json *json)
{
    if (json_is_array(json) || json_is_object(json)) {
        json_open(w, json_is_array(json) ? '[' : '{');
        for (const struct json *child = json_first(json); child; child = json_next(child)) {
            if (json_is_object(json))
                json_name(w, json_key(child));
            print(w, child);
        }
        json_close(w, json_is_array(json) ? ']' : '}');
    } else if (json_is_string(json)) {
        json_put_string(w, json_string(json, ""));
    } else if (json_is_number(json)) {
        json_put_double(w, json_number(json, 0));
    } else if (cJSON_IsBool(node_of(json))) {
        json_put_bool(w, json_bool(json, false));
    } else {
        json_put_null(w);
    }
}

void json_print(const struct json *json, struct buf *out)
{
    struct json_writer w;
    json_begin(&w, out);
    print(&w, json);
}
