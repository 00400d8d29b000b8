/* Actions of policies, all the way: the simulated service burns its budget, webhooks come in at a server of
 * ours, and the audit tells. */
#include "base/arena.h"
#include "base/file.h"
#include "base/json.h"
#include "engine/deliver.h"
#include "engine/engine.h"
#include "engine/ledger_query.h"
#include "net/http_server.h"
#include "store/audit_rows.h"
#include "support/cmocka_headers.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define SLOT_MS  30000
#define START_MS 1795000000000

enum { CALLS_MAX = 50, SLOTS_MOST = 400 };

static const char frozen[] =
    "    policy:\n"
    "      actions:\n"
    "        freeze:\n"
    "          when: critical\n"
    "          webhook: http://127.0.0.1:%d/freeze\n"
    "          body: '{\"freeze\": true, \"slo\": {{ json .SLO }}, \"state\": {{ json "
    ".State }}}'\n"
    "          bearer_token_file: token\n"
    "          per_day: 1\n"
    "          undo: {body: '{\"freeze\": false}'}\n"
    "        cheaper:\n"
    "          when: outage\n"
    "          webhook: http://127.0.0.1:%d/model\n"
    "          undo: {webhook: \"http://127.0.0.1:%d/model/back\"}\n";

struct call {
    char path[64];
    char body[2000];
    char key[300];
    char token[64];
};

struct world {
    char folder[64];
    struct buf path;
    struct http_server *server;
    struct call calls[CALLS_MAX];
    int n_calls;
    int drops; /* so many requests are taken and not answered */
    struct config *config;
    struct current *current;
    struct store *store;
    struct engine *engine;
    struct deliver *deliver;
    struct counters counters;
    struct emergency *emergency;
    int64_t now_ms;
};

static void put_text(char *at, size_t size, struct text t)
{
    size_t n = t.len < size - 1 ? t.len : size - 1;
    memcpy(at, t.at ? t.at : "", n);
    at[n] = 0;
}

static void take_call(void *context, const struct server_request *request, struct server_response *response)
{
    struct world *world = context;
    struct call *call = &world->calls[world->n_calls];
    assert(world->n_calls < CALLS_MAX - 1);
    put_text(call->path, sizeof call->path, request->path);
    put_text(call->body, sizeof call->body, request->body);
    put_text(call->key, sizeof call->key, server_header(request, "Idempotency-Key"));
    put_text(call->token, sizeof call->token, server_bearer(request));
    world->n_calls++;
    response->status = 204;
    if (world->drops > 0) {
        world->drops--;
        response->fate = SERVER_DROPS;
    }
}

static const char *path_of(struct world *world, const char *name)
{
    buf_clear(&world->path);
    buf_printf(&world->path, "%s/%s", world->folder, name);
    return buf_cstring(&world->path);
}

static void put_file(struct world *world, const char *name, const char *content)
{
    struct err err;
    if (!file_write(path_of(world, name), text_of(content), &err))
        fail_msg("%s", err.message);
}

static void put_slos(struct world *world, bool with_policy)
{
    int port = http_server_port(world->server);
    struct buf slos;
    buf_init(&slos, 10000);
    buf_puts(&slos, "service: rag-api\nowner: nobody\nwindow: 1h\nslos:\n  availability:\n"
                    "    objective: 95%\n    total: rag_queries_total\n"
                    "    bad: rag_queries_total{code=~\"5..\"}\n");
    if (with_policy)
        buf_printf(&slos, frozen, port, port, port);
    put_file(world, "a.yml", buf_cstring(&slos));
    buf_finish(&slos);
}

static struct config *load(struct world *world)
{
    struct findings findings;
    struct buf printed;
    findings_init(&findings);
    buf_init(&printed, 1 << 16);
    struct config *config = config_load(path_of(world, "sloburn.yml"), NULL, &findings);
    findings_print(&findings, false, &printed);
    if (!config || findings.errors)
        fail_msg("%s", buf_cstring(&printed));
    findings_finish(&findings);
    buf_finish(&printed);
    return config;
}

