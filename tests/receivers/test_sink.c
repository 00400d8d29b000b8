/* Messages over the wire: receiver_send against the sink, well and misbehaving, and what the sink knows
 * afterwards. */
#include "receivers/receiver.h"
#include "receivers/sink.h"

#include "base/arena.h"
#include "base/yaml.h"
#include "support/cmocka_headers.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#define KEY "0123456789abcdef0123456789abcdef"

struct wire {
    struct sink *sink;
    struct http_server *server;
    struct arena arena;
    struct findings findings;
    struct receivers receivers;
    char folder[64];
    struct buf key_path;
};

static void write_key(struct wire *wire, const char *key)
{
    FILE *file = fopen(buf_cstring(&wire->key_path), "w");
    assert_non_null(file);
    fputs(key, file);
    fclose(file);
    chmod(buf_cstring(&wire->key_path), 0600);
}

static int start(void **state)
{
    struct wire *wire = calloc(1, sizeof *wire);
    struct err err = {0};
    struct buf yaml;
    struct yaml_node **docs;
    size_t n;
    buf_init(&yaml, 4096);
    buf_init(&wire->key_path, 4096);
    strcpy(wire->folder, "/tmp/sloburn-test-XXXXXX");
    assert_non_null(mkdtemp(wire->folder));
    buf_printf(&wire->key_path, "%s/key", wire->folder);
    write_key(wire, KEY "\n");
    wire->sink = sink_new(&(struct sink_options){.seed = 1});
    wire->server = http_server_start(
        &(struct http_server_options){.listen = "127.0.0.1:0", .handle = sink_handle, .context = wire->sink},
        &err);
    assert_non_null(wire->server);
    int port = http_server_port(wire->server);
    buf_printf(&yaml,
               "- name: pager\n"
               "  pagerduty_configs: [{routing_key: " KEY
               ", url: 'http://127.0.0.1:%d/v2/enqueue', timeout: 1s}]\n"
               "- name: filed\n"
               "  pagerduty_configs: [{routing_key_file: %s, url: 'http://127.0.0.1:%d/v2/enqueue'}]\n"
               "- name: chat\n"
               "  slack_configs: [{api_url: 'http://127.0.0.1:%d/services/T1/B1/geheim', timeout: 1s}]\n"
               "- name: silent\n"
               "  slack_configs: [{api_url: 'http://127.0.0.1:%d/services/T1/B2/x', send_resolved: false}]\n"
               "- name: wrong\n"
               "  slack_configs: [{api_url: 'http://127.0.0.1:%d/services/geheim'}]\n"
               "- name: nowhere\n"
               "  slack_configs: [{api_url: 'http://127.0.0.1:1/services/T1/B1/geheim'}]\n",
               port, buf_cstring(&wire->key_path), port, port, port, port);
    arena_init(&wire->arena, 0);
    findings_init(&wire->findings);
    assert_true(yaml_parse(buf_text(&yaml), "t.yml", &wire->arena, &docs, &n, &wire->findings));
    assert_true(receivers_read(docs[0], "t.yml", &wire->arena, &wire->receivers, &wire->findings));
    buf_finish(&yaml);
    *state = wire;
    return 0;
}

static int stop(void **state)
{
    struct wire *wire = *state;
    http_server_stop(wire->server);
    sink_free(wire->sink);
    findings_finish(&wire->findings);
    arena_finish(&wire->arena);
    unlink(buf_cstring(&wire->key_path));
    rmdir(wire->folder);
    buf_finish(&wire->key_path);
    free(wire);
    return 0;
}

static struct facts facts_of(enum fact_kind kind)
{
    return (struct facts){.kind = kind,
                          .incident = TEXT("prod/api/availability/page/1"),
                          .service = TEXT("api"),
                          .subject = TEXT("availability"),
                          .severity = SEVERITY_P1,
                          .what = TEXT("half of all requests fail"),
                          .runbook = TEXT("https://runbooks.example/x")};
}

