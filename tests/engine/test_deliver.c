/* From obligations in a store to messages at the sink, with receivers that are slow, busy, wrong or gone. The
 * deliver loop's time is ours; timeouts are real. */
#include "engine/deliver.h"

#include "base/arena.h"
#include "base/buf.h"
#include "receivers/sink.h"
#include "store/outbox_rows.h"
#include "support/cmocka_headers.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#define KEY      "0123456789abcdef0123456789abcdef"
#define START_MS 1795221060000

enum { STEPS_MAX = 2000 };

struct post {
    char folder[64];
    struct buf config_path;
    struct buf store_path;
    struct sink *sink;
    struct http_server *server;
    struct config *config;
    struct current *current;
    struct store *store;
    struct emergency *emergency;
    struct counters counters;
    struct deliver *deliver;
};

static void write_config(struct post *post)
{
    int port = http_server_port(post->server);
    FILE *file = fopen(buf_cstring(&post->config_path), "w");
    assert_non_null(file);
    fprintf(file,
            "source: {simulate: {}}\n"
            "alerting:\n"
            "  receivers:\n"
            "  - name: pager\n"
            "    pagerduty_configs: [{routing_key: " KEY
            ", url: 'http://127.0.0.1:%d/v2/enqueue', timeout: 1s}]\n"
            "  - name: chat\n"
            "    slack_configs: [{api_url: 'http://127.0.0.1:%d/services/T1/B1/x', timeout: 1s}]\n"
            "  - name: wrong\n"
            "    slack_configs: [{api_url: 'http://127.0.0.1:%d/services/x'}]\n",
            port, port, port);
    fclose(file);
}

static void start_delivery(struct post *post, bool observe)
{
    struct err err = {0};
    struct deliver_options options = {.store = post->store,
                                      .current = post->current,
                                      .counters = &post->counters,
                                      .emergency = post->emergency,
                                      .observe = observe};
    deliver_free(post->deliver);
    post->deliver = deliver_new(&options, &err);
    if (!post->deliver)
        fail_msg("%s", err.message);
}

static void open_store(struct post *post)
{
    struct err err = {0};
    post->store = store_open(buf_cstring(&post->store_path), "a test", &err);
    if (!post->store)
        fail_msg("%s", err.message);
}

static int start(void **state)
{
    struct post *post = calloc(1, sizeof *post);
    struct err err = {0};
    struct findings findings;
    struct buf printed;
    findings_init(&findings);
    buf_init(&printed, 1 << 16);
    buf_init(&post->config_path, 4096);
    buf_init(&post->store_path, 4096);
    strcpy(post->folder, "/tmp/sloburn-test-XXXXXX");
    assert_non_null(mkdtemp(post->folder));
    buf_printf(&post->config_path, "%s/sloburn.yml", post->folder);
    buf_printf(&post->store_path, "%s/s.db", post->folder);
    post->sink = sink_new(&(struct sink_options){.seed = 1});
    post->server = http_server_start(
        &(struct http_server_options){.listen = "127.0.0.1:0", .handle = sink_handle, .context = post->sink},
        &err);
    assert_non_null(post->server);
    write_config(post);
    post->config = config_load(buf_cstring(&post->config_path), NULL, &findings);
    findings_print(&findings, false, &printed);
    if (!post->config)
        fail_msg("%s", buf_cstring(&printed));
    post->current = current_new(post->config);
    post->emergency = emergency_new();
    open_store(post);
    start_delivery(post, false);
    findings_finish(&findings);
    buf_finish(&printed);
    *state = post;
    return 0;
}

static int stop(void **state)
{
    static const char *const files[] = {"sloburn.yml", "s.db", "s.db-wal", "s.db-shm", "s.db.lock"};
    struct post *post = *state;
    deliver_free(post->deliver);
    store_close(post->store);
    current_free(post->current);
    config_unref(post->config);
    emergency_free(post->emergency);
    http_server_stop(post->server);
    sink_free(post->sink);
    for (size_t i = 0; i < sizeof files / sizeof files[0]; i++) {
        struct buf path;
        buf_init(&path, 4096);
        buf_printf(&path, "%s/%s", post->folder, files[i]);
        unlink(buf_cstring(&path));
        buf_finish(&path);
    }
    rmdir(post->folder);
    buf_finish(&post->config_path);
    buf_finish(&post->store_path);
    free(post);
    return 0;
}

