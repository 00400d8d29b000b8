/* What check --source finds, and what a running engine tells of it, against the simulated service. */
#include "engine/source_advice.h"

#include "base/buf.h"
#include "base/duration.h"
#include "base/json.h"
#include "engine/ledger_query.h"
#include "support/cmocka_headers.h"
#include "support/engine_world.h"

#include <string.h>

/* What the source lacks while it is asked. */
static struct trouble trouble;

/* The findings about one SLO file, printed. */
static void advise(const char *content, struct buf *printed)
{
    struct err err;
    struct engine_world world;
    struct findings findings;
    engine_world_init(&world, (struct sim_options){.seed = 1, .history_ms = 3600000, .plain_history = true});
    engine_world_write_config(&world);
    engine_world_write(&world, "a.slo.yml", content);
    engine_world_start(&world);
    if (trouble.to_ms)
        scripted_source_add(world.source, trouble);
    findings_init(&findings);
    buf_init(printed, 1 << 16);
    const struct slo_list *slos = &config_view(world.config)->slos;
    assert_true(slos->len > 0);
    for (size_t i = 0; i < slos->len; i++)
        if (!source_advise(world.source, &slos->at[i], WORLD_ORIGIN_MS, &findings, &err))
            fail_msg("%s", err.message);
    findings_print(&findings, false, printed);
    findings_finish(&findings);
    engine_world_finish(&world);
}

static void assert_says(struct buf *printed, const char *what)
{
    if (!strstr(buf_cstring(printed), what))
        fail_msg("\"%s\" is not in: %s", what, buf_cstring(printed));
}

static void a_missing_bucket_is_named_with_its_neighbours(void **state)
{
    struct buf said;
    (void)state;
    advise("service: rag-api\nowner: rag-team\nslos:\n  latency:\n    objective: p95 <= 3.7s\n"
           "    histogram: rag_query_duration_seconds\n    except: code=~\"5..\"\n",
           &said);
    assert_says(&said, "no bucket le=\"3.7\", the nearest bounds are 3.5 and 4");
    buf_finish(&said);
}

static void a_status_label_wants_a_word_about_failed_queries(void **state)
{
    struct buf said;
    (void)state;
    advise("service: rag-api\nowner: rag-team\nslos:\n  latency:\n    objective: p95 <= 4s\n"
           "    histogram: rag_query_duration_seconds\n",
           &said);
    assert_says(&said, "the histogram has the label code (");
    assert_says(&said, "failed: bad");
    buf_finish(&said);
}

static void a_label_that_no_series_has_is_told(void **state)
{
    struct buf said;
    (void)state;
    advise(
        "service: rag-api\nowner: rag-team\nslos:\n"
        "  status:\n    objective: 99%\n    total: rag_queries_total\n"
        "    bad: rag_queries_total{status=~\"5..\"}\n"
        "  region:\n    objective: 99%\n    total: rag_queries_total\n"
        "    bad: rag_queries_total{code=~\"5..\"}\n    by: region\n"
        "  tenants:\n    objective: 99%\n    total: rag_queries_total\n"
        "    bad: rag_queries_total{code=~\"5..\"}\n    by: tenant\n"
        "    overrides: [{match: 'tenant=\"acme\"', objective: 98%}, {match: 'tenant=\"acmee\"', objective: "
        "97%}]\n",
        &said);
    assert_says(&said,
                "a.slo.yml:7:10: warning: rag_queries_total{status=~\"5..\"} matches nothing: no series of "
                "rag_queries_total has the label status now");
    assert_says(&said,
                "region: no series of rag_queries_total has the label region, by which it is grouped, now");
    assert_says(&said, "tenants: an override is for tenant=\"acmee\", which no series has now");
    assert_null(strstr(buf_cstring(&said), "acme\""));
    buf_finish(&said);
}

static void a_selector_that_matches_nothing_is_told(void **state)
{
    struct buf said;
    (void)state;
    advise("service: rag-api\nowner: rag-team\nslos:\n  availability:\n    objective: 99.5%\n"
           "    total: rag_querys_total\n    bad: rag_querys_total{code=~\"5..\"}\n",
           &said);
    assert_says(&said, "rag_querys_total");
    assert_says(&said, "matches nothing now");
    buf_finish(&said);
}

static void a_sound_slo_gives_no_findings(void **state)
{
    struct buf said;
    (void)state;
    advise("service: rag-api\nowner: rag-team\nslos:\n  availability:\n    objective: 99.5%\n"
           "    total: rag_queries_total\n    bad: rag_queries_total{code=~\"5..\"}\n"
           "  faithfulness:\n    objective: mean >= 0.85 of 1\n    histogram: rag_faithfulness_score\n",
           &said);
    assert_string_equal(buf_cstring(&said), "");
    buf_finish(&said);
}