static struct delivery send(struct wire *wire, const char *id, enum fact_kind kind)
{
    struct facts facts = facts_of(kind);
    struct delivery delivery;
    const struct receiver *receiver = receiver_find(&wire->receivers, text_of(id));
    assert_non_null(receiver);
    receiver_send(receiver, &facts, NULL, NULL, &delivery);
    assert_null(strstr(delivery.err.message, "geheim"));
    assert_null(strstr(delivery.err.message, KEY));
    return delivery;
}

static void an_incident_is_opened_and_resolved_once(void **state)
{
    struct wire *wire = *state;
    assert_int_equal(send(wire, "pager", FACT_OPEN).outcome, DELIVERED);
    assert_int_equal(send(wire, "pager", FACT_UPDATE).outcome, DELIVERED);
    assert_int_equal(sink_counts(wire->sink, SINK_PAGERDUTY).open_now, 1);
    assert_int_equal(send(wire, "pager", FACT_RESOLVE).outcome, DELIVERED);
    struct delivery summary = send(wire, "pager", FACT_SUMMARY);
    assert_int_equal(summary.outcome, DELIVERED);
    assert_int_equal(summary.http_status, 0);
    struct sink_counts counts = sink_counts(wire->sink, SINK_PAGERDUTY);
    assert_int_equal(counts.requests, 3);
    assert_int_equal(counts.opened, 1);
    assert_int_equal(counts.opened_again, 1);
    assert_int_equal(counts.opened_twice, 0);
    assert_int_equal(counts.resolved, 1);
    assert_int_equal(counts.open_now, 0);
    assert_int_equal(counts.violations, 0);
}

static void slack_hears_of_everything(void **state)
{
    struct wire *wire = *state;
    for (int kind = FACT_OPEN; kind <= FACT_SUMMARY; kind++)
        assert_int_equal(send(wire, "chat", (enum fact_kind)kind).outcome, DELIVERED);
    struct sink_counts counts = sink_counts(wire->sink, SINK_SLACK);
    assert_int_equal(counts.requests, 4);
    assert_int_equal(counts.opened, 1);
    assert_int_equal(counts.resolved, 1);
    assert_int_equal(counts.violations, 0);
}

static void who_wants_no_resolves_gets_none(void **state)
{
    struct wire *wire = *state;
    assert_int_equal(send(wire, "silent", FACT_RESOLVE).outcome, DELIVERED);
    assert_int_equal(sink_counts(wire->sink, SINK_SLACK).requests, 0);
}

static void the_sink_sees_what_pagerduty_would_make_of_wrong_orders(void **state)
{
    struct wire *wire = *state;
    send(wire, "pager", FACT_RESOLVE);
    send(wire, "pager", FACT_OPEN);
    send(wire, "pager", FACT_RESOLVE);
    send(wire, "pager", FACT_OPEN);
    struct sink_counts counts = sink_counts(wire->sink, SINK_PAGERDUTY);
    assert_int_equal(counts.resolve_alone, 1);
    assert_int_equal(counts.opened, 2);
    assert_int_equal(counts.opened_twice, 1);
    assert_int_equal(counts.open_now, 1);
}

static void a_429_says_when_to_come_back(void **state)
{
    struct wire *wire = *state;
    sink_set_answer(wire->sink, SINK_429, 1, 7);
    struct delivery delivery = send(wire, "chat", FACT_OPEN);
    assert_int_equal(delivery.outcome, DELIVERY_RETRY);
    assert_int_equal(delivery.http_status, 429);
    assert_int_equal(delivery.retry_after_ms, 7000);
    assert_string_equal(delivery.err.message, "Slack answers 429: rate_limited");
    assert_int_equal(send(wire, "chat", FACT_OPEN).outcome, DELIVERED);
    assert_int_equal(sink_counts(wire->sink, SINK_SLACK).opened, 1);
}

static void a_500_is_tried_again(void **state)
{
    struct wire *wire = *state;
    sink_set_answer(wire->sink, SINK_500, 0, 0);
    assert_int_equal(send(wire, "pager", FACT_OPEN).outcome, DELIVERY_RETRY);
    assert_int_equal(send(wire, "pager", FACT_OPEN).http_status, 500);
}

