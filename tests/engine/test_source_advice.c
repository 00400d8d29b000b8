/* What check --source finds, against the simulated service. */
#include "engine/source_advice.h"

#include "base/buf.h"
#include "support/cmocka_headers.h"
#include "support/engine_world.h"

#include <string.h>

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

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_missing_bucket_is_named_with_its_neighbours),
        cmocka_unit_test(a_status_label_wants_a_word_about_failed_queries),
        cmocka_unit_test(a_selector_that_matches_nothing_is_told),
        cmocka_unit_test(a_sound_slo_gives_no_findings),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
