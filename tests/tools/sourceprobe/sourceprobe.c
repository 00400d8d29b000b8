/* sourceprobe: asks a source the questions that the engine asks, for tests against real servers.
 *
 *   sourceprobe FILE check
 *   sourceprobe FILE raw FROM_MS TO_MS SELECTOR…
 *   sourceprobe FILE live AT_MS SELECTOR…
 *   sourceprobe FILE grid FIRST_MS LAST_MS STEP_MS SELECTOR     an instant selector at each step
 *   sourceprobe FILE times FIRST_MS LAST_MS STEP_MS SELECTOR    the same as timestamp() wants it
 *
 * FILE holds what stands below `source:` in sloburn.yml. A line per sample: number of the selector, series,
 * time in milliseconds, value ("stale" for a marker). Errors go to stderr, and their kind is the exit code.
 */
#include "base/arena.h"
#include "base/buf.h"
#include "base/file.h"
#include "base/number.h"
#include "base/regex.h"
#include "base/yaml.h"
#include "promql/parse.h"
#include "source/prometheus.h"

#include <stdio.h>

enum { SELECTORS_MAX = 100, FILE_BYTES_MAX = 1 << 20, OUTPUT_BYTES_MAX = 1 << 30, LOOKBACK_MS = 300000 };

struct probe {
    struct arena arena;
    struct label_table *table;
    struct regex_set *regexes;
    struct source *source;
    struct buf out;
    const struct expr *selectors[SELECTORS_MAX];
    size_t n_selectors;
    struct err err;
};

static bool open_source(struct probe *probe, const char *path)
{
    struct findings findings;
    struct buf content;
    struct yaml_node **docs = NULL;
    size_t n_docs = 0;
    struct source_options options;
    findings_init(&findings);
    buf_init(&content, FILE_BYTES_MAX);
    bool good = file_read(path, &content, &probe->err);
    if (good) {
        good = yaml_parse(buf_text(&content), path, &probe->arena, &docs, &n_docs, &findings) &&
               n_docs == 1 && source_options_read(docs[0], path, &probe->arena, &options, &findings);
        if (!good) {
            findings_print(&findings, false, &probe->out);
            err_set(&probe->err, ERR_INPUT, "%s: not a source", path);
        }
    }
    if (good)
        probe->source = prometheus_source_open(&options, "probed", NULL, NULL, &probe->err);
    buf_finish(&content);
    findings_finish(&findings);
    return probe->source != NULL;
}

static bool parse_selectors(struct probe *probe, char **written, int n)
{
    for (int i = 0; i < n && i < SELECTORS_MAX; i++) {
        const struct expr *selector =
            promql_parse_selector(text_of(written[i]), &probe->arena, probe->regexes, &probe->err);
        if (!selector)
            return false;
        probe->selectors[probe->n_selectors++] = selector;
    }
    return true;
}

static void print_set(struct probe *probe, size_t number, struct series_set set)
{
    struct buf *out = &probe->out;
    for (size_t i = 0; i < set.len; i++) {
        const struct series *series = &set.at[i];
        for (size_t k = 0; k < series->len; k++) {
            buf_printf(out, "%zu\t", number);
            labels_print(series->labels, out);
            buf_printf(out, "\t%lld\t", (long long)series->times_ms[k]);
            if (value_is_stale(series->values[k]))
                buf_puts(out, "stale");
            else
                number_print_sample(series->values[k], out);
            buf_putc(out, '\n');
        }
    }
}

static void print_result(struct probe *probe, const struct raw_result *result)
{
    for (size_t i = 0; i < result->n_sets; i++)
        print_set(probe, i, result->sets[i]);
}

static bool probe_raw(struct probe *probe, const int64_t *times)
{
    struct raw_request request = {.selectors = probe->selectors,
                                  .n_selectors = probe->n_selectors,
                                  .from_ms = times[0],
                                  .to_ms = times[1]};
    struct raw_result result;
    if (!source_raw(probe->source, &request, probe->table, &probe->arena, &result, &probe->err))
        return false;
    print_result(probe, &result);
    return true;
}

static bool probe_live(struct probe *probe, const int64_t *times)
{
    struct raw_result result;
    if (!source_live(probe->source, probe->selectors, probe->n_selectors, times[0], probe->table,
                     &probe->arena, &result, &probe->err))
        return false;
    print_result(probe, &result);
    return true;
}

static bool probe_select(struct probe *probe, const int64_t *times, bool needs_times)
{
    struct select_request request = {.selector = probe->selectors[0],
                                     .kind = SELECT_INSTANT,
                                     .from_ms = times[0] - LOOKBACK_MS,
                                     .to_ms = times[1],
                                     .first_ms = times[0],
                                     .last_ms = times[1],
                                     .step_ms = times[2],
                                     .range_ms = LOOKBACK_MS,
                                     .needs_times = needs_times};
    struct promql_source source = source_promql(probe->source);
    struct series_set set;
    if (!source.select(source.self, &request, probe->table, &probe->arena, &set, &probe->err))
        return false;
    print_set(probe, 0, set);
    return true;
}

static bool probe_check(struct probe *probe)
{
    if (!source_check(probe->source, &probe->out, &probe->err))
        return false;
    buf_putc(&probe->out, '\n');
    return true;
}

/* `n_times` integers, then selectors. */
static bool read_arguments(struct probe *probe, char **argv, int argc, int n_times, int64_t *times)
{
    for (int i = 0; i < n_times; i++) {
        if (i >= argc || !integer_parse(text_of(argv[i]), &times[i]))
            return err_set(&probe->err, ERR_USAGE, "expected %d times in milliseconds", n_times);
    }
    return parse_selectors(probe, argv + n_times, argc - n_times);
}

static bool run(struct probe *probe, const char *question, char **argv, int argc)
{
    int64_t times[3] = {0};
    struct text asked = text_of(question);
    if (text_is(asked, "check"))
        return probe_check(probe);
    if (text_is(asked, "raw"))
        return read_arguments(probe, argv, argc, 2, times) && probe_raw(probe, times);
    if (text_is(asked, "live"))
        return read_arguments(probe, argv, argc, 1, times) && probe_live(probe, times);
    if ((text_is(asked, "grid") || text_is(asked, "times")) && argc == 4)
        return read_arguments(probe, argv, argc, 3, times) &&
               probe_select(probe, times, text_is(asked, "times"));
    return err_set(&probe->err, ERR_USAGE, "unknown question %s", question);
}

int main(int argc, char **argv)
{
    if (argc < 3) {
        fputs("sourceprobe FILE check|raw|live|grid|times …\n", stderr);
        return 2;
    }
    struct probe probe = {.table = label_table_new(NULL), .regexes = regex_set_new()};
    arena_init(&probe.arena, 0);
    buf_init(&probe.out, OUTPUT_BYTES_MAX);
    bool good = open_source(&probe, argv[1]) && run(&probe, argv[2], argv + 3, argc - 3);
    fputs(buf_cstring(&probe.out), stdout);
    if (!good)
        fprintf(stderr, "%s\n", probe.err.message);
    buf_finish(&probe.out);
    source_free(probe.source);
    regex_set_free(probe.regexes);
    label_table_free(probe.table);
    arena_finish(&probe.arena);
    return good ? 0 : err_exit_code(probe.err.kind);
}