static void open_all(struct world *world)
{
    struct err err = {0};
    world->emergency = emergency_new();
    world->config = load(world);
    world->current = current_new(world->config);
    world->store = store_open(config_view(world->config)->store_path.at, "a test", &err);
    if (!world->store)
        fail_msg("%s", err.message);
    struct engine_options engine = {.config = world->config,
                                    .store = world->store,
                                    .counters = &world->counters,
                                    .emergency = world->emergency,
                                    .now_ms = world->now_ms};
    struct deliver_options deliver = {.store = world->store,
                                      .current = world->current,
                                      .counters = &world->counters,
                                      .emergency = world->emergency};
    world->engine = engine_new(&engine, &err);
    world->deliver = deliver_new(&deliver, &err);
    if (!world->engine || !world->deliver)
        fail_msg("%s", err.message);
}

static void close_all(struct world *world)
{
    deliver_free(world->deliver);
    engine_free(world->engine);
    store_close(world->store);
    current_free(world->current);
    config_unref(world->config);
    emergency_free(world->emergency);
}

static int start(void **state)
{
    struct world *world = calloc(1, sizeof *world);
    struct err err;
    strcpy(world->folder, "/tmp/sloburn-policies-XXXXXX");
    assert_non_null(mkdtemp(world->folder));
    buf_init(&world->path, 4096);
    world->now_ms = START_MS;
    world->server = http_server_start(
        &(struct http_server_options){.listen = "127.0.0.1:0", .handle = take_call, .context = world}, &err);
    assert_non_null(world->server);
    put_file(world, "sloburn.yml", "environment: test\nsource: {simulate: {seed: 3}}\nslo_files: [a.yml]\n");
    put_file(world, "token", "the-secret-of-the-pipeline\n");
    assert_int_equal(chmod(path_of(world, "token"), 0600), 0);
    put_slos(world, true);
    open_all(world);
    *state = world;
    return 0;
}

static int stop(void **state)
{
    struct world *world = *state;
    close_all(world);
    http_server_stop(world->server);
    buf_clear(&world->path);
    buf_printf(&world->path, "rm -rf %s", world->folder);
    assert_int_equal(system(buf_cstring(&world->path)), 0);
    buf_finish(&world->path);
    free(world);
    return 0;
}

static void evaluate(struct world *world)
{
    world->now_ms += SLOT_MS;
    while (engine_step(world->engine, world->now_ms) <= world->now_ms)
        ;
}

static void send_all(struct world *world)
{
    while (deliver_step(world->deliver, world->now_ms) <= world->now_ms)
        ;
}

static int calls_to(const struct world *world, const char *path)
{
    int n = 0;
    for (int i = 0; i < world->n_calls; i++)
        n += strcmp(world->calls[i].path, path) == 0;
    return n;
}

static const struct call *last_to(const struct world *world, const char *path)
{
    for (int i = world->n_calls - 1; i >= 0; i--)
        if (strcmp(world->calls[i].path, path) == 0)
            return &world->calls[i];
    fail_msg("no call to %s", path);
    return NULL;
}

static void until_calls(struct world *world, const char *path, int wanted)
{
    for (int i = 0; i < SLOTS_MOST && calls_to(world, path) < wanted; i++) {
        evaluate(world);
        send_all(world);
    }
    assert_int_equal(calls_to(world, path), wanted);
}

struct audited {
    const char *action;
    const char *subject;
    int n;
};

static void count_row(void *context, int64_t at_ms, struct text actor, struct text action,
                      struct text subject, struct text detail)
{
    struct audited *audited = context;
    (void)at_ms;
    (void)actor;
    (void)detail;
    audited->n += text_is(action, audited->action) && text_is(subject, audited->subject);
}

