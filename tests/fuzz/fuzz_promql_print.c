// rooms: promql
/* What parses, prints; what was printed parses again, to the same tree, and prints the same, from the pretty
 * form too. */
#include "base/arena.h"
#include "base/buf.h"
#include "base/regex.h"
#include "promql/parse.h"
#include "promql/print.h"
#include "support/expr_equal.h"

#include <assert.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

enum { INPUT_MAX = 4096, OUTPUT_MAX = 16 << 20 };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void complain(const char *what, struct text first, struct text second)
{
    fprintf(stderr, "%s:\n%.*s\n%.*s\n", what, TEXT_ARG(first), TEXT_ARG(second));
    abort();
}

static const struct expr *parse(struct text input, struct arena *arena, struct regex_set *regexes,
                                struct err *err)
{
    /* Printing may lengthen the text (escapes, pretty indents). */
    static const struct promql_parse_options options = {.experimental_functions = true,
                                                        .extended_ranges = true,
                                                        .fill_modifiers = true,
                                                        .max_length = OUTPUT_MAX};
    return promql_parse(input, &options, arena, regexes, err);
}

static void check_round_trip(const struct expr *e, struct text printed, struct arena *arena,
                             struct regex_set *regexes)
{
    struct err err = {0};
    struct buf again;
    const struct expr *second = parse(printed, arena, regexes, &err);
    if (!second)
        complain("what was printed does not parse", printed, text_of(err.message));
    buf_init(&again, OUTPUT_MAX);
    promql_print(second, &again);
    if (!text_eq(printed, buf_text(&again)))
        complain("printed again it differs", printed, buf_text(&again));
    if (!expr_equal(e, second))
        complain("the trees differ", printed, buf_text(&again));
    buf_finish(&again);
}

static void check_pretty(const struct expr *e, struct text printed, struct arena *arena,
                         struct regex_set *regexes)
{
    struct err err = {0};
    struct buf pretty;
    buf_init(&pretty, OUTPUT_MAX);
    promql_pretty_print_width(e, 20, &pretty);
    const struct expr *second = pretty.overflowed ? NULL : parse(buf_text(&pretty), arena, regexes, &err);
    if (!pretty.overflowed && (!second || !expr_equal(e, second)))
        complain("the pretty form differs", printed, buf_text(&pretty));
    buf_finish(&pretty);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct text input = {(const char *)data, size};
    struct arena arena;
    struct err err = {0};
    if (size > INPUT_MAX)
        return 0;
    struct regex_set *regexes = regex_set_new();
    arena_init(&arena, 0);
    const struct expr *e = parse(input, &arena, regexes, &err);
    if (e) {
        struct buf printed;
        buf_init(&printed, OUTPUT_MAX);
        promql_print(e, &printed);
        check_round_trip(e, buf_text(&printed), &arena, regexes);
        check_pretty(e, buf_text(&printed), &arena, regexes);
        buf_finish(&printed);
    }
    arena_finish(&arena);
    regex_set_free(regexes);
    return 0;
}
