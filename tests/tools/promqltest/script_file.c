/* Runs script files: reads command after command, counts and prints. */
#include "base/buf.h"
#include "base/duration.h"
#include "base/file.h"
#include "base/number.h"
#include "base/regex.h"

#include "script.h"
#include "script_command.h"
#include "tally.h"

#include <stdio.h>

enum { SCRIPT_BYTES_MAX = 64 << 20 };

struct script {
    const char *path;
    struct script_lines lines;
    struct test_source *source;
    struct script_settings settings;
    struct tally *tally;
};

/* As Prometheus' own tests set up the engine. */
static struct script_settings default_settings(void)
{
    return (struct script_settings){.options = {.lookback_ms = 300000,
                                                .subquery_step_ms = 60000,
                                                .max_samples = 10000,
                                                .delayed_name_removal = true,
                                                .use_start_timestamps = true}};
}

static void print_failure(struct script *script, int line, struct text expr, const struct err *err)
{
    struct buf text;
    buf_init(&text, 1 << 14);
    err_print(err, &text);
    printf("%s:%d: %.*s\n    %s\n", script->path, line, TEXT_ARG(expr), buf_cstring(&text));
    buf_finish(&text);
}

static void run_eval(struct script *script)
{
    struct err err;
    struct arena arena;
    struct script_eval eval;
    struct label_table *table = label_table_new(NULL);
    struct regex_set *regexes = regex_set_new();
    enum eval_outcome outcome = EVAL_FAILED;
    arena_init(&arena, 0);
    if (script_read_eval(&script->lines, table, &arena, regexes, &eval, &err))
        outcome = script_run_eval(&eval, script->source, &script->settings, table, &err);
    if (outcome == EVAL_FAILED)
        print_failure(script, eval.line, eval.expr, &err);
    script->tally->passed += outcome == EVAL_PASSED;
    script->tally->failed += outcome == EVAL_FAILED;
    script->tally->skipped += outcome == EVAL_SKIPPED;
    regex_set_free(regexes);
    label_table_free(table);
    arena_finish(&arena);
}

/* #!set NAME VALUE */
static bool change_setting(struct script *script, struct err *err)
{
    struct promql_options *options = &script->settings.options;
    struct text rest = script->lines.line;
    text_cut(&rest, ' ');
    struct text name = text_cut(&rest, ' ');
    struct text value = text_trim(rest);
    int64_t number = 0;
    if (text_is(name, "defaults")) {
        script->settings = default_settings();
        return true;
    }
    if (text_is(name, "delayed_name_removal")) {
        options->delayed_name_removal = text_is(value, "on");
        return true;
    }
    if (text_is(name, "lookback"))
        return duration_parse(value, &options->lookback_ms, err);
    if (!integer_parse(value, &number) || number < 0)
        return err_set(err, ERR_INPUT, "not a number: \"%.*s\"", TEXT_ARG(value));
    if (text_is(name, "max_samples"))
        options->max_samples = (size_t)number;
    else if (text_is(name, "max_series"))
        options->max_series = (size_t)number;
    else if (text_is(name, "time_limit"))
        script->settings.time_limit = (long)number;
    else
        return err_set(err, ERR_INPUT, "unknown setting \"%.*s\"", TEXT_ARG(name));
    return true;
}

static void run_command(struct script *script)
{
    struct text line = script->lines.line;
    struct err err;
    int number = script->lines.number;
    bool ok = true;
    if (text_starts(line, TEXT("eval"))) {
        run_eval(script);
        return;
    }
    if (text_starts(line, TEXT("#!set ")))
        ok = change_setting(script, &err);
    else if (text_is(line, "clear"))
        test_source_clear(script->source);
    else if (text_starts(line, TEXT("load")))
        ok = script_read_load(&script->lines, script->source, &err);
    else
        ok = err_set(&err, ERR_INPUT, "invalid command");
    if (!ok) {
        print_failure(script, number, line, &err);
        script->tally->failed++;
    }
}

static bool run_file(const char *path, struct tally *tally)
{
    struct buf content;
    struct err err;
    buf_init(&content, SCRIPT_BYTES_MAX);
    if (!file_read(path, &content, &err)) {
        fprintf(stderr, "promqltest: %s\n", err.message);
        buf_finish(&content);
        return false;
    }
    struct script script = {.path = path, .tally = tally, .settings = default_settings()};
    script.lines.rest = buf_text(&content);
    script.source = test_source_new();
    while (script_next_line(&script.lines))
        if (script.lines.line.len)
            run_command(&script);
    test_source_free(script.source);
    buf_finish(&content);
    return true;
}

int run_script_files(int n, char **files)
{
    struct tally tally = {0};
    bool readable = true;
    for (int i = 0; i < n; i++)
        readable = run_file(files[i], &tally) && readable;
    int status = tally_finish(&tally);
    return readable ? status : 2;
}
