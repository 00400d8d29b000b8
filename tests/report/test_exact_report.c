/* What people sign: units and failures in the report, after the engine has filled history, lived through
 * restarts of the service, a crash loop and a ten-minute scrape gap, and was itself restarted in between,
 * equal the service's own log less the events that no sample could show. */
#include "support/cmocka_headers.h"

#include "base/buf.h"
#include "base/duration.h"
#include "base/file.h"
#include "engine/engine.h"
#include "engine/ledger_query.h"
#include "report/report.h"
#include "source/sim_log.h"
#include "source/sim_source.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define ORIGIN_MS 1763683212345LL

enum { HISTORY_HOURS = 10, LIVE_MINUTES = 150, DOCUMENT_MAX = 16 << 20 };

static const char slo_file[] = "service: rag-api\n"
                               "owner: nobody\n"
                               "by: tenant\n"
                               "window: 30d\n"
                               "slos:\n"
                               "  availability:\n"
                               "    objective: 99.5%\n"
                               "    total: rag_queries_total\n"
                               "    bad: rag_queries_total{code=~\"5..\"}\n"
                               "  latency:\n"
                               "    objective: p95 <= 4s\n"
                               "    histogram: rag_query_duration_seconds\n"
                               "  cost:\n"
                               "    objective: mean <= ₩10\n"
                               "    sum: rag_cost_krw_total\n"
                               "    count: rag_queries_total\n"
                               "  faithfulness:\n"
                               "    objective: mean >= 0.85 of 1\n"
                               "    histogram: rag_faithfulness_score\n";

static const char config_file[] = "environment: test\n"
                                  "source: {simulate: {seed: 3}}\n"
                                  "slo_files: [a.yml]\n";

/* Minutes after the origin; negative ones lie in the history that the engine fills from. */
static struct sim_condition between(enum sim_condition_kind kind, double from, double to, int instance,
                                    double value)
{
    return (struct sim_condition){kind,
                                  ORIGIN_MS + (int64_t)(from * (double)MINUTE_MS),
                                  ORIGIN_MS + (int64_t)(to * (double)MINUTE_MS),
                                  SIM_ALL,
                                  instance,
                                  value};
}

static struct sim *sim_with_trouble(void)
{
    const struct sim_condition conditions[] = {
        between(SIM_DOWN, -400.2, -400.2, 1, 0),   /* a quick restart */
        between(SIM_GAP, -300, -290, SIM_ALL, 0),  /* nobody scrapes */
        between(SIM_CRASH_LOOP, -200, -180, 0, 0), /* before the engine starts */
        between(SIM_DOWN, 20.3, 20.3, 0, 0),       /* and while it runs */
        between(SIM_GAP, 40, 50, SIM_ALL, 0),      /* */
        between(SIM_DOWN, 60.5, 66.1, 1, 0),       /* one of two down for minutes */
        between(SIM_CRASH_LOOP, 80, 100, 1, 0),    /* */
        between(SIM_FAIL, 15, 130, SIM_ALL, 0.04), /* enough failures to count */
    };
    struct err err;
    struct sim *sim = sim_new(&(struct sim_options){.seed = 11,
                                                    .origin_ms = ORIGIN_MS,
                                                    .history_ms = HISTORY_HOURS * HOUR_MS,
                                                    .plain_history = true,
                                                    .conditions = conditions,
                                                    .n_conditions = sizeof conditions / sizeof conditions[0]},
                              &err);
    assert_non_null(sim);
    return sim;
}

struct world {
    char folder[64];
    struct config *config;
    struct store *store;
    struct counters counters;
    struct source *source;
    struct sim *sim;
    struct engine *engine;
};

static void put(const struct world *world, const char *name, const char *content, struct buf *path)
{
    struct err err;
    buf_clear(path);
    buf_printf(path, "%s/%s", world->folder, name);
    assert_true(file_write(buf_cstring(path), text_of(content), &err));
}

static void start_engine(struct world *world, int64_t now_ms)
{
    struct err err;
    world->store = store_open(config_view(world->config)->store_path.at, "test", &err);
    assert_non_null(world->store);
    struct engine_options options = {.config = world->config,
                                     .store = world->store,
                                     .counters = &world->counters,
                                     .source = world->source,
                                     .now_ms = now_ms};
    world->engine = engine_new(&options, &err);
    if (!world->engine)
        fail_msg("%s", err.message);
}

static void stop_engine(struct world *world)
{
    engine_free(world->engine);
    store_close(world->store);
}

static void world_init(struct world *world)
{
    struct buf path;
    struct findings findings;
    *world = (struct world){.folder = "/tmp/sloburn-report-XXXXXX"};
    assert_non_null(mkdtemp(world->folder));
    buf_init(&path, 4096);
    findings_init(&findings);
    put(world, "a.yml", slo_file, &path);
    put(world, "sloburn.yml", config_file, &path);
    world->config = config_load(buf_cstring(&path), NULL, &findings);
    assert_non_null(world->config);
    world->sim = sim_with_trouble();
    world->source = sim_source_new(world->sim, TEXT("simulated"));
    findings_finish(&findings);
    buf_finish(&path);
}