static void a_histogram_without_infinity_is_told(void **state)
{
    struct buf said;
    (void)state;
    trouble = (struct trouble){.kind = TROUBLE_BUCKET, .to_ms = INT64_MAX, .le = "+Inf"};
    advise("service: rag-api\nowner: rag-team\nslos:\n  latency:\n    objective: p95 <= 4s\n"
           "    histogram: rag_query_duration_seconds\n    except: code=~\"5..\"\n",
           &said);
    assert_says(&said, "no bucket le=\"+Inf\"");
    assert_null(strstr(buf_cstring(&said), "le=\"4\""));
    buf_finish(&said);
    trouble = (struct trouble){
        .kind = TROUBLE_METRIC, .to_ms = INT64_MAX, .metric = "rag_query_duration_seconds_count"};
    advise("service: rag-api\nowner: rag-team\nslos:\n  latency:\n    objective: p95 <= 4s\n"
           "    histogram: rag_query_duration_seconds\n    except: code=~\"5..\"\n",
           &said);
    assert_says(&said, "matches nothing now");
    assert_says(&said, "without it nothing can be judged");
    buf_finish(&said);
    trouble = (struct trouble){0};
}

static void the_neighbour_that_judges_is_named(void **state)
{
    struct buf said;
    (void)state;
    advise("service: rag-api\nowner: rag-team\nslos:\n  latency:\n    objective: p95 <= 3.7s\n"
           "    between_buckets: good\n"
           "    histogram: rag_query_duration_seconds\n    except: code=~\"5..\"\n",
           &said);
    assert_says(&said, "judged by 4, so that what lies between counts as good");
    buf_finish(&said);
    advise("service: rag-api\nowner: rag-team\nslos:\n  latency:\n    objective: p95 <= 0.1s\n"
           "    histogram: rag_query_duration_seconds\n    except: code=~\"5..\"\n",
           &said);
    assert_says(&said, "the nearest bound is 0.5; without one below it nothing can be judged");
    buf_finish(&said);
}

/* The roll-up's advice as the status has it: its checks, one after the other. */
static void advice_of(struct engine_world *world, struct buf *checks)
{
    struct err err;
    struct buf out;
    struct ledger_query query = {
        .id = TEXT("rag-api/latency"), .at_ms = world->now_ms, .now_ms = world->now_ms};
    struct database *reader = store_open_reader(store_path(world->store), &err);
    assert_non_null(reader);
    buf_init(&out, 16 << 20);
    buf_init(checks, 4096);
    assert_true(slo_statuses_json(reader, config_view(world->config), &query, &out, &err));
    struct json *answer = json_parse(buf_text(&out), &err);
    const struct json *advice = json_get(json_first(json_get(answer, "slos")), "advice");
    assert_true(json_is_array(advice));
    for (const struct json *one = json_first(advice); one; one = json_next(one))
        buf_printf(checks, "%s ", json_string(json_get(one, "check"), ""));
    json_free(answer);
    buf_finish(&out);
    database_close(reader);
}

static void a_running_engine_tells_it_after_a_start_and_a_reload(void **state)
{
    struct engine_world world;
    struct buf checks;
    (void)state;
    engine_world_init(&world, (struct sim_options){.seed = 1, .history_ms = 3600000, .plain_history = true});
    engine_world_write_config(&world);
    engine_world_write(&world, "a.slo.yml",
                       "service: rag-api\nowner: rag-team\nby: tenant\nslos:\n"
                       "  latency: {objective: p95 <= 3.7s, histogram: rag_query_duration_seconds}\n");
    engine_world_start(&world);
    engine_world_run(&world, WORLD_ORIGIN_MS + 2 * MINUTE_MS);
    advice_of(&world, &checks);
    assert_string_equal(buf_cstring(&checks), "source/status source/bucket ");
    buf_finish(&checks);
    engine_world_write(&world, "a.slo.yml",
                       "service: rag-api\nowner: rag-team\nby: tenant\nslos:\n"
                       "  latency: {objective: p95 <= 4s, histogram: rag_query_duration_seconds}\n");
    assert_true(engine_world_reload(&world));
    engine_world_run(&world, WORLD_ORIGIN_MS + 4 * MINUTE_MS);
    advice_of(&world, &checks);
    assert_string_equal(buf_cstring(&checks), "source/status ");
    buf_finish(&checks);
    engine_world_finish(&world);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_missing_bucket_is_named_with_its_neighbours),
        cmocka_unit_test(a_status_label_wants_a_word_about_failed_queries),
        cmocka_unit_test(a_label_that_no_series_has_is_told),
        cmocka_unit_test(a_selector_that_matches_nothing_is_told),
        cmocka_unit_test(a_sound_slo_gives_no_findings),
        cmocka_unit_test(a_histogram_without_infinity_is_told),
        cmocka_unit_test(the_neighbour_that_judges_is_named),
        cmocka_unit_test(a_running_engine_tells_it_after_a_start_and_a_reload),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
