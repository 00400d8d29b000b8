/* The store of chunks as a source: it gives what was put in, in every window, and nothing else. */
#include "source/chunk_store.h"

#include "base/duration.h"
#include "source/selectors.h"
#include "source/xor_chunk.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

enum { STEP_MS = 30000, SAMPLES = 5 * XOR_CHUNK_SAMPLES + 17 };

struct asked {
    struct chunk_store *store;
    struct test_selectors selectors;
    struct label_table *table;
    struct arena arena;
    struct series_set set;
    struct err err;
};

static double value_at(int i)
{
    return i % 50 == 7 ? stale_nan() : i * 1.5;
}

static void fill(struct chunk_store *store, const char *name, const char *job, int n)
{
    struct label_table *table = chunk_store_labels(store);
    struct chunk_series *s = chunk_store_series(store, labels_of(table, "__name__", name, "job", job, NULL));
    for (int i = 0; i < n; i++)
        assert_true(chunk_series_add(s, (int64_t)i * STEP_MS, value_at(i)));
}

static int set_up(void **state)
{
    struct asked *asked = memory_alloc_zero(1, sizeof *asked);
    asked->store = chunk_store_new();
    fill(asked->store, "requests_total", "a", SAMPLES);
    fill(asked->store, "requests_total", "b", 10);
    fill(asked->store, "errors_total", "a", XOR_CHUNK_SAMPLES);
    asked->table = label_table_new(chunk_store_labels(asked->store));
    test_selectors_init(&asked->selectors);
    arena_init(&asked->arena, 0);
    *state = asked;
    return 0;
}

static int tear_down(void **state)
{
    struct asked *asked = *state;
    test_selectors_finish(&asked->selectors);
    arena_finish(&asked->arena);
    label_table_free(asked->table);
    chunk_store_free(asked->store);
    memory_free(asked);
    return 0;
}

static bool ask(struct asked *asked, const char *selector, int64_t from_ms, int64_t to_ms, size_t max_samples)
{
    struct select_request request = {.selector = test_selector(&asked->selectors, selector),
                                     .kind = SELECT_RANGE,
                                     .from_ms = from_ms,
                                     .to_ms = to_ms,
                                     .max_samples = max_samples};
    struct promql_source source = chunk_store_promql(asked->store);
    return source.select(source.self, &request, asked->table, &asked->arena, &asked->set, &asked->err);
}

static void check_samples(const struct series *s, int first, int n)
{
    assert_int_equal(s->len, n);
    for (int i = 0; i < n; i++) {
        double wanted = value_at(first + i);
        assert_int_equal(s->times_ms[i], (int64_t)(first + i) * STEP_MS);
        assert_memory_equal(&s->values[i], &wanted, sizeof wanted);
    }
}

static void windows_are_open_on_the_left_and_closed_on_the_right(void **state)
{
    struct asked *asked = *state;
    for (int first = -2; first < SAMPLES + 2; first += 5) {
        for (int last = first; last < SAMPLES + 2; last += 83) {
            int from = first + 1 > 0 ? first + 1 : 0;
            int end = last + 1 < SAMPLES ? last + 1 : SAMPLES;
            assert_true(ask(asked, "requests_total,job=a", first * STEP_MS, last * STEP_MS, 0));
            assert_int_equal(asked->set.len, end > from);
            if (end > from)
                check_samples(&asked->set.at[0], from, end - from);
        }
    }
}

static void matchers_choose_series(void **state)
{
    struct asked *asked = *state;
    assert_true(ask(asked, "requests_total", -1, DAY_MS, 0));
    assert_int_equal(asked->set.len, 2);
    assert_true(ask(asked, "requests_total,job=~b|c", -1, DAY_MS, 0));
    assert_int_equal(asked->set.len, 1);
    check_samples(&asked->set.at[0], 0, 10);
    assert_true(ask(asked, ",job=a", -1, DAY_MS, 0));
    assert_int_equal(asked->set.len, 2);
    assert_true(ask(asked, "never_heard_of", -1, DAY_MS, 0));
    assert_int_equal(asked->set.len, 0);
}

static void labels_are_those_of_the_table_asked_with(void **state)
{
    struct asked *asked = *state;
    assert_true(ask(asked, "errors_total", -1, DAY_MS, 0));
    assert_ptr_equal(asked->set.at[0].labels,
                     labels_of(asked->table, "__name__", "errors_total", "job", "a", NULL));
    label_table_free(asked->table);
    asked->table = label_table_new(NULL);
    assert_true(ask(asked, "errors_total", -1, DAY_MS, 0));
    assert_ptr_equal(asked->set.at[0].labels,
                     labels_of(asked->table, "__name__", "errors_total", "job", "a", NULL));
}

static void more_samples_than_allowed_are_refused(void **state)
{
    struct asked *asked = *state;
    assert_true(ask(asked, "requests_total", 200 * STEP_MS, 203 * STEP_MS, 3));
    assert_int_equal(asked->set.at[0].len, 3);
    assert_false(ask(asked, "requests_total", 200 * STEP_MS, 204 * STEP_MS, 3));
    assert_int_equal(asked->err.kind, ERR_LIMIT);
}

static void samples_that_are_not_later_are_not_added(void **state)
{
    struct asked *asked = *state;
    struct label_table *table = chunk_store_labels(asked->store);
    struct chunk_series *s =
        chunk_store_series(asked->store, labels_of(table, "__name__", "errors_total", "job", "a", NULL));
    int64_t last_ms = (XOR_CHUNK_SAMPLES - 1) * STEP_MS;
    size_t before = chunk_store_samples(asked->store);
    assert_false(chunk_series_add(s, last_ms, 1));
    assert_true(chunk_series_add(s, last_ms + 1, 1));
    assert_false(chunk_series_add(s, last_ms + 1, 1));
    assert_false(chunk_series_add(s, 0, 1));
    assert_int_equal(chunk_store_samples(asked->store), before + 1);
}

static void counters_take_a_few_bytes_a_sample(void **state)
{
    struct asked *asked = *state;
    struct label_table *table = chunk_store_labels(asked->store);
    struct chunk_series *s = chunk_store_series(asked->store, labels_of(table, "__name__", "c", NULL));
    size_t samples = chunk_store_samples(asked->store), bytes = chunk_store_bytes(asked->store);
    for (int i = 0; i < 100000; i++)
        assert_true(chunk_series_add(s, (int64_t)i * STEP_MS, i * 3.0));
    samples = chunk_store_samples(asked->store) - samples;
    bytes = chunk_store_bytes(asked->store) - bytes;
    assert_int_equal(samples, 100000);
    assert_in_range(bytes, samples, samples * 3);
}

#define STORE_TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        STORE_TEST(windows_are_open_on_the_left_and_closed_on_the_right),
        STORE_TEST(matchers_choose_series),
        STORE_TEST(labels_are_those_of_the_table_asked_with),
        STORE_TEST(more_samples_than_allowed_are_refused),
        STORE_TEST(samples_that_are_not_later_are_not_added),
        STORE_TEST(counters_take_a_few_bytes_a_sample),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
