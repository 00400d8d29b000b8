/* Budgets that evaluations keep in memory are, to the unit and in every member, what the store gives for the
 * same slot: after restarts, gaps, blindness, recounts and corrections, over the ends of days and months and
 * where clocks change; and an ordinary evaluation reads nothing. */
#include "support/cmocka_headers.h"

#include "base/duration.h"
#include "base/json.h"
#include "engine/corrections.h"
#include "engine/ledger_query.h"
#include "store/audit_rows.h"
#include "support/engine_world.h"
#include "support/service_world.h"

#include <stdlib.h>

enum { SEEDS = 4, EVENTS = 14, WINDOWS_MOST = 6 };

static const char slo_file[] = "service: rag-api\n"
                               "owner: rag-team\n"
                               "window: [7d, 1h, month America/New_York, week UTC, day Asia/Seoul, 30d]\n"
                               "slos:\n"
                               "  availability:\n"
                               "    objective: 99.5%\n"
                               "    by: tenant\n"
                               "    total: rag_queries_total\n"
                               "    bad: rag_queries_total{code=~\"5..\"}\n"
                               "  cost:\n"
                               "    objective: mean <= ₩10\n"
                               "    sum: rag_cost_krw_total\n"
                               "    count: rag_queries_total{code=\"200\"}\n";

/* What is compared, and how often it was. */
struct watch {
    const struct config_view *view;
    struct database *reader;
    int compared;
    int skipped;
    int amended; /* rows of the audit that tell of sealed minutes */
};

static struct json *parsed(struct buf *text)
{
    struct err err;
    struct json *json = json_parse(buf_text(text), &err);
    if (!json)
        fail_msg("%s", err.message);
    buf_finish(text);
    return json;
}

static void count_row(void *context, int64_t at_ms, struct text actor, struct text action,
                      struct text subject, struct text detail)
{
    (void)at_ms;
    (void)actor;
    (void)subject;
    (void)detail;
    *(int *)context += text_is(action, "recount") || text_is(action, "spread");
}

static struct json *statuses(const struct watch *watch, int64_t slot_ms)
{
    struct ledger_query all = {.now_ms = slot_ms, .at_ms = slot_ms};
    struct buf text;
    struct err err;
    buf_init(&text, 16 << 20);
    assert_true(slo_statuses_json(watch->reader, watch->view, &all, &text, &err));
    return parsed(&text);
}

static struct json *ledger(const struct watch *watch, int64_t slot_ms, const char *window)
{
    struct ledger_query query = {.now_ms = slot_ms, .at_ms = slot_ms, .window = text_of(window)};
    struct buf text;
    struct err err;
    buf_init(&text, 16 << 20);
    if (!ledger_query_json(watch->reader, watch->view, &query, &text, &err))
        fail_msg("%s", err.message);
    return parsed(&text);
}

static int64_t whole(const struct json *json, const char *name)
{
    return (int64_t)json_number(json_get(json, name), -1);
}

static void compare_windows(const struct json *said, const struct json *booked, int64_t slot_ms)
{
    struct buf a, b;
    buf_init(&a, 1 << 16);
    buf_init(&b, 1 << 16);
    json_print(said, &a);
    json_print(booked, &b);
    if (!text_eq(buf_text(&a), buf_text(&b)))
        fail_msg("at slot %lld the status says\n%s\nthe ledger\n%s", (long long)slot_ms, buf_cstring(&a),
                 buf_cstring(&b));
    buf_finish(&a);
    buf_finish(&b);
}

/* Statuses and ledger of the last slot. What a recount changed since, and what a change amended, is there at
 * the next slot. */
