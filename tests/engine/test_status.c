/* The status that an evaluation leaves says what the ledger in the store says. */
#include "support/cmocka_headers.h"

#include "base/arena.h"
#include "base/file.h"
#include "base/json.h"
#include "engine/engine.h"
#include "engine/ledger_query.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const char slo_file[] = "service: rag-api\n"
                               "owner: nobody\n"
                               "by: tenant\n"
                               "slos:\n"
                               "  availability:\n"
                               "    objective: 99.5%\n"
                               "    window: [30d, 1d, month UTC]\n"
                               "    total: rag_queries_total\n"
                               "    bad: rag_queries_total{code=~\"5..\"}\n"
                               "  cost:\n"
                               "    objective: mean <= ₩10\n"
                               "    sum: rag_cost_krw_total\n"
                               "    count: rag_queries_total\n";

static const char config_file[] = "environment: test\n"
                                  "source: {simulate: {seed: 3}}\n"
                                  "slo_files: [a.yml]\n";

static void put(const char *folder, const char *name, const char *content, struct buf *path)
{
    struct err err;
    buf_clear(path);
    buf_printf(path, "%s/%s", folder, name);
    assert_true(file_write(buf_cstring(path), text_of(content), &err));
}

static const struct json *window_of(const struct json *document, size_t slo, size_t window)
{
    return json_item(json_get(json_item(json_get(document, "slos"), slo), "windows"), window);
}

static double number(const struct json *json, const char *name)
{
    assert_true(json_is_number(json_get(json, name)));
    return json_number(json_get(json, name), 0);
}

static struct json *parsed(struct buf *text)
{
    struct err err;
    struct json *json = json_parse(buf_text(text), &err);
    if (!json)
        fail_msg("%s", err.message);
    return json;
}

static void compare(struct database *reader, const struct config_view *view, int64_t slot_ms)
{
    static const char *const windows[] = {"30d", "1d", "month UTC"};
    static const char *const members[] = {"units", "spent", "allowed", "left"};
    struct ledger_query query = {.now_ms = slot_ms, .at_ms = slot_ms};
    struct buf statuses, periods;
    struct err err;
    buf_init(&statuses, 16 << 20);
    assert_true(slo_statuses_json(reader, view, &query, &statuses, &err));
    struct json *status = parsed(&statuses);
    for (size_t w = 0; w < 3; w++) {
        query.window = text_of(windows[w]);
        query.id = TEXT("rag-api/availability");
        buf_init(&periods, 16 << 20);
        assert_true(ledger_query_json(reader, view, &query, &periods, &err));
        struct json *ledger = parsed(&periods);
        assert_int_equal(json_length(json_get(ledger, "slos")), 4);
        for (size_t g = 0; g < 4; g++) {
            const struct json *said = window_of(status, g, w);
            const struct json *booked = json_get(json_item(json_get(ledger, "slos"), g), "window");
            for (size_t m = 0; m < 4; m++)
                if (number(said, members[m]) != number(booked, members[m]))
                    fail_msg("%s of group %zu over %s at slot %lld: the status says %.0f, the ledger %.0f",
                             members[m], g, windows[w], (long long)slot_ms, number(said, members[m]),
                             number(booked, members[m]));
        }
        json_free(ledger);
        buf_finish(&periods);
    }
    json_free(status);
    buf_finish(&statuses);
}

static void the_status_equals_the_ledger_at_every_slot(void **state)
{
    (void)state;
    char folder[] = "/tmp/sloburn-status-XXXXXX";
    struct buf path, store_path;
    struct findings findings;
    struct err err;
    assert_non_null(mkdtemp(folder));
    buf_init(&path, 4096);
    buf_init(&store_path, 4096);
    put(folder, "a.yml", slo_file, &path);
    put(folder, "sloburn.yml", config_file, &path);
    findings_init(&findings);
    struct config *config = config_load(buf_cstring(&path), NULL, &findings);
    assert_non_null(config);
    const struct config_view *view = config_view(config);
    struct store *store = store_open(view->store_path.at, "test", &err);
    assert_non_null(store);
    struct counters counters = {0};
    int64_t now = 1795000000000;
    struct engine_options options = {.config = config, .store = store, .counters = &counters, .now_ms = now};
    struct engine *engine = engine_new(&options, &err);
    assert_non_null(engine);
    struct database *reader = store_open_reader(view->store_path.at, &err);
    assert_non_null(reader);
    for (int i = 0; i < 14; i++) { /* the incident begins 20 s after the first slot */
        now += 30000;
        while (engine_step(engine, now) <= now)
            ;
        compare(reader, view, now - now % 30000);
    }
    database_close(reader);
    engine_free(engine);
    store_close(store);
    config_unref(config);
    findings_finish(&findings);
    buf_finish(&path);
    buf_finish(&store_path);
    buf_init(&path, 4096);
    buf_printf(&path, "rm -rf %s", folder);
    assert_int_equal(system(buf_cstring(&path)), 0);
    buf_finish(&path);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_status_equals_the_ledger_at_every_slot),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