static int audit_count(struct world *world, const char *action, const char *name)
{
    struct err err;
    struct buf subject;
    struct database *reader = store_open_reader(config_view(world->config)->store_path.at, &err);
    assert_non_null(reader);
    buf_init(&subject, 1000);
    buf_printf(&subject, "test/rag-api/availability/policy/%s", name);
    struct audited audited = {action, buf_cstring(&subject), 0};
    int64_t rows;
    struct digest head;
    audit_each(reader, 0, 10000, count_row, &audited);
    assert_true(audit_verify(reader, &rows, &head, &err));
    buf_finish(&subject);
    database_close(reader);
    return audited.n;
}

static void it_starts_once_is_undone_and_held_back_by_its_limit(void **state)
{
    struct world *world = *state;
    until_calls(world, "/freeze", 1);
    const struct call first = *last_to(world, "/freeze");
    assert_string_equal(first.token, "the-secret-of-the-pipeline");
    assert_non_null(strstr(first.body, "{\"freeze\": true, \"slo\": \"availability\", \"state\": \""));
    assert_non_null(strstr(first.key, "test/rag-api/availability/policy/freeze/"));
    assert_non_null(strstr(last_to(world, "/model")->body, "\"Event\":\"start\""));
    until_calls(world, "/freeze", 2);
    assert_string_equal(last_to(world, "/freeze")->body, "{\"freeze\": false}");
    assert_string_not_equal(last_to(world, "/freeze")->key, first.key);
    assert_int_equal(calls_to(world, "/model"), 1);
    assert_int_equal(calls_to(world, "/model/back"), 1);
    assert_int_equal(audit_count(world, "policy action started", "freeze"), 1);
    assert_int_equal(audit_count(world, "policy action ended", "freeze"), 1);

    struct err err;
    assert_true(engine_start_incident(world->engine, world->now_ms, &err));
    until_calls(world, "/model", 2); /* this one may start again, the other not */
    for (int i = 0; i < 20; i++)
        evaluate(world);
    send_all(world);
    assert_int_equal(calls_to(world, "/freeze"), 2);
    assert_int_equal(audit_count(world, "policy action held back", "freeze"), 1);
}

static void a_restart_sends_the_same_key_again_and_nothing_twice(void **state)
{
    struct world *world = *state;
    int64_t obligations = 0;
    for (int i = 0; i < SLOTS_MOST && !obligations; i++) {
        evaluate(world);
        obligations = atomic_load(&world->counters.obligations);
    }
    close_all(world); /* owed, nothing sent */
    open_all(world);
    world->drops = 1;
    send_all(world);
    world->now_ms += SLOT_MS; /* the pause after what was not answered */
    send_all(world);
    close_all(world);
    open_all(world);
    for (int i = 0; i < 10; i++) {
        evaluate(world);
        send_all(world);
    }
    const struct call *freeze = last_to(world, "/freeze");
    for (int i = 0; i < world->n_calls; i++)
        if (strcmp(world->calls[i].path, "/freeze") == 0)
            assert_string_equal(world->calls[i].key, freeze->key);
    assert_int_equal(calls_to(world, "/freeze") + calls_to(world, "/model"), 3); /* one was dropped */
    assert_int_equal(audit_count(world, "policy action started", "freeze"), 1);
    until_calls(world, "/model/back", 1);
}

static void what_left_the_file_is_undone_as_it_was_promised(void **state)
{
    struct world *world = *state;
    struct err err;
    until_calls(world, "/freeze", 1);
    put_slos(world, false);
    struct config *config = load(world);
    assert_true(engine_reload(world->engine, config, &err));
    current_set(world->current, config);
    config_unref(world->config);
    world->config = config;
    until_calls(world, "/freeze", 2);
    assert_string_equal(last_to(world, "/freeze")->body, "{\"freeze\": false}");
    assert_string_equal(last_to(world, "/freeze")->token, "the-secret-of-the-pipeline");
    assert_int_equal(audit_count(world, "policy action ended", "freeze"), 1);
}

