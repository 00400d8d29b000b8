/* What happens to incidents when the files change: nobody is left with a page that nothing will ever end, and
 * owners hear of files that are refused. */
#include "support/cmocka_headers.h"

#include "base/arena.h"
#include "base/duration.h"
#include "store/outbox_rows.h"
#include "support/engine_world.h"

static const char slos[] = "service: rag-api\n"
                           "owner: rag-team\n"
                           "slos:\n"
                           "  availability:\n"
                           "    objective: 99.5%\n"
                           "    total: rag_queries_total\n"
                           "    bad: rag_queries_total{code=~\"5..\"}\n"
                           "    by: tenant\n";
static const char other_query[] = "service: rag-api\n"
                                  "owner: rag-team\n"
                                  "slos:\n"
                                  "  availability:\n"
                                  "    objective: 99.5%\n"
                                  "    total: rag_queries_total\n"
                                  "    bad: rag_queries_total{code=\"500\"}\n";
static const char other_target[] = "service: rag-api\n"
                                   "owner: rag-team\n"
                                   "slos:\n"
                                   "  availability:\n"
                                   "    objective: 99.6%\n"
                                   "    total: rag_queries_total\n"
                                   "    bad: rag_queries_total{code=~\"5..\"}\n"
                                   "    by: tenant\n";
static const char renamed[] = "service: rag-api\n"
                              "owner: rag-team\n"
                              "slos:\n"
                              "  success:\n"
                              "    was: availability\n"
                              "    objective: 99.5%\n"
                              "    total: rag_queries_total\n"
                              "    bad: rag_queries_total{code=~\"5..\"}\n"
                              "    by: tenant\n";
static const char no_slos[] = "service: other\nslos:\n  composed:\n    composite: {worst: [a, b]}\n";
static const char rules[] = "groups:\n- name: g\n  rules:\n  - alert: Always\n    expr: vector(1)\n"
                            "    labels: {owner: rag-team, severity: page}\n";
static const char other_rules[] = "groups:\n- name: g\n  rules:\n  - alert: Never\n    expr: vector(1) > 1\n";

static void begin(struct engine_world *world)
{
    struct err err;
    engine_world_init(world, (struct sim_options){.seed = 1, .history_ms = DAY_MS, .plain_history = true});
    engine_world_write(world, "sloburn.yml",
                       "environment: prod\n"
                       "source: {prometheus: {url: 'http://127.0.0.1:9'}}\n"
                       "store: {path: s.db}\n"
                       "slo_files: ['*.slo.yml']\n"
                       "rule_files: ['*.rules.yml']\n"
                       "owners: {rag-team: {page: [chat], ticket: [chat]}}\n"
                       "alerting: {receivers: [{name: chat, slack_configs: "
                       "[{api_url: 'http://127.0.0.1:9/services/x'}]}]}\n");
    engine_world_write(world, "a.slo.yml", slos);
    engine_world_write(world, "a.rules.yml", other_rules);
    engine_world_start(world);
    engine_world_run(world, WORLD_ORIGIN_MS + HOUR_MS);
    assert_true(sim_start_incident(world->sim, WORLD_ORIGIN_MS + HOUR_MS, &err));
}

static void take_up(struct engine_world *world, const char *name, const char *content)
{
    engine_world_write(world, name, content);
    assert_true(engine_world_reload(world));
}

struct tally {
    const char *subject;
    int open, closed;
    struct text what; /* of the last met */
};

static void tally_one(void *context, const struct incident_row *row)
{
    struct tally *tally = context;
    if (!text_is(row->facts.subject, tally->subject) || row->facts.kind == FACT_SUMMARY)
        return;
    *(row->closed_ms ? &tally->closed : &tally->open) += 1;
    tally->what = row->facts.what;
}

/* How many incidents of a subject are open and closed; the last one's words have `what` in them. */
static void incidents_are(const struct engine_world *world, const char *subject, int open, int closed,
                          const char *what)
{
    struct arena arena;
    struct tally tally = {.subject = subject};
    struct database *reader = engine_world_reader(world);
    arena_init(&arena, 0);
    incidents_each(reader, 0, 100, &arena, tally_one, &tally);
    assert_int_equal(tally.open, open);
    assert_int_equal(tally.closed, closed);
    if (!text_contains(tally.what, text_of(what)))
        fail_msg("\"%.*s\" has no \"%s\"", TEXT_ARG(tally.what), what);
    arena_finish(&arena);
    database_close(reader);
}