static struct facts facts_of(const char *incident, enum fact_kind kind, int64_t slot_ms)
{
    return (struct facts){.kind = kind,
                          .incident = text_of(incident),
                          .environment = TEXT("prod"),
                          .service = TEXT("api"),
                          .subject = TEXT("availability"),
                          .severity = SEVERITY_P1,
                          .slot_ms = slot_ms,
                          .since_ms = START_MS,
                          .what = TEXT("half of all requests fail")};
}

static void oblige(struct post *post, const char *incident, enum fact_kind kind, int64_t slot_ms,
                   const char *to)
{
    struct err err;
    struct text receivers[4], rest = text_of(to);
    size_t n = 0;
    while (rest.len > 0)
        receivers[n++] = text_cut(&rest, ' ');
    struct facts facts = facts_of(incident, kind, slot_ms);
    assert_true(obligation_add(store_begin(post->store), &facts, receivers, n));
    assert_true(store_commit(post->store, &err));
}

/* Steps from `now_ms` on, whenever it wants to be called, up to `until_ms`. */
static void drive(struct post *post, int64_t now_ms, int64_t until_ms)
{
    for (int i = 0; i < STEPS_MAX; i++) {
        int64_t due_ms = deliver_step(post->deliver, now_ms);
        assert_true(due_ms >= now_ms);
        if (due_ms > until_ms)
            return;
        now_ms = due_ms;
    }
    fail_msg("still not idle after %d steps", STEPS_MAX);
}

static struct outbox_counts outbox(struct post *post)
{
    struct outbox_counts counts = outbox_count(store_begin(post->store));
    store_rollback(post->store);
    return counts;
}

static struct sink_counts pagerduty(struct post *post)
{
    return sink_counts(post->sink, SINK_PAGERDUTY);
}

static struct sink_counts slack(struct post *post)
{
    return sink_counts(post->sink, SINK_SLACK);
}

static void an_incident_reaches_each_receiver_in_order(void **state)
{
    struct post *post = *state;
    oblige(post, "one", FACT_OPEN, START_MS, "pager chat");
    oblige(post, "one", FACT_RESOLVE, START_MS + 30000, "pager chat");
    drive(post, START_MS, START_MS + 60000);
    assert_int_equal(pagerduty(post).opened, 1);
    assert_int_equal(pagerduty(post).resolved, 1);
    assert_int_equal(pagerduty(post).resolve_alone, 0);
    assert_int_equal(slack(post).opened, 1);
    assert_int_equal(slack(post).resolved, 1);
    assert_int_equal(outbox(post).delivered, 4);
    assert_int_equal(outbox(post).pending, 0);
    assert_int_equal(post->counters.deliveries, 4);
}

static void slack_gets_a_message_a_second(void **state)
{
    struct post *post = *state;
    oblige(post, "one", FACT_OPEN, START_MS, "chat");
    oblige(post, "two", FACT_OPEN, START_MS, "chat");
    drive(post, START_MS, START_MS + 900);
    assert_int_equal(slack(post).requests, 1);
    drive(post, START_MS + 60000, START_MS + 70000); /* the first may have taken a while */
    assert_int_equal(slack(post).requests, 2);
}

static void a_429_parks_the_whole_receiver_and_no_other(void **state)
{
    struct post *post = *state;
    sink_set_answer(post->sink, SINK_429, 1, 7);
    oblige(post, "one", FACT_OPEN, START_MS, "pager");
    drive(post, START_MS, START_MS);
    sink_set_answer(post->sink, SINK_OK, 0, 0);
    oblige(post, "two", FACT_OPEN, START_MS, "pager chat");
    drive(post, START_MS, START_MS + 6900);
    assert_int_equal(pagerduty(post).requests, 1);
    assert_int_equal(slack(post).opened, 1);
    drive(post, START_MS + 60000, START_MS + 70000);
    assert_int_equal(pagerduty(post).opened, 2);
}

