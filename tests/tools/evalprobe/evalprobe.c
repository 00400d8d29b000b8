/* evalprobe: evaluates PromQL over the samples of a Prometheus server, for tests that compare with its own
 * evaluator.
 *
 *   evalprobe URL < queries
 *
 * A query a line: START_MS END_MS STEP_MS EXPRESSION, with step 0 for an instant. Each answer is a line per
 * series, "LABEL=VALUE,LABEL=VALUE,⇥MS VALUE MS VALUE …", or "error: …", and an empty line. */
#include "base/arena.h"
#include "base/buf.h"
#include "base/number.h"
#include "base/regex.h"
#include "promql/eval.h"
#include "promql/parse.h"
#include "source/prometheus.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { OUTPUT_MAX = 1 << 28, LINE_MAX_BYTES = 1 << 16 };

struct question {
    struct promql_query query;
    struct text expression;
};

static bool read_question(struct text line, struct question *out)
{
    struct text start = text_cut(&line, ' ');
    struct text end = text_cut(&line, ' ');
    struct text step = text_cut(&line, ' ');
    out->expression = line;
    return integer_parse(start, &out->query.start_ms) && integer_parse(end, &out->query.end_ms) &&
           integer_parse(step, &out->query.step_ms);
}

static void print_series(const struct series *s, struct buf *out)
{
    for (size_t i = 0; i < s->labels->len; i++)
        buf_printf(out, "%s=%s,", s->labels->at[i].name->at, s->labels->at[i].value->at);
    buf_putc(out, '\t');
    for (size_t i = 0; i < s->len; i++) {
        buf_printf(out, "%lld ", (long long)s->times_ms[i]);
        number_print_sample(s->values[i], out);
        buf_putc(out, ' ');
    }
    buf_putc(out, '\n');
}

static void answer(struct source *source, const struct question *question, struct buf *out)
{
    struct arena arena;
    struct err err;
    arena_init(&arena, 0);
    struct regex_set *regexes = regex_set_new();
    struct label_table *table = label_table_new(NULL);
    struct promql_parse_options parse = {true, true, true, 0, 0};
    struct expr *expr = promql_parse(question->expression, &parse, &arena, regexes, &err);
    struct promql_source samples = source_promql(source);
    struct promql_result result = {0};
    if (expr && promql_eval(expr, question->expression, &question->query, &(struct promql_options){0},
                            &samples, table, &arena, &result, &err)) {
        for (size_t i = 0; i < result.series.len; i++)
            print_series(&result.series.at[i], out);
    } else {
        buf_printf(out, "error: %s\n", err.message);
    }
    buf_putc(out, '\n');
    label_table_free(table);
    regex_set_free(regexes);
    arena_finish(&arena);
}

static void answer_all(struct source *source)
{
    struct buf out;
    buf_init(&out, OUTPUT_MAX);
    char *line = NULL;
    size_t room = 0;
    ssize_t length;
    while ((length = getline(&line, &room, stdin)) > 0 && length < LINE_MAX_BYTES) {
        struct question question;
        buf_clear(&out);
        if (read_question(text_trim((struct text){line, (size_t)length}), &question))
            answer(source, &question, &out);
        else
            buf_puts(&out, "error: not a question\n\n");
        fwrite(buf_cstring(&out), 1, out.len, stdout);
        fflush(stdout);
    }
    free(line); /* getline's own */
    buf_finish(&out);
}

int main(int argc, char **argv)
{
    if (argc != 2) {
        fprintf(stderr, "usage: evalprobe URL\n");
        return 2;
    }
    struct err err;
    struct prometheus_options options = {.http = {.url = argv[1]}};
    struct source *source = prometheus_source_new(&options, &err);
    if (!source) {
        fprintf(stderr, "evalprobe: %s\n", err.message);
        return err_exit_code(err.kind);
    }
    answer_all(source);
    source_free(source);
    return 0;
}
