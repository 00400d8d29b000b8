// rooms: base
/* JSON: what is read prints to JSON that reads and prints the same. */
#include "base/json.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct err err = {0};
    struct json *json = json_parse((struct text){(const char *)data, size}, &err);
    if (!json)
        return err.message[0] ? 0 : (abort(), 0);
    struct buf first, second;
    buf_init(&first, 64 << 20);
    buf_init(&second, 64 << 20);
    json_print(json, &first);
    json_free(json);
    json = json_parse(buf_text(&first), &err);
    if (!json)
        abort();
    json_print(json, &second);
    if (!text_eq(buf_text(&first), buf_text(&second)))
        abort();
    json_free(json);
    buf_finish(&first);
    buf_finish(&second);
    return 0;
}
