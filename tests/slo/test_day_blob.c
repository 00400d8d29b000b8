/* Day blobs: what goes in comes out, in few bytes, and damage is told. */
#include "support/cmocka_headers.h"

#include "base/buf.h"
#include "slo/day_blob.h"

#include <stdlib.h>

static uint64_t seed = 7;

static uint64_t random_below(uint64_t n)
{
    seed ^= seed << 13;
    seed ^= seed >> 7;
    seed ^= seed << 17;
    return (seed >> 11) % n;
}

static int64_t wild(void)
{
    static const int64_t edges[] = {INT64_MIN, INT64_MAX, -1, 0, 1, 1LL << 32};
    return random_below(4) ? (int64_t)random_below(1000) : edges[random_below(6)];
}

static size_t random_day(int64_t day, struct minute *minutes)
{
    size_t n = 0;
    for (int64_t m = 0; m < DAY_MINUTES; m++) {
        if (random_below(20) == 0)
            continue;
        struct minute *minute = &minutes[n++];
        int32_t expected = (int32_t)random_below(4);
        *minute = (struct minute){.minute = day * DAY_MINUTES + m, .units = wild(), .spent = wild()};
        minute->expected = expected;
        minute->seen = expected ? (int32_t)random_below((uint64_t)expected + 1) : 0;
        minute->hidden = random_below(10) ? 0 : (int64_t)random_below(100000);
        minute->flags = (uint32_t)random_below(32);
    }
    return n;
}

static struct text text_of_buf(const struct buf *buf)
{
    return (struct text){buf->at, buf->len};
}

static void what_goes_in_comes_out(void **unused)
{
    (void)unused;
    static struct minute minutes[DAY_MINUTES], back[DAY_MINUTES];
    for (int trial = 0; trial < 200; trial++) {
        int64_t day = (int64_t)random_below(40000) - 10000;
        size_t n = trial ? random_day(day, minutes) : 0;
        struct window_sum totals, sum = {0};
        struct buf out;
        struct err err;
        size_t n_back;
        buf_init(&out, DAY_BLOB_MAX_BYTES);
        day_blob_encode(minutes, n, &out, &totals);
        assert_false(out.overflowed);
        assert_true(day_blob_decode(text_of_buf(&out), day, back, &n_back, &err));
        assert_int_equal(n_back, n);
        for (size_t i = 0; i < n; i++) {
            assert_memory_equal(&back[i], &minutes[i], sizeof back[i]);
            window_sum_minute(&sum, &minutes[i]);
        }
        assert_memory_equal(&totals, &sum, sizeof sum);
        buf_finish(&out);
    }
}

static void a_usual_day_of_events_takes_less_than_5_kilobytes(void **unused)
{
    (void)unused;
    static struct minute minutes[DAY_MINUTES];
    for (int64_t m = 0; m < DAY_MINUTES; m++)
        minutes[m] = (struct minute){.minute = m,
                                     .units = 5000 + (int64_t)random_below(800),
                                     .spent = random_below(3) == 0,
                                     .expected = 2,
                                     .seen = 2};
    struct window_sum totals;
    struct buf out;
    buf_init(&out, DAY_BLOB_MAX_BYTES);
    day_blob_encode(minutes, DAY_MINUTES, &out, &totals);
    assert_in_range(out.len, 1000, 5000);
    buf_finish(&out);
}

static void damage_is_told_and_never_read_as_minutes(void **unused)
{
    (void)unused;
    static struct minute minutes[DAY_MINUTES], back[DAY_MINUTES];
    struct window_sum totals;
    struct buf out;
    struct err err;
    size_t n;
    buf_init(&out, DAY_BLOB_MAX_BYTES);
    day_blob_encode(minutes, random_day(3, minutes), &out, &totals);
    assert_false(day_blob_decode(text_of_buf(&out), 4, back, &n, &err));
    assert_int_equal(err.kind, ERR_STORE);
    assert_false(day_blob_decode((struct text){0}, 3, back, &n, &err));
    for (int trial = 0; trial < 3000; trial++) {
        struct buf broken;
        buf_init(&broken, DAY_BLOB_MAX_BYTES);
        buf_add(&broken, out.at, trial % 3 ? out.len : random_below(out.len));
        if (trial % 3)
            broken.at[random_below(broken.len)] ^= (char)(1 + random_below(255));
        assert_false(day_blob_decode(text_of_buf(&broken), 3, back, &n, &err));
        buf_finish(&broken);
    }
    buf_finish(&out);
}

static void amendments_change_minutes_and_make_absent_ones(void **unused)
{
    (void)unused;
    struct minute minutes[] = {{.minute = 10, .units = 5, .hidden = 8, .expected = 1},
                               {.minute = 12, .units = 7}};
    struct minute_amend amends[] = {
        {.minute = 10, .units = 3, .spent = 1, .hidden = -20, .flags = MINUTE_SPREAD},
        {.minute = 11, .units = 4},
        {.minute = 1440, .units = 9, .spent = 9}};
    static struct minute back[DAY_MINUTES];
    struct window_sum totals;
    struct buf first, second;
    struct err err;
    size_t n;
    buf_init(&first, DAY_BLOB_MAX_BYTES);
    buf_init(&second, DAY_BLOB_MAX_BYTES);
    day_blob_encode(minutes, 2, &first, &totals);
    assert_true(day_blob_amend(text_of_buf(&first), 0, amends, 3, &second, &totals, &err));
    assert_true(day_blob_decode(text_of_buf(&second), 0, back, &n, &err));
    assert_int_equal(n, 3);
    assert_int_equal(back[0].units, 8);
    assert_int_equal(back[0].spent, 1);
    assert_int_equal(back[0].hidden, 0);
    assert_int_equal(back[0].flags, MINUTE_SPREAD | MINUTE_AMENDED);
    assert_int_equal(back[1].minute, 11);
    assert_int_equal(back[1].units, 4);
    assert_int_equal(totals.units, 19);
    buf_clear(&second);
    assert_true(day_blob_amend((struct text){0}, 0, amends, 1, &second, &totals, &err));
    assert_int_equal(totals.units, 3);
    buf_finish(&first);
    buf_finish(&second);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_goes_in_comes_out),
        cmocka_unit_test(a_usual_day_of_events_takes_less_than_5_kilobytes),
        cmocka_unit_test(damage_is_told_and_never_read_as_minutes),
        cmocka_unit_test(amendments_change_minutes_and_make_absent_ones),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
