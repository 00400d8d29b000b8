// rooms: promql
/* CPU time of parsing and of printing, over the expressions of the test scripts (*.test) in the folder given
 * (default: tests/promql/scripts). */
#include "base/arena.h"
#include "base/buf.h"
#include "base/file.h"
#include "base/regex.h"
#include "promql/parse.h"
#include "promql/print.h"

#include <stdio.h>
#include <time.h>

enum { MAX_EXPRESSIONS = 100000, ROUNDS_MS = 500 };

struct corpus {
    struct arena arena;
    struct text *at;
    size_t len;
    size_t bytes;
};

static double cpu_us(void)
{
    struct timespec t;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
    return (double)t.tv_sec * 1e6 + (double)t.tv_nsec / 1e3;
}

/* Behind "eval instant at T " and "eval range from A to B step S ". */
static struct text expression_of(struct text line)
{
    line = text_trim(line);
    struct text rest = line;
    if (!text_is(text_cut(&rest, ' '), "eval"))
        return TEXT("");
    int words = text_is(text_cut(&rest, ' '), "instant") ? 2 : 6;
    for (int i = 0; i < words; i++)
        text_cut(&rest, ' ');
    return text_trim(rest);
}

static void read_script(void *context, const char *path)
{
    struct corpus *corpus = context;
    struct buf content;
    struct err err;
    buf_init(&content, 16 << 20);
    if (!file_read(path, &content, &err))
        fprintf(stderr, "%s\n", err.message);
    struct text rest = text_copy(&corpus->arena, buf_text(&content));
    while (rest.len && corpus->len < MAX_EXPRESSIONS) {
        struct text e = expression_of(text_cut(&rest, '\n'));
        if (!e.len)
            continue;
        corpus->at[corpus->len++] = e;
        corpus->bytes += e.len;
    }
    buf_finish(&content);
}

static const struct expr *parse(struct text t, struct arena *arena, struct regex_set *regexes)
{
    static const struct promql_parse_options options = {
        .experimental_functions = true, .extended_ranges = true, .fill_modifiers = true};
    struct err err;
    return promql_parse(t, &options, arena, regexes, &err);
}

static void report(const char *what, const struct corpus *corpus, double us, size_t rounds)
{
    double each = us / (double)rounds / (double)corpus->len;
    double megabytes = (double)corpus->bytes * (double)rounds / us;
    printf("%-6s %6.2f us an expression, %6.1f MB/s\n", what, each, megabytes);
}

/* Each round in a fresh arena and set of regular expressions, as a query is parsed. */
static void bench_parse(const struct corpus *corpus, bool print)
{
    double us = 0;
    size_t rounds = 0, failed = 0;
    while (us < ROUNDS_MS * 1000.0) {
        struct regex_set *regexes = regex_set_new();
        struct arena arena;
        struct buf out;
        arena_init(&arena, 0);
        buf_init(&out, 1 << 20);
        double from = cpu_us();
        for (size_t i = 0; i < corpus->len; i++) {
            const struct expr *e = parse(corpus->at[i], &arena, regexes);
            failed += !e;
            if (print && e) {
                buf_clear(&out);
                promql_print(e, &out);
            }
        }
        us += cpu_us() - from;
        rounds++;
        buf_finish(&out);
        arena_finish(&arena);
        regex_set_free(regexes);
    }
    report(print ? "both" : "parse", corpus, us, rounds);
    if (failed)
        printf("%zu of %zu did not parse\n", failed / rounds, corpus->len);
}

int main(int argc, char **argv)
{
    struct corpus corpus = {0};
    struct err err;
    arena_init(&corpus.arena, 0);
    corpus.at = ARENA_ARRAY(&corpus.arena, struct text, MAX_EXPRESSIONS);
    if (!file_glob(argc > 1 ? argv[1] : "tests/promql/scripts", "*.test", read_script, &corpus, &err) ||
        !corpus.len) {
        fprintf(stderr, "bench_promql_parse: no expressions found\n");
        return 1;
    }
    printf("%zu expressions, %zu bytes\n", corpus.len, corpus.bytes);
    bench_parse(&corpus, false);
    bench_parse(&corpus, true);
    arena_finish(&corpus.arena);
    return 0;
}
