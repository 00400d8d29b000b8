// rooms: promql
/* Any bytes as an expression, as a selector and as a series description, with all options on and off: they
 * parse or give an error with a message; a tree has a type. */
#include "base/arena.h"
#include "base/regex.h"
#include "promql/parse.h"
#include "promql/series_desc.h"

#include <assert.h>
#include <stdint.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void parse(struct text input, const struct promql_parse_options *options, struct arena *arena,
                  struct regex_set *regexes)
{
    struct err err = {0};
    const struct expr *e = promql_parse(input, options, arena, regexes, &err);
    if (e) {
        assert(e->type != VALUE_NONE);
        assert(e->span.from < e->span.to && e->span.to <= input.len);
    } else {
        assert(err.message[0]);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const struct promql_parse_options all = {
        .experimental_functions = true, .extended_ranges = true, .fill_modifiers = true};
    static const struct promql_parse_options none = {0};
    struct text input = {(const char *)data, size};
    struct arena arena;
    struct regex_set *regexes = regex_set_new();
    struct series_desc desc;
    struct err err = {0};
    arena_init(&arena, 0);
    parse(input, &all, &arena, regexes);
    parse(input, &none, &arena, regexes);
    if (!promql_parse_selector(input, &arena, regexes, &err))
        assert(err.message[0]);
    if (size < 200 && !series_desc_parse(input, &arena, &desc, &err))
        assert(err.message[0]);
    arena_finish(&arena);
    regex_set_free(regexes);
    return 0;
}