static void compare(struct watch *watch, int64_t slot_ms)
{
    int amended = 0;
    struct json *said = statuses(watch, slot_ms);
    const struct json *list = json_get(said, "slos");
    audit_each(watch->reader, 0, 100000, count_row, &amended);
    bool still = amended == watch->amended;
    watch->amended = amended;
    const struct json *windows = json_get(json_item(list, 0), "windows");
    for (size_t w = 0; w < json_length(windows); w++) {
        struct json *booked =
            ledger(watch, slot_ms, json_string(json_get(json_item(windows, w), "name"), ""));
        assert_int_equal(json_length(json_get(booked, "slos")), json_length(list));
        for (size_t i = 0; i < json_length(list); i++) {
            const struct json *status = json_item(list, i);
            const struct json *slo = json_item(json_get(booked, "slos"), i);
            assert_string_equal(json_string(json_get(status, "id"), ""),
                                json_string(json_get(slo, "id"), "?"));
            if (!still || whole(status, "slot_ms") != slot_ms ||
                whole(status, "budgets_as_of_ms") != slot_ms) {
                watch->skipped++;
                continue;
            }
            compare_windows(json_item(json_get(status, "windows"), w), json_get(slo, "window"), slot_ms);
            watch->compared++;
        }
        json_free(booked);
    }
    json_free(said);
}

static void watch_begin(struct watch *watch, const struct config *config)
{
    struct err err;
    *watch = (struct watch){.view = config_view(config)};
    watch->reader = store_open_reader(watch->view->store_path.at, &err);
    if (!watch->reader)
        fail_msg("%s", err.message);
}

static void watch_end(struct watch *watch)
{
    database_close(watch->reader);
    if (watch->compared < 20 * watch->skipped)
        fail_msg("%d compared, %d skipped", watch->compared, watch->skipped);
}

static void correct(struct engine_world *world, uint64_t dice)
{
    struct err err;
    int64_t id = 0;
    struct correction_request request = {.slo = TEXT("rag-api/availability"),
                                         .from = TEXT("2026-11-01T20:00:00Z"),
                                         .to = dice & 1 ? TEXT("2026-11-02T00:00:00Z")
                                                        : TEXT("2026-11-01T23:59:00Z"),
                                         .kind = TEXT("exclusion"),
                                         .reason = TEXT("the data base moved"),
                                         .author = TEXT("mina"),
                                         .approver = TEXT("joon"),
                                         .actor = TEXT("mina")};
    const struct config_view *view = config_view(world->config);
    if (!correct_add(world->store, view, &request, world->now_ms, &id, &err))
        fail_msg("%s", err.message);
    if (dice & 2)
        assert_true(correct_revoke(world->store, view, id, &request, world->now_ms, &err));
}

/* Objectives change in mid-window; those of tenants with them, or by an override. */
static void change_objectives(struct engine_world *world, uint64_t dice)
{
    static const char *const objectives[][2] = {
        {"99.5%", "mean <= ₩10"}, {"99.9%", "mean <= ₩12"}, {"99%", "mean <= ₩8.5"}};
    struct buf file;
    buf_init(&file, 1 << 16);
    buf_printf(&file,
               "service: rag-api\nowner: rag-team\n"
               "window: [7d, 1h, month America/New_York, week UTC, day Asia/Seoul, 30d]\nslos:\n"
               "  availability:\n    objective: %s\n    by: tenant\n    total: rag_queries_total\n"
               "    bad: rag_queries_total{code=~\"5..\"}\n%s"
               "  cost:\n    objective: %s\n    sum: rag_cost_krw_total\n"
               "    count: rag_queries_total{code=\"200\"}\n",
               objectives[dice % 3][0],
               dice & 16 ? "    overrides:\n      - match: tenant=\"acme\"\n        objective: 98%\n" : "",
               objectives[dice / 3 % 3][1]);
    engine_world_write(world, "a.slo.yml", buf_cstring(&file));
    buf_finish(&file);
    assert_true(engine_world_reload(world));
}

static void restart(struct engine_world *world, struct watch *watch, int64_t after_ms)
{
    struct watch kept = *watch;
    engine_world_stop(world);
    database_close(watch->reader);
    world->now_ms += after_ms;
    engine_world_start(world);
    watch_begin(watch, world->config);
    watch->compared = kept.compared;
    watch->skipped = kept.skipped;
    watch->amended = kept.amended;
}

static uint64_t throw(uint64_t * random)
{
    *random ^= *random << 13, *random ^= *random >> 7, *random ^= *random << 17;
    return *random >> 8;
}

