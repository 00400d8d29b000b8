/* check: everything that is wrong, or doubtful, in the files people wrote, at once. What a file is, its
 * content tells. */
#include "alerting/rule.h"
#include "base/arena.h"
#include "base/file.h"
#include "base/json.h"
#include "base/regex.h"
#include "base/timezone_set.h"
#include "base/vec.h"
#include "base/yaml.h"
#include "commands/arguments.h"
#include "commands/clock.h"
#include "commands/commands.h"
#include "commands/documents.h"
#include "commands/output.h"
#include "engine/config.h"
#include "engine/policies.h"
#include "engine/source_advice.h"
#include "engine/source_open.h"
#include "slo/slo_file.h"
#include "source/source.h"

#include <sys/stat.h>

enum { FILE_MAX_BYTES = 4 << 20 };

enum file_kind { FILE_CONFIG, FILE_SLOS, FILE_RULES, FILE_FOREIGN, FILE_UNKNOWN };

/* A key of the root that tells what a file is; the first that is there decides. */
struct telling_key {
    const char *key;
    enum file_kind kind;
    const char *what; /* FILE_FOREIGN: what it seems to be */
};

static const struct telling_key telling_keys[] = {
    {"slos", FILE_SLOS, NULL},
    {"service", FILE_SLOS, NULL},
    {"groups", FILE_RULES, NULL},
    {"source", FILE_CONFIG, NULL},
    {"slo_files", FILE_CONFIG, NULL},
    {"owners", FILE_CONFIG, NULL},
    {"store", FILE_CONFIG, NULL},
    {"environment", FILE_CONFIG, NULL},
    {"tests", FILE_FOREIGN, "a file of unit tests"},
    {"apiVersion", FILE_FOREIGN, "an OpenSLO, Sloth or Pyrra resource"},
    {"route", FILE_FOREIGN, "an Alertmanager configuration (name it under alerting: in sloburn.yml)"},
    {"scrape_configs", FILE_FOREIGN, "a Prometheus configuration"},
};

struct check_run {
    struct findings findings;
    struct arena arena;
    struct regex_set *regexes;
    struct label_table *labels;
    struct timezone_set *zones;
    struct slo_list slos;         /* of SLO files named on the command line */
    VEC(struct config *) configs; /* whose definitions are looked at */
    size_t files;
    size_t found; /* in a folder */
    size_t n_slos;
    size_t n_rules;
    bool ask_source; /* configurations are checked against what their source has */
};

static const struct telling_key *kind_of(const struct yaml_node *root)
{
    if (root->kind != YAML_MAP)
        return NULL;
    if (yaml_get(root, "version") && text_starts(yaml_get(root, "version")->text, TEXT("prometheus/")))
        return &telling_keys[9];
    for (size_t i = 0; i < sizeof telling_keys / sizeof telling_keys[0]; i++)
        if (yaml_get(root, telling_keys[i].key))
            return &telling_keys[i];
    return NULL;
}

static void count_rules(struct check_run *run, const struct rule_groups *groups)
{
    for (size_t i = 0; i < groups->len; i++)
        run->n_rules += groups->at[i].n_rules;
}

/* What only the source shows. */
static void check_source(struct check_run *run, const struct config_view *view)
{
    struct err err;
    int64_t now_ms = clock_now_ms();
    struct source *source = source_open(&view->source, NULL, now_ms, NULL, NULL, &err);
    bool answered = source != NULL;
    for (size_t i = 0; i < view->slos.len && answered; i++)
        answered = source_advise(source, &view->slos.at[i], now_ms, &run->findings, &err);
    if (!answered)
        finding_add(&run->findings, FINDING_ERROR, "check/source", view->path.at, (struct source_pos){0, 0},
                    "%s", err.message);
    source_free(source);
}

static void check_config(struct check_run *run, const char *path)
{
    run->files++;
    struct config *config = config_load(path, NULL, &run->findings);
    if (!config)
        return;
    const struct config_view *view = config_view(config);
    run->files += view->n_files;
    run->n_slos += view->slos.len;
    count_rules(run, &view->groups);
    for (size_t i = 0; i < view->slos.len; i++)
        slo_advise(&view->slos.at[i], &run->findings);
    if (run->ask_source)
        check_source(run, view);
    VEC_PUSH(&run->configs, config);
}

static void check_slos(struct check_run *run, struct text content, const char *path)
{
    struct slo_context context = {TEXT("default"), &run->arena, run->regexes, run->labels, run->zones};
    size_t before = run->slos.len;
    if (slo_file_read(content, path, &context, &run->slos, &run->findings))
        run->n_slos += run->slos.len - before;
}