static void world_finish(struct world *world)
{
    struct buf command;
    source_free(world->source);
    config_unref(world->config);
    buf_init(&command, 256);
    buf_printf(&command, "rm -rf %s", world->folder);
    assert_int_equal(system(buf_cstring(&command)), 0);
    buf_finish(&command);
}

/* Live time in steps of half a minute; every half hour the engine ends and starts anew from its store. */
static int64_t live_through(struct world *world)
{
    int64_t now = ORIGIN_MS;
    for (int i = 0; i < 2 * LIVE_MINUTES; i++) {
        now += MINUTE_MS / 2;
        sim_set_horizon(world->sim, now);
        if (i && i % 60 == 0) {
            stop_engine(world);
            start_engine(world, now);
        }
        while (engine_step(world->engine, now) <= now)
            ;
    }
    return now;
}

/* The report as JSON; free it. */
static struct json *read_report(struct world *world, int64_t at_ms)
{
    struct ledger_query query = {.now_ms = at_ms, .at_ms = at_ms, .days = true};
    const struct config_view *view = config_view(world->config);
    struct buf text;
    struct err err;
    struct database *reader = store_open_reader(view->store_path.at, &err);
    assert_non_null(reader);
    buf_init(&text, DOCUMENT_MAX);
    assert_true(ledger_query_json(reader, view, &query, &text, &err));
    struct json *document = json_parse(buf_text(&text), &err);
    assert_non_null(document);
    buf_clear(&text);
    report_render(document, REPORT_JSON, &text);
    struct json *report = json_parse(buf_text(&text), &err);
    assert_non_null(report);
    json_free(document);
    buf_finish(&text);
    database_close(reader);
    return report;
}

static int tenant_of(const struct json *slo)
{
    const char *tenant = json_string(json_get(json_get(slo, "labels"), "tenant"), NULL);
    if (!tenant)
        return SIM_ALL;
    for (int i = 0; i < SIM_TENANTS; i++)
        if (strcmp(sim_tenant_names[i], tenant) == 0)
            return i;
    fail_msg("tenant %s", tenant);
    return SIM_ALL;
}

struct figures {
    int64_t units;
    int64_t spent;
};

/* By the objective's name. Latency counts failed queries as the histogram holds them, and so does the log. */
static struct figures figures_of(const char *name, const struct sim_totals *totals)
{
    if (strcmp(name, "availability") == 0)
        return (struct figures){totals->units, totals->failed};
    if (strcmp(name, "latency") == 0)
        return (struct figures){totals->units, totals->slow};
    if (strcmp(name, "cost") == 0)
        return (struct figures){totals->units, totals->cost_micro};
    assert_string_equal(name, "faithfulness");
    return (struct figures){totals->scored, totals->scored * 1000000 - totals->score_micro};
}

static void compare(struct world *world, const struct json *slo, int64_t to_ms)
{
    const char *name = json_string(json_get(slo, "name"), "");
    const struct json *window = json_get(slo, "window");
    struct sim_log log;
    int tenant = tenant_of(slo);
    sim_log_read(world->sim, tenant, 0, to_ms, &log);
    struct figures events = figures_of(name, &log.events), lost = figures_of(name, &log.lost),
                   late = figures_of(name, &log.late);
    int64_t units = (int64_t)json_number(json_get(window, "units"), -1);
    int64_t spent = (int64_t)json_number(json_get(window, "spent"), -1);
    if (units != events.units - lost.units - late.units || spent != events.spent - lost.spent - late.spent)
        fail_msg(
            "%s of tenant %d: the report says %lld units and %lld spent, the log %lld and %lld, of which no "
            "sample shows %lld and %lld",
            name, tenant, (long long)units, (long long)spent, (long long)events.units,
            (long long)events.spent, (long long)(lost.units + late.units),
            (long long)(lost.spent + late.spent));
    assert_true(lost.units > 0 || strcmp(name, "faithfulness") == 0);
}

static void the_report_equals_the_log_less_what_no_sample_shows(void **state)
{
    (void)state;
    struct world world;
    world_init(&world);
    sim_set_horizon(world.sim, ORIGIN_MS);
    start_engine(&world, ORIGIN_MS);
    int64_t end = live_through(&world);
    int64_t slot = end - end % (30 * SECOND_MS); /* up to here it has evaluated */
    struct json *report = read_report(&world, slot);
    const struct json *slos = json_get(report, "slos");
    assert_int_equal(json_length(slos), 4 * (SIM_TENANTS + 1));
    for (const struct json *slo = json_first(slos); slo; slo = json_next(slo))
        compare(&world, slo, slot);
    json_free(report);
    stop_engine(&world);
    world_finish(&world);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_report_equals_the_log_less_what_no_sample_shows),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