static void a_dropped_answer_leaves_open_whether_it_arrived(void **state)
{
    struct wire *wire = *state;
    sink_set_answer(wire->sink, SINK_DROP, 1, 0);
    struct delivery delivery = send(wire, "pager", FACT_OPEN);
    assert_int_equal(delivery.outcome, DELIVERY_RETRY);
    assert_int_equal(delivery.http_status, 0);
    assert_int_equal(sink_counts(wire->sink, SINK_PAGERDUTY).opened, 1);
    assert_int_equal(sink_counts(wire->sink, SINK_PAGERDUTY).requests,
                     1); /* not sent again behind our back */
    assert_int_equal(send(wire, "pager", FACT_OPEN).outcome, DELIVERED);
    assert_int_equal(sink_counts(wire->sink, SINK_PAGERDUTY).opened, 1);
}

static void a_receiver_that_hangs_holds_us_for_its_timeout_only(void **state)
{
    struct wire *wire = *state;
    time_t began = time(NULL);
    sink_set_answer(wire->sink, SINK_HANG, 1, 0);
    struct delivery delivery = send(wire, "pager", FACT_OPEN);
    assert_int_equal(delivery.outcome, DELIVERY_RETRY);
    assert_true(time(NULL) - began <= 4);
    assert_non_null(strstr(delivery.err.message, "no whole answer within 1 s"));
}

static void a_message_that_breaks_the_contract_is_refused_for_good(void **state)
{
    struct wire *wire = *state;
    struct delivery delivery = send(wire, "wrong", FACT_OPEN);
    assert_int_equal(delivery.outcome, DELIVERY_REFUSED);
    assert_int_equal(delivery.http_status, 400);
    assert_non_null(strstr(delivery.err.message, "Slack answers 400: invalid_payload"));
    assert_int_equal(sink_counts(wire->sink, SINK_SLACK).violations, 1);
}

static void a_secret_is_read_again_for_each_message(void **state)
{
    struct wire *wire = *state;
    assert_int_equal(send(wire, "filed", FACT_OPEN).outcome, DELIVERED);
    write_key(wire, "short\n");
    struct delivery delivery = send(wire, "filed", FACT_UPDATE);
    assert_int_equal(delivery.outcome, DELIVERY_RETRY); /* somebody may mend the file */
    assert_non_null(strstr(delivery.err.message, "has 5 characters, not 32"));
    write_key(wire, KEY);
    assert_int_equal(send(wire, "filed", FACT_UPDATE).outcome, DELIVERED);
    unlink(buf_cstring(&wire->key_path));
    assert_int_equal(send(wire, "filed", FACT_RESOLVE).outcome, DELIVERY_RETRY);
}

static void a_receiver_that_is_not_there_is_tried_again(void **state)
{
    struct delivery delivery = send(*state, "nowhere", FACT_OPEN);
    assert_int_equal(delivery.outcome, DELIVERY_RETRY);
    assert_int_equal(delivery.http_status, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(an_incident_is_opened_and_resolved_once, start, stop),
        cmocka_unit_test_setup_teardown(slack_hears_of_everything, start, stop),
        cmocka_unit_test_setup_teardown(who_wants_no_resolves_gets_none, start, stop),
        cmocka_unit_test_setup_teardown(the_sink_sees_what_pagerduty_would_make_of_wrong_orders, start, stop),
        cmocka_unit_test_setup_teardown(a_429_says_when_to_come_back, start, stop),
        cmocka_unit_test_setup_teardown(a_500_is_tried_again, start, stop),
        cmocka_unit_test_setup_teardown(a_dropped_answer_leaves_open_whether_it_arrived, start, stop),
        cmocka_unit_test_setup_teardown(a_receiver_that_hangs_holds_us_for_its_timeout_only, start, stop),
        cmocka_unit_test_setup_teardown(a_message_that_breaks_the_contract_is_refused_for_good, start, stop),
        cmocka_unit_test_setup_teardown(a_secret_is_read_again_for_each_message, start, stop),
        cmocka_unit_test_setup_teardown(a_receiver_that_is_not_there_is_tried_again, start, stop),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
