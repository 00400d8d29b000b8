/* The simulated service as text: /metrics, and its history as OpenMetrics. */
#include "support/cmocka_headers.h"

#include "base/buf.h"
#include "base/number.h"
#include "source/sim_expose.h"
#include "source/sim_series.h"

#include <stdio.h>
#include <stdlib.h>

#define ORIGIN_MS 1763683212345LL

static struct sim *sim_make(const struct sim_condition *conditions, size_t n)
{
    struct err err;
    struct sim *sim = sim_new(&(struct sim_options){.seed = 5,
                                                    .origin_ms = ORIGIN_MS,
                                                    .history_ms = 2LL * HOUR_MS,
                                                    .plain_history = true,
                                                    .conditions = conditions,
                                                    .n_conditions = n},
                              &err);
    assert_non_null(sim);
    return sim;
}

static struct sim_column *columns_of(struct sim *sim, int64_t from_ms, int64_t to_ms, struct arena *arena)
{
    struct sim_column *columns = ARENA_ARRAY_ZERO(arena, struct sim_column, sim->n_series);
    for (size_t i = 0; i < sim->n_series; i++)
        columns[i].series = &sim->series[i];
    sim_columns_fill(sim, columns, sim->n_series, from_ms, to_ms, false, arena);
    return columns;
}

static const struct sim_column *column_printed(const struct sim *sim, const struct sim_column *columns,
                                               struct text printed)
{
    for (size_t i = 0; i < sim->n_series; i++)
        if (text_eq(columns[i].series->printed, printed))
            return &columns[i];
    fail_msg("no series %.*s", TEXT_ARG(printed));
    return NULL;
}

static void metrics_are_the_samples_of_that_moment(void **state)
{
    (void)state;
    struct sim *sim = sim_make(NULL, 0);
    struct arena arena;
    struct buf text;
    arena_init(&arena, 0);
    buf_init(&text, 1 << 20);
    int64_t at_ms = sim_scrape_before(sim, 1, ORIGIN_MS);
    struct sim_column *columns = columns_of(sim, at_ms - 1, at_ms, &arena);
    sim_expose(sim, at_ms, &text);
    struct text rest = buf_text(&text);
    int compared = 0;
    while (rest.len) {
        struct text line = text_cut(&rest, '\n');
        if (text_starts(line, TEXT("#")))
            continue;
        struct text series = text_cut(&line, ' ');
        const struct sim_column *column = column_printed(sim, columns, series);
        double value;
        assert_true(number_parse(line, &value));
        if (column->series->instance != 1)
            continue;
        assert_int_equal(column->len, 1);
        assert_true(column->values[0] == value);
        compared++;
    }
    assert_true(compared > 100);
    buf_finish(&text);
    arena_finish(&arena);
    sim_free(sim);
}

static void a_down_instance_exposes_only_that_it_is_down(void **state)
{
    (void)state;
    const struct sim_condition down = {SIM_DOWN, ORIGIN_MS - 60000, ORIGIN_MS + 60000, SIM_ALL, 0, 0};
    struct sim *sim = sim_make(&down, 1);
    struct buf text;
    buf_init(&text, 1 << 20);
    sim_expose(sim, ORIGIN_MS, &text);
    assert_non_null(strstr(buf_cstring(&text), "up{job=\"rag-api\",instance=\"rag-1:8080\"} 0\n"));
    assert_non_null(strstr(buf_cstring(&text), "up{job=\"rag-api\",instance=\"rag-2:8080\"} 1\n"));
    assert_null(strstr(buf_cstring(&text), "_total{job=\"rag-api\",instance=\"rag-1:8080\""));
    buf_finish(&text);
    sim_free(sim);
}

static void history_holds_every_sample_once(void **state)
{
    (void)state;
    struct sim *sim = sim_make(NULL, 0);
    struct arena arena;
    struct buf text;
    arena_init(&arena, 0);
    buf_init(&text, 1 << 24);
    struct sim_column *columns = columns_of(sim, sim_begin_ms(sim) - 1, ORIGIN_MS, &arena);
    size_t *at = ARENA_ARRAY_ZERO(&arena, size_t, sim->n_series);
    size_t parts = 0, samples = 0, lines = 0;
    struct sim_history *history = sim_history_open(sim, sim_begin_ms(sim), ORIGIN_MS + 1);
    while (sim_history_next(history, &text))
        parts++;
    sim_history_close(history);
    assert_int_equal(parts, sim->n_series);
    struct text rest = buf_text(&text);
    assert_true(text_ends(rest, TEXT("\n# EOF\n")));
    while (rest.len) {
        struct text line = text_cut(&rest, '\n');
        if (text_starts(line, TEXT("#")))
            continue;
        const struct sim_column *column = column_printed(sim, columns, text_cut(&line, ' '));
        size_t i = at[column - columns]++;
        double value, seconds;
        assert_true(number_parse(text_cut(&line, ' '), &value));
        assert_true(number_parse(line, &seconds));
        assert_true(i < column->len && column->values[i] == value);
        assert_true(column->times_ms[i] == (int64_t)(seconds * 1000 + 0.5));
        lines++;
    }
    for (size_t i = 0; i < sim->n_series; i++)
        samples += columns[i].len;
    assert_int_equal(lines, samples);
    buf_finish(&text);
    arena_finish(&arena);
    sim_free(sim);
}

static void blocks_are_54_hours_aligned_since_1970(void **state)
{
    (void)state;
    assert_int_equal(sim_block_start(0), 0);
    assert_int_equal(sim_block_start(SIM_BLOCK_MS - 1), 0);
    assert_int_equal(sim_block_start(SIM_BLOCK_MS), SIM_BLOCK_MS);
    assert_int_equal(SIM_BLOCK_MS, 194400000);
}

static void promtool_accepts_the_metrics(void **state)
{
    (void)state;
    if (system("command -v promtool >/dev/null") != 0) {
        print_message("promtool is not installed\n");
        skip();
    }
    struct sim *sim = sim_make(NULL, 0);
    struct buf text;
    buf_init(&text, 1 << 20);
    sim_expose(sim, ORIGIN_MS, &text);
    FILE *promtool = popen("promtool check metrics", "w");
    assert_non_null(promtool);
    assert_int_equal(fwrite(text.at, 1, text.len, promtool), text.len);
    assert_int_equal(pclose(promtool), 0);
    buf_finish(&text);
    sim_free(sim);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(metrics_are_the_samples_of_that_moment),
        cmocka_unit_test(a_down_instance_exposes_only_that_it_is_down),
        cmocka_unit_test(history_holds_every_sample_once),
        cmocka_unit_test(blocks_are_54_hours_aligned_since_1970),
        cmocka_unit_test(promtool_accepts_the_metrics),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