static void check_rules(struct check_run *run, struct text content, const char *path)
{
    struct rule_groups groups = {NULL, 0};
    if (rules_read(content, path, &run->arena, run->regexes, &groups, &run->findings))
        count_rules(run, &groups);
}

static void check_foreign(struct check_run *run, const struct yaml_node *root,
                          const struct telling_key *telling, const char *path)
{
    if (yaml_is_null(root))
        finding_add(&run->findings, FINDING_ERROR, "check/kind", path, (struct source_pos){1, 1},
                    "the file is empty");
    else if (telling)
        finding_add(&run->findings, FINDING_ERROR, "check/kind", path, (struct source_pos){1, 1},
                    "this is %s, which check does not read", telling->what);
    else
        finding_add(&run->findings, FINDING_ERROR, "check/kind", path, (struct source_pos){1, 1},
                    "this is neither an SLO file (service:, slos:), nor a rule file (groups:), nor a "
                    "configuration (source:)");
}

static void check_content(struct check_run *run, struct text content, const char *path)
{
    struct findings syntax; /* the reader of the kind finds them again, with the rest */
    struct yaml_node **docs = NULL;
    size_t n = 0;
    findings_init(&syntax);
    bool parsed = yaml_parse(content, path, &run->arena, &docs, &n, &syntax);
    const struct yaml_node *root = parsed && n ? docs[0] : NULL;
    const struct telling_key *telling = root ? kind_of(root) : NULL;
    enum file_kind kind = telling ? telling->kind : FILE_UNKNOWN;
    run->files += kind != FILE_CONFIG;
    if (!parsed || (kind == FILE_UNKNOWN && syntax.errors))
        (void)!yaml_parse(content, path, &run->arena, &docs, &n, &run->findings);
    else if (kind == FILE_CONFIG)
        check_config(run, path);
    else if (kind == FILE_SLOS)
        check_slos(run, content, path);
    else if (kind == FILE_RULES)
        check_rules(run, content, path);
    else
        check_foreign(run, root, telling, path);
    findings_finish(&syntax);
}

static void check_file(struct check_run *run, const char *path)
{
    struct buf content;
    struct err err;
    buf_init(&content, FILE_MAX_BYTES);
    if (!file_read(path, &content, &err)) {
        run->files++;
        finding_add(&run->findings, FINDING_ERROR, "check/file", path, (struct source_pos){0, 0}, "%s",
                    err.message);
    } else {
        check_content(run, text_copy(&run->arena, buf_text(&content)), path);
    }
    buf_finish(&content);
}

static void check_found(void *context, const char *path)
{
    struct check_run *run = context;
    run->found++;
    check_file(run, path);
}

static void check_folder(struct check_run *run, const char *folder)
{
    static const char *const patterns[] = {"*.yml", "*.yaml"};
    struct err err;
    run->found = 0;
    for (size_t i = 0; i < sizeof patterns / sizeof *patterns; i++)
        if (!file_glob(folder, patterns[i], check_found, run, &err)) {
            finding_add(&run->findings, FINDING_ERROR, "check/file", folder, (struct source_pos){0, 0}, "%s",
                        err.message);
            return;
        }
    if (!run->found)
        finding_add(&run->findings, FINDING_ERROR, "check/file", folder, (struct source_pos){0, 0},
                    "the folder has no *.yml or *.yaml");
}

/* A folder stands for its files, not for those of folders in it; "-" is standard input. */
static void check_path(struct check_run *run, const char *path)
{
    struct stat about;
    if (strcmp(path, "-") == 0)
        check_file(run, "/dev/stdin");
    else if (stat(path, &about) == 0 && S_ISDIR(about.st_mode))
        check_folder(run, path);
    else
        check_file(run, path);
}

/* What only all files together show, and advice on each SLO. */
static void check_together(struct check_run *run)
{
    slo_check_all(&run->slos, &run->findings);
    for (size_t i = 0; i < run->slos.len; i++)
        slo_advise(&run->slos.at[i], &run->findings);
    for (size_t i = 0; i < run->slos.len; i++)
        policies_check(&run->slos.at[i], &run->findings);
}

static void put_count(size_t n, const char *noun, struct buf *out)
{
    buf_printf(out, "%zu %s%s", n, noun, n == 1 ? "" : "s");
}