static void something_happens(struct engine_world *world, struct watch *watch, uint64_t *random)
{
    static const enum trouble_kind kinds[] = {TROUBLE_BLIND, TROUBLE_GONE, TROUBLE_ABSENT, TROUBLE_RELABEL,
                                              TROUBLE_PARTIAL};
    uint64_t dice = throw(random);
    int64_t minutes = (int64_t)(throw(random) % 12) + 1;
    if (dice % 5 == 4) {
        change_objectives(world, dice >> 8);
        watch->view = config_view(world->config);
    } else if (dice % 4 == 0)
        restart(world, watch, (dice & 64) ? minutes * 17 * MINUTE_MS : 0);
    else if (dice % 4 == 1)
        correct(world, dice >> 8);
    else
        scripted_source_add(world->source, (struct trouble){.kind = kinds[throw(random) % 5],
                                                            .from_ms = world->now_ms,
                                                            .to_ms = world->now_ms + minutes * MINUTE_MS});
}

static void run_compared(struct engine_world *world, struct watch *watch, int slots)
{
    for (int i = 0; i < slots; i++) {
        engine_world_run(world, world->now_ms + 30000);
        compare(watch, world->now_ms - world->now_ms % 30000);
    }
}

static void a_random_history(uint64_t seed)
{
    struct engine_world world;
    struct watch watch;
    uint64_t random = seed * 0x9e3779b97f4a7c15ULL;
    engine_world_init(&world,
                      (struct sim_options){.seed = seed, .history_ms = 10 * DAY_MS, .plain_history = true});
    engine_world_write_config(&world);
    engine_world_write(&world, "a.slo.yml", slo_file);
    engine_world_start(&world);
    engine_world_run(&world, world.now_ms + MINUTE_MS);
    watch_begin(&watch, world.config);
    for (int i = 0; i < EVENTS; i++) {
        something_happens(&world, &watch, &random);
        run_compared(&world, &watch, 10 + (int)(throw(&random) % 10));
    }
    watch_end(&watch);
    engine_world_finish(&world);
}

static void memory_equals_the_store_whatever_happens(void **state)
{
    (void)state;
    for (uint64_t seed = 1; seed <= SEEDS; seed++)
        a_random_history(seed);
}

/* In the order in which statuses are told. */
static const char tenants_file[] = "service: rag-api\n"
                                   "owner: rag-team\n"
                                   "window: [7d, month Asia/Seoul]\n"
                                   "by: tenant\n"
                                   "max_groups: 300\n"
                                   "slos:\n"
                                   "  availability:\n"
                                   "    objective: 99.5%\n"
                                   "    total: rag_queries_total\n"
                                   "    bad: rag_queries_total{code=~\"5..\"}\n"
                                   "  cost:\n"
                                   "    objective: mean <= ₩10\n"
                                   "    sum: rag_cost_krw_total\n"
                                   "    count: rag_queries_total{code=\"200\"}\n"
                                   "  faithfulness:\n"
                                   "    objective: mean >= 0.85 of 1\n"
                                   "    histogram: rag_faithfulness_score\n"
                                   "  latency:\n"
                                   "    objective: p95 <= 4s\n"
                                   "    histogram: rag_query_duration_seconds\n";

static void memory_equals_the_store_for_200_tenants(void **state)
{
    (void)state;
    struct engine_world world;
    struct watch watch;
    engine_world_init(&world,
                      (struct sim_options){.seed = 9, .history_ms = 6 * HOUR_MS, .plain_history = true});
    engine_world_write_config(&world);
    engine_world_write(&world, "a.slo.yml", tenants_file);
    scripted_source_set_tenants(world.source, 200);
    engine_world_start(&world);
    engine_world_run(&world, world.now_ms + MINUTE_MS);
    watch_begin(&watch, world.config);
    for (int i = 0; i < 2; i++) {
        engine_world_run(&world, world.now_ms + 4 * MINUTE_MS); /* statuses are stored once a minute */
        compare(&watch, world.now_ms - world.now_ms % MINUTE_MS);
        restart(&world, &watch, 0);
    }
    assert_int_equal(watch.compared, 2 * 2 * 4 * 201);
    watch_end(&watch);
    engine_world_finish(&world);
}