static void errors_are_tried_again_until_it_works(void **state)
{
    struct post *post = *state;
    sink_set_answer(post->sink, SINK_500, 5, 0);
    oblige(post, "one", FACT_OPEN, START_MS, "pager");
    oblige(post, "one", FACT_RESOLVE, START_MS + 1, "pager");
    drive(post, START_MS, START_MS + 120000);
    assert_int_equal(pagerduty(post).opened, 1);
    assert_int_equal(pagerduty(post).resolved, 1);
    assert_int_equal(pagerduty(post).resolve_alone, 0);
    assert_int_equal(post->counters.deliveries_failed, 5);
}

static void an_answer_that_was_lost_opens_nothing_twice(void **state)
{
    struct post *post = *state;
    sink_set_answer(post->sink, SINK_DROP, 1, 0);
    oblige(post, "one", FACT_OPEN, START_MS, "pager");
    drive(post, START_MS, START_MS + 60000);
    assert_int_equal(pagerduty(post).opened, 1);
    assert_int_equal(pagerduty(post).opened_again, 1);
    assert_int_equal(outbox(post).pending, 0);
}

static void a_receiver_that_hangs_does_not_hold_up_the_others(void **state)
{
    struct post *post = *state;
    sink_set_answer(post->sink, SINK_HANG, 1, 0);
    oblige(post, "one", FACT_OPEN, START_MS, "pager");
    oblige(post, "two", FACT_OPEN, START_MS, "pager chat");
    drive(post, START_MS, START_MS + 60000);
    assert_int_equal(slack(post).opened, 1);
    assert_int_equal(pagerduty(post).opened, 2);
    assert_int_equal(outbox(post).pending, 0);
}

static void what_is_refused_for_good_goes_to_the_dead_letters(void **state)
{
    struct post *post = *state;
    oblige(post, "one", FACT_OPEN, START_MS, "wrong gone pager");
    drive(post, START_MS, START_MS + 10000);
    assert_int_equal(outbox(post).dead, 2);
    assert_int_equal(outbox(post).delivered, 1);
    assert_int_equal(outbox(post).pending, 0);
    assert_int_equal(post->counters.deliveries_dead, 2);
}

static void what_was_in_flight_when_the_process_died_is_sent_again(void **state)
{
    struct post *post = *state;
    struct outbox_item item;
    struct arena arena;
    struct err err;
    arena_init(&arena, 0);
    oblige(post, "one", FACT_OPEN, START_MS, "pager");
    struct database *db = store_begin(post->store);
    assert_int_equal(obligations_expand(db, START_MS, 10), 1);
    assert_true(outbox_take(db, START_MS, NULL, 0, &arena, &item));
    assert_true(store_commit(post->store, &err)); /* in flight, and nobody settles it */
    drive(post, START_MS, START_MS + 1000);
    assert_int_equal(pagerduty(post).requests, 0);
    deliver_free(post->deliver);
    post->deliver = NULL;
    store_close(post->store);
    open_store(post);
    start_delivery(post, false);
    drive(post, START_MS, START_MS + 1000);
    assert_int_equal(pagerduty(post).opened, 1);
    assert_int_equal(outbox(post).delivered, 1);
    arena_finish(&arena);
}

static void observing_sends_nothing_and_loses_nothing(void **state)
{
    struct post *post = *state;
    start_delivery(post, true);
    oblige(post, "one", FACT_OPEN, START_MS, "pager chat");
    drive(post, START_MS, START_MS + 5000);
    assert_int_equal(pagerduty(post).requests, 0);
    assert_int_equal(slack(post).requests, 0);
    assert_int_equal(outbox(post).pending, 2);
    start_delivery(post, false);
    drive(post, START_MS + 6000, START_MS + 9000);
    assert_int_equal(pagerduty(post).opened, 1);
    assert_int_equal(slack(post).opened, 1);
}