static void an_slo_that_left_the_file_takes_its_actions_back(void **state)
{
    struct world *world = *state;
    until_calls(world, "/freeze", 1);
    put_file(world, "a.yml",
             "service: rag-api\nslos:\n  other:\n    objective: 95%\n    total: rag_queries_total\n"
             "    bad: rag_queries_total{code=~\"5..\"}\n");
    close_all(world);
    open_all(world);
    send_all(world);
    assert_string_equal(last_to(world, "/freeze")->body, "{\"freeze\": false}");
    assert_int_equal(calls_to(world, "/freeze"), 2);
    assert_int_equal(calls_to(world, "/model/back"), 1);
    close_all(world);
    open_all(world);
    send_all(world);
    assert_int_equal(calls_to(world, "/freeze"), 2);
    assert_int_equal(audit_count(world, "policy action ended", "freeze"), 1);
}

static void the_status_lists_actions_and_incidents_do_not(void **state)
{
    struct world *world = *state;
    struct err err;
    struct buf out;
    until_calls(world, "/freeze", 1);
    struct database *reader = store_open_reader(config_view(world->config)->store_path.at, &err);
    struct ledger_query query = {.now_ms = world->now_ms, .at_ms = world->now_ms};
    buf_init(&out, 1 << 20);
    assert_true(slo_statuses_json(reader, config_view(world->config), &query, &out, &err));
    assert_non_null(strstr(buf_cstring(&out), "\"name\":\"freeze\",\"active\":true"));
    buf_clear(&out);
    assert_true(alerts_json(reader, world->now_ms, true, &out, &err));
    assert_non_null(strstr(buf_cstring(&out), "availability/page"));
    assert_null(strstr(buf_cstring(&out), "/policy/"));
    buf_finish(&out);
    database_close(reader);
}

static void set_store_full(struct world *world, bool full)
{
    struct err err;
    db_execute(store_begin(world->store),
               full ? "CREATE TRIGGER full BEFORE INSERT ON obligation BEGIN SELECT RAISE(ABORT, 'full'); END"
                    : "DROP TRIGGER full");
    assert_true(store_commit(world->store, &err));
}

/* What cannot be stored is called for all the same; afterwards it stands in the audit once, and nobody is
 * called again, neither for the start nor for the end. */
static void an_action_is_called_while_the_store_is_full(void **state)
{
    struct world *world = *state;
    set_store_full(world, true);
    until_calls(world, "/model", 1);
    assert_int_equal(audit_count(world, "policy action started", "cheaper"), 0);
    evaluate(world);
    set_store_full(world, false);
    until_calls(world, "/model/back", 1);
    for (int i = 0; i < 20; i++) {
        evaluate(world);
        send_all(world);
    }
    assert_int_equal(calls_to(world, "/model"), 1);
    assert_int_equal(calls_to(world, "/model/back"), 1);
    assert_int_equal(audit_count(world, "policy action started", "cheaper"), 1);
    assert_int_equal(audit_count(world, "policy action ended", "cheaper"), 1);
}

static void an_action_that_ends_while_the_store_is_full_is_undone_once(void **state)
{
    struct world *world = *state;
    until_calls(world, "/model", 1);
    set_store_full(world, true);
    until_calls(world, "/model/back", 1);
    set_store_full(world, false);
    for (int i = 0; i < 20; i++) {
        evaluate(world);
        send_all(world);
    }
    assert_int_equal(calls_to(world, "/model"), 1);
    assert_int_equal(calls_to(world, "/model/back"), 1);
    assert_int_equal(audit_count(world, "policy action ended", "cheaper"), 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(it_starts_once_is_undone_and_held_back_by_its_limit, start, stop),
        cmocka_unit_test_setup_teardown(a_restart_sends_the_same_key_again_and_nothing_twice, start, stop),
        cmocka_unit_test_setup_teardown(what_left_the_file_is_undone_as_it_was_promised, start, stop),
        cmocka_unit_test_setup_teardown(an_slo_that_left_the_file_takes_its_actions_back, start, stop),
        cmocka_unit_test_setup_teardown(the_status_lists_actions_and_incidents_do_not, start, stop),
        cmocka_unit_test_setup_teardown(an_action_is_called_while_the_store_is_full, start, stop),
        cmocka_unit_test_setup_teardown(an_action_that_ends_while_the_store_is_full_is_undone_once, start,
                                        stop),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