/* Hours around such a moment, with five weeks of history before. Minutes of the day before come late and are
 * counted again an hour after. */
static void over_an_end(int64_t end_ms, const char *windows)
{
    struct service_world world;
    struct watch watch;
    int64_t begin_ms = end_ms - 90 * MINUTE_MS;
    assert_true(service_world_init(&world, 2, windows, begin_ms - 36 * DAY_MS, begin_ms));
    service_source_hide(world.source, end_ms - 20 * MINUTE_MS, end_ms - 10 * MINUTE_MS);
    service_world_run(&world, begin_ms);
    watch_begin(&watch, world.config);
    while (world.now_ms < end_ms + 90 * MINUTE_MS) {
        if (world.now_ms == end_ms + 30 * MINUTE_MS)
            service_source_hide(world.source, 0, 0);
        int64_t slot_ms = world.now_ms;
        service_world_run(&world, slot_ms);
        bool near = slot_ms > end_ms - 9 * MINUTE_MS && slot_ms < end_ms + 9 * MINUTE_MS;
        if (near || slot_ms % (5 * MINUTE_MS) < MINUTE_MS)
            compare(&watch, slot_ms);
    }
    assert_true(watch.amended > 0);
    watch_end(&watch);
    service_world_finish(&world);
}

static void memory_equals_the_store_over_the_ends_of_periods(void **state)
{
    (void)state;
    /* 2026-03-01T00:00Z: day, month; week of Monday 2026-03-02 in Auckland begins 11:00Z the day before */
    over_an_end(1772323200000, "[28d, month UTC, day UTC, 2h, quarter UTC, 12h]");
    /* 2026-03-31T15:00Z: April begins in Seoul */
    over_an_end(1774969200000, "[7d, month Asia/Seoul, quarter Asia/Seoul, week UTC]");
    /* 2026-03-29T01:00Z: Berlin's clocks go from 02:00 to 03:00 */
    over_an_end(1774746000000, "[1d, day Europe/Berlin, week Europe/Berlin, month Europe/Berlin]");
    /* 2026-03-29T22:00Z: Berlin's week begins after a Sunday of 23 hours */
    over_an_end(1774821600000, "[week Europe/Berlin, day Europe/Berlin, 30d]");
}

static void an_ordinary_evaluation_reads_nothing(void **state)
{
    (void)state;
    struct service_world world;
    int64_t now_ms = 20500 * DAY_MS + 9 * HOUR_MS;
    assert_true(service_world_init(&world, 60, "[30d, 7d, month Asia/Seoul, week UTC]", now_ms - 40 * DAY_MS,
                                   now_ms));
    service_world_run(&world, now_ms + 10 * MINUTE_MS);
    struct database *writer = store_begin(world.store);
    int64_t written_with = db_reads(writer);
    store_rollback(world.store);
    long long before = atomic_load(&world.counters.evaluation_reads);
    long long evaluations = atomic_load(&world.counters.evaluations);
    long long between = atomic_load(&world.counters.engine_reads);
    service_world_run(&world, now_ms + 6 * HOUR_MS);
    assert_true(atomic_load(&world.counters.evaluations) - evaluations >= 700);
    assert_int_equal(atomic_load(&world.counters.evaluation_reads) - before, 0);
    writer = store_begin(world.store);
    long long writer_reads = db_reads(writer) - written_with;
    store_rollback(world.store);
    if (writer_reads > 100) /* the hourly search for unseen minutes and upkeep remember where they are */
        fail_msg("%lld reads while writing", writer_reads);
    /* What leaves the windows is read ahead, a few times a day: six edges an SLO here. */
    long long ahead = atomic_load(&world.counters.engine_reads) - between;
    if (ahead > 60 * 6 * 2 * 3 + 1000)
        fail_msg("%lld reads between evaluations", ahead);
    service_world_finish(&world);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(memory_equals_the_store_whatever_happens),
        cmocka_unit_test(memory_equals_the_store_for_200_tenants),
        cmocka_unit_test(memory_equals_the_store_over_the_ends_of_periods),
        cmocka_unit_test(an_ordinary_evaluation_reads_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