static void what_could_not_be_stored_is_sent_all_the_same(void **state)
{
    struct post *post = *state;
    struct facts facts = facts_of("one", FACT_OPEN, START_MS);
    sink_set_answer(post->sink, SINK_500, 2, 0);
    assert_true(emergency_put(post->emergency, &facts, TEXT("pager"), false));
    assert_true(emergency_put(post->emergency, &facts, TEXT("pager"), false)); /* the same: taken once */
    assert_false(emergency_has_delivered(post->emergency, &facts, TEXT("pager")));
    drive(post, START_MS, START_MS + 600000);
    assert_int_equal(pagerduty(post).opened, 1);
    assert_int_equal(post->counters.emergency_deliveries, 1);
    assert_true(emergency_has_delivered(post->emergency, &facts, TEXT("pager")));
    oblige(post, "one", FACT_OPEN, START_MS, "pager chat"); /* the store is back */
    obligation_met(store_begin(post->store), &facts, TEXT("pager"));
    struct err err;
    assert_true(store_commit(post->store, &err));
    drive(post, START_MS + 600000, START_MS + 660000);
    assert_int_equal(pagerduty(post).requests, 3);
    assert_int_equal(slack(post).opened, 1);
}

static void while_nothing_is_stored_nobody_hears_the_end_of_what_he_was_not_told(void **state)
{
    struct post *post = *state;
    struct facts open = facts_of("one", FACT_OPEN, START_MS);
    struct facts over = facts_of("one", FACT_RESOLVE, START_MS + 60000);
    assert_true(emergency_put(post->emergency, &over, TEXT("pager"), false));
    drive(post, START_MS, START_MS + 5000);
    assert_int_equal(pagerduty(post).requests, 0);
    assert_true(emergency_put(post->emergency, &open, TEXT("pager"), false));
    assert_true(emergency_put(post->emergency, &over, TEXT("pager"), false));
    assert_true(emergency_put(post->emergency, &over, TEXT("chat"), true));
    drive(post, START_MS + 5000, START_MS + 10000);
    assert_int_equal(pagerduty(post).opened, 1);
    assert_int_equal(pagerduty(post).resolved, 1);
    assert_int_equal(slack(post).requests, 1);
}

static bool aborted_at_once(void *context)
{
    (void)context;
    return true;
}

static void a_stop_ends_a_hanging_request_and_the_message_stays(void **state)
{
    struct post *post = *state;
    struct err err;
    struct deliver_options options = {.store = post->store,
                                      .current = post->current,
                                      .counters = &post->counters,
                                      .emergency = post->emergency,
                                      .aborted = aborted_at_once};
    deliver_free(post->deliver);
    post->deliver = deliver_new(&options, &err);
    sink_set_answer(post->sink, SINK_HANG, 0, 0);
    oblige(post, "one", FACT_OPEN, START_MS, "pager");
    deliver_step(post->deliver, START_MS);
    assert_int_equal(outbox(post).pending, 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(an_incident_reaches_each_receiver_in_order, start, stop),
        cmocka_unit_test_setup_teardown(slack_gets_a_message_a_second, start, stop),
        cmocka_unit_test_setup_teardown(a_429_parks_the_whole_receiver_and_no_other, start, stop),
        cmocka_unit_test_setup_teardown(errors_are_tried_again_until_it_works, start, stop),
        cmocka_unit_test_setup_teardown(an_answer_that_was_lost_opens_nothing_twice, start, stop),
        cmocka_unit_test_setup_teardown(a_receiver_that_hangs_does_not_hold_up_the_others, start, stop),
        cmocka_unit_test_setup_teardown(what_is_refused_for_good_goes_to_the_dead_letters, start, stop),
        cmocka_unit_test_setup_teardown(what_was_in_flight_when_the_process_died_is_sent_again, start, stop),
        cmocka_unit_test_setup_teardown(observing_sends_nothing_and_loses_nothing, start, stop),
        cmocka_unit_test_setup_teardown(what_could_not_be_stored_is_sent_all_the_same, start, stop),
        cmocka_unit_test_setup_teardown(while_nothing_is_stored_nobody_hears_the_end_of_what_he_was_not_told,
                                        start, stop),
        cmocka_unit_test_setup_teardown(a_stop_ends_a_hanging_request_and_the_message_stays, start, stop),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
