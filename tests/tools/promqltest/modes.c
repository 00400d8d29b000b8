/* modes: runs one-line cases against the parser, the printers and the series notation. */
#include "modes.h"

#include "base/arena.h"
#include "base/buf.h"
#include "base/regex.h"
#include "case_file.h"
#include "promql/parse.h"
#include "promql/print.h"
#include "promql/series_desc.h"
#include "tally.h"

#include <stdio.h>

/* Upstream's cases of the pretty printer are made for this width. */
enum { CASE_WIDTH = 10 };

struct check {
    const struct text_case *c;
    struct arena arena; /* of one case */
    struct buf got;
    struct tally tally;
};

static void pass(struct check *check)
{
    check->tally.passed++;
}

static void fail(struct check *check, const char *expected, struct text got)
{
    const struct text_case *c = check->c;
    check->tally.failed++;
    printf("%s:%d: %.*s\n  expected %s %.*s\n  got      %.*s\n", c->file, c->line, TEXT_ARG(c->input),
           expected, TEXT_ARG(c->expected), TEXT_ARG(got));
}

static bool contains(struct text whole, struct text part)
{
    for (size_t i = 0; i + part.len <= whole.len; i++)
        if (part.len == 0 || memcmp(whole.at + i, part.at, part.len) == 0)
            return true;
    return false;
}

/* An error as Prometheus prints it: 1:5: parse error: … */
static void print_error(const struct err *err, struct buf *out)
{
    if (err->pos.line)
        buf_printf(out, "%d:%d: parse error: %s", err->pos.line, err->pos.column, err->message);
    else
        buf_printf(out, "unknown position: parse error: %s", err->message);
}

/* Compares what happened with OK or FAIL. */
static void judge(struct check *check, bool ok, const struct err *err)
{
    bool wants_ok = text_is(check->c->kind, "OK");
    if (!wants_ok && !text_is(check->c->kind, "FAIL")) {
        fail(check, "a line with OK or FAIL:", check->c->kind);
    } else if (ok) {
        if (wants_ok)
            pass(check);
        else
            fail(check, "an error:", TEXT("(no error)"));
    } else {
        print_error(err, &check->got);
        if (!wants_ok && contains(buf_text(&check->got), check->c->expected))
            pass(check);
        else
            fail(check, wants_ok ? "no error" : "the error", buf_text(&check->got));
    }
}

static void parse_case(struct check *check)
{
    static const struct promql_parse_options options = {.experimental_functions = true,
                                                        .extended_ranges = true};
    struct regex_set *regexes = regex_set_new();
    struct err err = {0};
    judge(check, promql_parse(check->c->input, &options, &check->arena, regexes, &err) != NULL, &err);
    regex_set_free(regexes);
}

static void series_case(struct check *check)
{
    struct series_desc desc;
    struct err err = {0};
    judge(check, series_desc_parse(check->c->input, &check->arena, &desc, &err), &err);
}

static void print_case(struct check *check)
{
    static const struct promql_parse_options options = {
        .experimental_functions = true, .extended_ranges = true, .fill_modifiers = true};
    struct regex_set *regexes = regex_set_new();
    struct err err = {0};
    const struct expr *e = promql_parse(check->c->input, &options, &check->arena, regexes, &err);
    if (!e)
        print_error(&err, &check->got);
    else if (text_is(check->c->kind, "PRETTY"))
        promql_pretty_print_width(e, CASE_WIDTH, &check->got);
    else if (text_is(check->c->kind, "WIDE"))
        promql_pretty_print(e, &check->got);
    else
        promql_print(e, &check->got);
    if (e && text_eq(buf_text(&check->got), check->c->expected))
        pass(check);
    else
        fail(check, "", buf_text(&check->got));
    regex_set_free(regexes);
}

static int run(int n, char **files, void (*each)(struct check *check))
{
    struct check check = {0};
    for (int i = 0; i < n; i++) {
        struct arena arena;
        struct case_file cases;
        arena_init(&arena, 0);
        if (!case_file_read(files[i], &arena, &cases)) {
            arena_finish(&arena);
            return 2;
        }
        for (size_t k = 0; k < cases.len; k++) {
            check.c = &cases.at[k];
            arena_init(&check.arena, 0);
            buf_init(&check.got, 16u << 20);
            each(&check);
            buf_finish(&check.got);
            arena_finish(&check.arena);
        }
        arena_finish(&arena);
    }
    return tally_finish(&check.tally);
}

int run_parse_cases(int n, char **files)
{
    return run(n, files, parse_case);
}

int run_print_cases(int n, char **files)
{
    return run(n, files, print_case);
}

int run_series_cases(int n, char **files)
{
    return run(n, files, series_case);
}