static void print_text(struct check_run *run, struct buf *out)
{
    findings_print(&run->findings, output_colours(), out);
    put_count(run->files, "file", out);
    buf_puts(out, ", ");
    put_count(run->n_slos, "SLO", out);
    buf_puts(out, ", ");
    put_count(run->n_rules, "rule", out);
    buf_puts(out, ": ");
    put_count(run->findings.errors, "error", out);
    buf_puts(out, ", ");
    put_count(run->findings.warnings, "warning", out);
    buf_putc(out, '\n');
}

static void print_json(struct check_run *run, struct buf *out)
{
    struct buf list;
    struct json_writer w;
    buf_init(&list, OUTPUT_MAX);
    findings_print_json(&run->findings, &list);
    json_begin(&w, out);
    json_open(&w, '{');
    json_name(&w, "schema");
    json_put_string(&w, "sloburn.check/1");
    json_name(&w, "files");
    json_put_int(&w, (int64_t)run->files);
    json_name(&w, "slos");
    json_put_int(&w, (int64_t)run->n_slos);
    json_name(&w, "rules");
    json_put_int(&w, (int64_t)run->n_rules);
    json_name(&w, "errors");
    json_put_int(&w, (int64_t)run->findings.errors);
    json_name(&w, "warnings");
    json_put_int(&w, (int64_t)run->findings.warnings);
    json_name(&w, "findings");
    json_put_raw(&w, buf_text(&list));
    json_close(&w, '}');
    buf_putc(out, '\n');
    buf_finish(&list);
}

static void run_init(struct check_run *run)
{
    *run = (struct check_run){
        .regexes = regex_set_new(), .labels = label_table_new(NULL), .zones = timezone_set_new()};
    findings_init(&run->findings);
    arena_init(&run->arena, 0);
}

static void run_finish(struct check_run *run)
{
    for (size_t i = 0; i < run->configs.len; i++)
        config_unref(run->configs.at[i]);
    VEC_FREE(&run->configs);
    findings_finish(&run->findings);
    regex_set_free(run->regexes);
    timezone_set_free(run->zones);
    label_table_free(run->labels);
    arena_finish(&run->arena);
}

struct check_options {
    const char *config;
    const char *format;
    bool strict;
    bool source;
};

static int check(const struct check_options *options, const char *const *files, bool json)
{
    struct check_run run;
    struct buf out;
    struct err err;
    run_init(&run);
    run.ask_source = options->source;
    buf_init(&out, OUTPUT_MAX);
    if (options->config || !files[0])
        check_config(&run, options->config ? options->config : "sloburn.yml");
    for (size_t i = 0; files[i]; i++)
        check_path(&run, files[i]);
    check_together(&run);
    (json ? print_json : print_text)(&run, &out);
    int code = run.findings.errors || (options->strict && run.findings.warnings) ? 1 : 0;
    if (!output_write(NULL, &out, &err))
        code = complain("check", &err);
    buf_finish(&out);
    run_finish(&run);
    return code;
}

int command_check(int argc, char **argv)
{
    struct check_options options = {.format = "text"};
    const struct argument arguments[] = {
        {"config", "FILE", "a configuration and all that it names (sloburn.yml, unless files are given)",
         &options.config, NULL},
        {"source", NULL, "ask the configuration's source, too, what is doubtful about each SLO", NULL,
         &options.source},
        {"strict", NULL, "warnings count as errors", NULL, &options.strict},
        {"format", "FORMAT", "text or json", &options.format, NULL},
    };
    const struct command_line line = {
        .command = "check",
        .synopsis = "check [--config FILE] [--source] [--strict] [--format FORMAT] [FILE|FOLDER|-...]",
        .about =
            "Finds everything that is wrong or doubtful in SLO files, Prometheus rule files and "
            "configurations, with\n"
            "file, line and column. A file's content tells which it is. With --source also what only "
            "the series show: selectors that\n"
            "match nothing, thresholds that are no bucket bound, histograms without +Inf or with a status "
            "label that nothing\n"
            "takes into account. serve asks the same after a start and a reload: its log, the status and "
            "explain have it.",
        .epilogue = "Exit codes: 0 no errors, 1 errors (with --strict: or warnings), 2 bad usage.",
        .arguments = arguments,
        .n_arguments = sizeof arguments / sizeof arguments[0],
        .max_operands = (size_t)argc,
    };
    static const char *const formats[] = {"text", "json", NULL};
    struct err err;
    const char **files = memory_alloc_zero((size_t)argc + 1, sizeof *files);
    int code;
    if (arguments_parse(&line, argc, argv, files, &code)) {
        int format = output_choice("format", options.format, formats, &err);
        code = format < 0 ? complain("check", &err) : check(&options, files, format == 1);
    }
    memory_free(files);
    return code;
}
