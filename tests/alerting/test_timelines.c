/* Runs the cases of timelines.txt, each with the states taken through a restart between any two evaluations
 * as well: the store must make no difference. */
#include "alerting/alert.h"
#include "base/arena.h"
#include "base/buf.h"
#include "base/duration.h"
#include "base/file.h"
#include "base/labels.h"
#include "base/number.h"
#include "base/regex.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>

#include <cmocka.h>

enum { SAMPLES_MAX = 8, FILE_MAX = 1 << 20, LINE_MAX_BYTES = 4096 };

struct case_run {
    struct arena arena;
    struct regex_set *regexes;
    struct label_table *table;
    struct alert_rule_state *state;
    struct rule_groups groups;
    bool restarts; /* between evaluations */
    int line;
    struct text title;
};

static struct text option(struct text options, const char *name)
{
    while (options.len) {
        struct text word = text_cut(&options, ' ');
        if (text_starts(word, text_of(name)))
            return text_part(word, strlen(name), word.len);
    }
    return TEXT("");
}

static void begin_case(struct case_run *run, struct text options)
{
    struct text wait = option(options, "for="), keep = option(options, "keep="),
                limit = option(options, "limit=");
    struct findings findings;
    struct buf yaml;
    arena_init(&run->arena, 0);
    run->regexes = regex_set_new();
    run->table = label_table_new(NULL);
    run->state = alert_rule_state_new();
    buf_init(&yaml, LINE_MAX_BYTES);
    buf_printf(&yaml,
               "groups:\n- name: g\n  limit: %.*s\n  rules:\n  - alert: A\n    expr: x > 0\n    for: %.*s\n"
               "    keep_firing_for: %.*s\n    labels: {severity: P3}\n"
               "    annotations: {summary: '{{ $labels.host }} is at {{ $value }}'}\n",
               TEXT_ARG(limit.len ? limit : TEXT("0")), TEXT_ARG(wait.len ? wait : TEXT("0s")),
               TEXT_ARG(keep.len ? keep : TEXT("0s")));
    findings_init(&findings);
    struct text kept = text_copy(&run->arena, buf_text(&yaml));
    assert_true(rules_read(kept, "rule.yml", &run->arena, run->regexes, &run->groups, &findings));
    findings_finish(&findings);
    buf_finish(&yaml);
}

static void end_case(struct case_run *run)
{
    alert_rule_state_free(run->state);
    label_table_free(run->table);
    regex_set_free(run->regexes);
    arena_finish(&run->arena);
}

/* As after a restart: only what the store keeps. */
static void restart(struct case_run *run)
{
    struct alert_rule_state *restored = alert_rule_state_new();
    for (size_t i = 0; i < alert_rule_state_len(run->state); i++)
        alert_rule_state_restore(restored, alert_rule_state_at(run->state, i));
    alert_rule_state_free(run->state);
    run->state = restored;
}

static void print_changes(const struct alert_transitions *transitions, struct buf *out)
{
    static const char *const words[] = {"pending", "firing", "resolved", "dropped"};
    for (size_t i = 0; i < transitions->len; i++) {
        if (transitions->at[i].change == ALERT_REFRESHED)
            continue;
        struct text host = labels_value(transitions->at[i].alert->labels, TEXT("host"));
        buf_printf(out, "%s%.*s %s", out->len ? ", " : "", TEXT_ARG(host), words[transitions->at[i].change]);
    }
}

/* To another label table. */
static void move(struct case_run *run)
{
    struct label_table *table = label_table_new(NULL);
    alert_rule_state_move(run->state, table);
    label_table_free(run->table);
    run->table = table;
}

static size_t read_samples(struct case_run *run, struct text words, struct series *series, double *values)
{
    size_t n = 0;
    while (words.len) {
        struct text word = text_cut(&words, ' ');
        if (word.len == 0)
            continue;
        struct text host = text_cut(&word, '=');
        struct text name = text_copy(&run->arena, host);
        assert_true(n < SAMPLES_MAX && number_parse(word, &values[n]));
        series[n] = (struct series){.labels = labels_of(run->table, "__name__", "x", "host", name.at, NULL),
                                    .len = 1,
                                    .values = &values[n]};
        n++;
    }
    return n;
}

static void evaluate(struct case_run *run, struct text line)
{
    struct text rest = line;
    struct text time = text_cut(&rest, ':');
    size_t arrow = text_find(rest, '>');
    bool blind = text_is(text_trim(rest), "blind");
    struct text samples = blind ? TEXT("") : text_part(rest, 0, arrow - 1);
    struct text wanted = blind ? TEXT("") : text_trim(text_part(rest, arrow + 1, rest.len));
    struct alert_context context = {.table = run->table, .interval_ms = 30000};
    struct alert_transitions transitions = {0};
    struct series series[SAMPLES_MAX];
    double values[SAMPLES_MAX];
    struct err err;
    struct buf got;
    const struct rule *rule = &run->groups.at[0].rules[0];
    assert_true(duration_parse(time, &context.slot_ms, &err));
    context.slot_ms += DAY_MS; /* 0 is no time */
    if (run->restarts) {
        restart(run);
        move(run);
        context.table = run->table;
    }
    buf_init(&got, LINE_MAX_BYTES);
    struct promql_result result = {.type = VALUE_VECTOR,
                                   .series = {series, read_samples(run, samples, series, values)}};
    if (blind)
        alert_evaluate_blind(rule, &context, run->state);
    else if (alert_evaluate(rule, run->groups.at[0].limit, &result, &context, run->state, &run->arena,
                            &transitions, &err))
        print_changes(&transitions, &got);
    else
        buf_printf(&got, "error %s", err.message);
    if (!text_eq(buf_text(&got), wanted))
        fail_msg("timelines.txt:%d: %.*s: expected \"%.*s\", got \"%s\"", run->line, TEXT_ARG(run->title),
                 TEXT_ARG(wanted), buf_cstring(&got));
    buf_finish(&got);
}

static int run_cases(bool restarts)
{
    struct case_run run = {.restarts = restarts};
    struct buf path, content;
    struct err err;
    int cases = 0;
    bool begun = false, open = false;
    buf_init(&path, LINE_MAX_BYTES);
    buf_init(&content, FILE_MAX);
    const char *root = getenv("SLOBURN_ROOT");
    buf_printf(&path, "%s/tests/alerting/timelines.txt", root ? root : ".");
    assert_true(file_read(buf_cstring(&path), &content, &err));
    struct text rest = buf_text(&content);
    while (rest.len) {
        struct text line = text_cut(&rest, '\n');
        run.line++;
        if (text_starts(line, TEXT("== "))) {
            if (begun)
                end_case(&run);
            run.title = text_part(line, 3, line.len);
            begun = false;
            open = true;
            cases++;
        } else if (open && line.len && line.at[0] != '#') {
            bool options = text_starts(line, TEXT("| "));
            if (!begun)
                begin_case(&run, options ? text_part(line, 2, line.len) : TEXT(""));
            begun = true;
            if (!options)
                evaluate(&run, line);
        }
    }
    if (begun)
        end_case(&run);
    buf_finish(&path);
    buf_finish(&content);
    return cases;
}

static void alerts_go_through_their_states(void **state)
{
    (void)state;
    assert_true(run_cases(false) > 10);
}

static void a_restart_between_evaluations_changes_nothing(void **state)
{
    (void)state;
    assert_true(run_cases(true) > 10);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(alerts_go_through_their_states),
        cmocka_unit_test(a_restart_between_evaluations_changes_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