static void an_slo_that_left_takes_its_page_along_and_pages_anew_when_it_is_back(void **state)
{
    (void)state;
    struct engine_world world;
    begin(&world);
    engine_world_run(&world, WORLD_ORIGIN_MS + HOUR_MS + 5 * MINUTE_MS);
    incidents_are(&world, "availability", 1, 0, "queries failed");
    take_up(&world, "a.slo.yml", other_target); /* the same ledger: the page stays */
    engine_world_run(&world, world.now_ms + MINUTE_MS);
    incidents_are(&world, "availability", 1, 0, "queries failed");
    take_up(&world, "a.slo.yml", no_slos);
    incidents_are(&world, "availability", 0, 1, "nobody looks at this any more");
    engine_world_run(&world, world.now_ms + MINUTE_MS);
    take_up(&world, "a.slo.yml", slos);
    engine_world_run(&world, world.now_ms + 2 * MINUTE_MS);
    incidents_are(&world, "availability", 1, 1, "");
    engine_world_finish(&world);
}

static void another_query_ends_what_the_old_ledger_had_open(void **state)
{
    (void)state;
    struct engine_world world;
    begin(&world);
    engine_world_run(&world, WORLD_ORIGIN_MS + HOUR_MS + 5 * MINUTE_MS);
    take_up(&world, "a.slo.yml", other_query);
    incidents_are(&world, "availability", 0, 1, "nobody looks at this any more");
    engine_world_finish(&world);
}

static void a_page_moves_to_the_new_name_of_its_slo(void **state)
{
    (void)state;
    struct engine_world world;
    begin(&world);
    engine_world_run(&world, WORLD_ORIGIN_MS + HOUR_MS + 3 * MINUTE_MS);
    incidents_are(&world, "availability", 1, 0, "queries failed");
    take_up(&world, "a.slo.yml", renamed);
    incidents_are(&world, "availability", 0, 1, "nobody looks at this any more");
    engine_world_run(&world, world.now_ms + MINUTE_MS);
    incidents_are(&world, "success", 1, 0, "queries failed");
    assert_true(engine_world_reload(&world)); /* was: still stands there */
    engine_world_run(&world, WORLD_ORIGIN_MS + 3 * HOUR_MS);
    incidents_are(&world, "success", 4, 1, ""); /* the page is over, tickets tell what the day has lost */
    engine_world_finish(&world);
}

static void a_rule_that_left_takes_its_page_along_and_pages_anew_when_it_is_back(void **state)
{
    (void)state;
    struct engine_world world;
    begin(&world);
    take_up(&world, "a.rules.yml", rules);
    engine_world_run(&world, world.now_ms + 2 * MINUTE_MS);
    incidents_are(&world, "Always", 1, 0, "");
    take_up(&world, "a.rules.yml", other_rules);
    incidents_are(&world, "Always", 0, 1, "nobody looks at this any more");
    take_up(&world, "a.rules.yml", rules);
    engine_world_run(&world, world.now_ms + 2 * MINUTE_MS);
    incidents_are(&world, "Always", 1, 1, "");
    engine_world_finish(&world);
}

static void the_owner_of_a_refused_file_is_told_once_and_that_it_is_read_again(void **state)
{
    (void)state;
    struct engine_world world;
    begin(&world);
    engine_world_run(&world, WORLD_ORIGIN_MS + HOUR_MS + 5 * MINUTE_MS);
    const struct config *last_good = world.config;
    take_up(&world, "a.slo.yml", "service: rag-api\nslos:\n  availability: {objective: 99.5}\n");
    incidents_are(&world, "file refused", 1, 0, "its last good version goes on. The first: 3:");
    incidents_are(&world, "availability", 1, 0, "queries failed");
    assert_true(engine_world_reload(&world));
    const struct config_view *view = config_view(world.config);
    for (size_t i = 0; i < view->n_files; i++) /* it alone is kept, not each configuration since */
        assert_ptr_equal(view->files[i].home, view->files[i].refused ? last_good : NULL);
    engine_world_stop(&world);
    engine_world_start(&world); /* now nothing of it is known: what is open stays open */
    incidents_are(&world, "file refused", 1, 0, "");
    incidents_are(&world, "availability", 1, 0, "queries failed");
    take_up(&world, "a.slo.yml", slos);
    incidents_are(&world, "file refused", 0, 1, "is read again");
    incidents_are(&world, "availability", 1, 0, "queries failed");
    engine_world_finish(&world);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_slo_that_left_takes_its_page_along_and_pages_anew_when_it_is_back),
        cmocka_unit_test(another_query_ends_what_the_old_ledger_had_open),
        cmocka_unit_test(a_page_moves_to_the_new_name_of_its_slo),
        cmocka_unit_test(a_rule_that_left_takes_its_page_along_and_pages_anew_when_it_is_back),
        cmocka_unit_test(the_owner_of_a_refused_file_is_told_once_and_that_it_is_read_again),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
