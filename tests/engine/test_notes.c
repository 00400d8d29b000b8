/* What counting finds wrong is told in the log, once an hour, not at each slot. */
#include "support/cmocka_headers.h"

#include "base/duration.h"
#include "base/file.h"
#include "support/engine_world.h"

#include <stdlib.h>
#include <unistd.h>

static const char capped[] = "service: rag-api\n"
                             "owner: rag-team\n"
                             "slos:\n"
                             "  availability:\n"
                             "    objective: 99.5%\n"
                             "    total: rag_queries_total\n"
                             "    bad: rag_queries_total{code=~\"5..\"}\n"
                             "    by: tenant\n"
                             "    max_groups: 2\n";

static size_t occurrences(struct text t, const char *part)
{
    struct text wanted = text_of(part);
    size_t n = 0;
    for (size_t i = 0; i + wanted.len <= t.len; i++)
        n += memcmp(t.at + i, wanted.at, wanted.len) == 0;
    return n;
}

static void a_fan_out_beyond_its_cap_is_a_warning_once_an_hour(void **state)
{
    (void)state;
    struct engine_world world;
    struct buf log;
    struct err err;
    char path[] = "/tmp/sloburn-notes-XXXXXX";
    int file = mkstemp(path), kept = dup(STDERR_FILENO);
    assert_true(file >= 0 && kept >= 0 && dup2(file, STDERR_FILENO) >= 0);
    engine_world_init(&world,
                      (struct sim_options){.seed = 1, .history_ms = 2 * HOUR_MS, .plain_history = true});
    engine_world_write_config(&world);
    engine_world_write(&world, "a.slo.yml", capped);
    engine_world_start(&world);
    engine_world_run(&world, WORLD_ORIGIN_MS + 10 * MINUTE_MS);
    engine_world_finish(&world);
    assert_true(dup2(kept, STDERR_FILENO) >= 0);
    close(kept);
    close(file);
    buf_init(&log, 1 << 20);
    assert_true(file_read(path, &log, &err));
    assert_int_equal(unlink(path), 0);
    assert_int_equal(occurrences(buf_text(&log), "more label values than max_groups"), 1);
    assert_int_equal(occurrences(buf_text(&log), "level=warn msg=counting slo=prod/rag-api/availability"), 1);
    buf_finish(&log);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_fan_out_beyond_its_cap_is_a_warning_once_an_hour),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
