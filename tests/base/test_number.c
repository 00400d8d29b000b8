/* Numbers: reading and printing round trip, as Go does it. */
#include "base/buf.h"
#include "base/number.h"
#include "base/number_powers.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

static uint64_t state = 0x5eed5eed5eedULL;

static uint64_t next_random(void)
{
    state ^= state << 13;
    state ^= state >> 7;
    state ^= state << 17;
    return state;
}

static uint64_t bits_of(double v)
{
    uint64_t bits;
    memcpy(&bits, &v, sizeof bits);
    return bits;
}

static double random_double(void)
{
    for (;;) {
        uint64_t bits = next_random();
        double v;
        memcpy(&v, &bits, sizeof v);
        if (isfinite(v))
            return v;
    }
}

static void check_same_as_strtod(const char *written)
{
    double got = 0;
    double want = strtod(written, NULL);
    bool ok = number_parse(text_of(written), &got);
    if (ok != !isinf(want) || (ok && bits_of(got) != bits_of(want)))
        fail_msg("%s: got %.17g, want %.17g", written, got, want);
}

static void reads_random_doubles_as_strtod_does(void **unused)
{
    (void)unused;
    char written[64];
    for (int i = 0; i < 100000; i++) {
        double v = random_double();
        snprintf(written, sizeof written, "%.*g", (int)(next_random() % 21) + 1, v);
        check_same_as_strtod(written);
    }
}

static void reads_random_digits_as_strtod_does(void **unused)
{
    (void)unused;
    char written[64];
    for (int i = 0; i < 100000; i++) {
        uint64_t digits = next_random() >> (next_random() % 64);
        int exponent = (int)(next_random() % 700) - 360;
        snprintf(written, sizeof written, "%llue%d", (unsigned long long)digits, exponent);
        check_same_as_strtod(written);
        snprintf(written, sizeof written, "%llu.%llu", (unsigned long long)digits,
                 (unsigned long long)(next_random() >> (next_random() % 64)));
        check_same_as_strtod(written);
    }
}

static void reads_halves_and_borders_as_strtod_does(void **unused)
{
    (void)unused;
    static const char *const hard[] = {
        "9007199254740993",
        "9007199254740993.00000000000000000000000000001",
        "9007199254740992.99999999999999999999",
        "2.2250738585072011e-308",
        "2.2250738585072014e-308",
        "4.9406564584124654e-324",
        "2.4703282292062327e-324",
        "2.4703282292062328e-324",
        "1.7976931348623157e308",
        "1.7976931348623159e308",
        "1e309",
        "1e-400",
        "0e999999999",
        "0.000000000000000000000000000000000000000012345678901234567890123456789",
        "1e23",
        "8.5e22",
        "-0",
        "-0.0",
        "123456789012345678901234567890",
        "100000000000000000000000000000000000000000",
        "1e00000000000000000000005",
        "1e-99999999999999999999",
        "5e-324",
        "3e-324",
        "2e-324",
        "6.2230152778611417e21",
        "1.00000000000000011102230246251565",
    };
    for (size_t i = 0; i < sizeof hard / sizeof hard[0]; i++)
        check_same_as_strtod(hard[i]);
}

static void reads_a_very_long_number(void **unused)
{
    (void)unused;
    struct buf written;
    buf_init(&written, 1 << 20);
    buf_puts(&written, "9007199254740993.");
    for (int i = 0; i < 3000; i++)
        buf_putc(&written, '0');
    check_same_as_strtod(written.at);
    buf_putc(&written, '1');
    check_same_as_strtod(written.at);
    buf_finish(&written);
}

static void reads_words_in_any_case(void **unused)
{
    (void)unused;
    double v;
    assert_true(number_parse(TEXT("Inf"), &v) && isinf(v) && v > 0);
    assert_true(number_parse(TEXT("+inf"), &v) && isinf(v) && v > 0);
    assert_true(number_parse(TEXT("-INF"), &v) && isinf(v) && v < 0);
    assert_true(number_parse(TEXT("infinity"), &v) && isinf(v) && v > 0);
    assert_true(number_parse(TEXT("nan"), &v) && isnan(v));
    assert_true(number_parse(TEXT("NaN"), &v) && isnan(v));
    assert_true(number_parse(TEXT(".5"), &v) && v == 0.5);
    assert_true(number_parse(TEXT("5."), &v) && v == 5);
    assert_true(number_parse(TEXT("+5e+1"), &v) && v == 50);
}

static void refuses_what_is_no_number(void **unused)
{
    (void)unused;
    static const char *const wrong[] = {"",     " 1", "1 ",   "1e",    "1e+",  ".",     "-",
                                        "+",    "e5", "0x10", "1_000", "--1",  "1.2.3", "in",
                                        "infi", "na", "-nan", "1,5",   "1e5x", "½"};
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        double v = 42;
        assert_false(number_parse(text_of(wrong[i]), &v));
        assert_true(v == 42);
    }
}

static void scan_stops_behind_the_number(void **unused)
{
    (void)unused;
    const char *line = "1.5e3,7\"";
    double v;
    const char *behind = number_scan(line, line + strlen(line), &v);
    assert_ptr_equal(behind, line + 5);
    assert_true(v == 1500);
    assert_null(number_scan(line, line, &v));
    const char *cut = "12345";
    assert_ptr_equal(number_scan(cut, cut + 2, &v), cut + 2);
    assert_true(v == 12);
}

static void integers_keep_their_range(void **unused)
{
    (void)unused;
    int64_t v;
    assert_true(integer_parse(TEXT("-9223372036854775808"), &v) && v == INT64_MIN);
    assert_true(integer_parse(TEXT("9223372036854775807"), &v) && v == INT64_MAX);
    assert_true(integer_parse(TEXT("+7"), &v) && v == 7);
    assert_false(integer_parse(TEXT("9223372036854775808"), &v));
    assert_false(integer_parse(TEXT("-9223372036854775809"), &v));
    assert_false(integer_parse(TEXT(""), &v));
    assert_false(integer_parse(TEXT("-"), &v));
    assert_false(integer_parse(TEXT("1.0"), &v));
}

struct print_case {
    double v;
    const char *fixed, *go, *sample;
};

static void prints_as_go_does(void **unused)
{
    (void)unused;
    static const struct print_case cases[] = {
        {0, "0", "0", "0"},
        {-0.0, "-0", "-0", "-0"},
        {0.1, "0.1", "0.1", "0.1"},
        {-1.5, "-1.5", "-1.5", "-1.5"},
        {100000, "100000", "100000", "100000"},
        {1e6, "1000000", "1e+06", "1000000"},
        {1234567, "1234567", "1.234567e+06", "1234567"},
        {123456.789, "123456.789", "123456.789", "123456.789"},
        {0.0001, "0.0001", "0.0001", "0.0001"},
        {0.00001, "0.00001", "1e-05", "0.00001"},
        {1e-7, "0.0000001", "1e-07", "1e-07"},
        {1.5e20, "150000000000000000000", "1.5e+20", "150000000000000000000"},
        {1e21, "1000000000000000000000", "1e+21", "1e+21"},
        {9007199254740992, "9007199254740992", "9.007199254740992e+15", "9007199254740992"},
        {5.684341886080801486968994140625E-14, "0.00000000000005684341886080802", "5.684341886080802e-14",
         "5.684341886080802e-14"},
        {(double)INFINITY, "+Inf", "+Inf", "+Inf"},
        {-(double)INFINITY, "-Inf", "-Inf", "-Inf"},
        {(double)NAN, "NaN", "NaN", "NaN"},
    };
    struct buf out;
    buf_init(&out, 1000);
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        number_print_fixed(cases[i].v, &out);
        assert_string_equal(out.at, cases[i].fixed);
        buf_clear(&out);
        number_print_go(cases[i].v, &out);
        assert_string_equal(out.at, cases[i].go);
        buf_clear(&out);
        number_print_sample(cases[i].v, &out);
        assert_string_equal(out.at, cases[i].sample);
        buf_clear(&out);
    }
    buf_finish(&out);
}

static void prints_the_smallest_and_the_largest_short(void **unused)
{
    (void)unused;
    struct buf out;
    buf_init(&out, 1000);
    number_print_go(5e-324, &out);
    assert_string_equal(out.at, "5e-324");
    buf_clear(&out);
    number_print_go(1.7976931348623157e308, &out);
    assert_string_equal(out.at, "1.7976931348623157e+308");
    buf_finish(&out);
}

static size_t digits_in(const char *written)
{
    size_t n = 0;
    for (; *written && *written != 'e'; written++)
        n += *written >= '0' && *written <= '9';
    return n;
}

static void prints_the_shortest_that_reads_back(void **unused)
{
    (void)unused;
    struct buf out;
    buf_init(&out, 1000);
    char shorter[64];
    for (int i = 0; i < 50000; i++) {
        double v = i < 2000 ? ldexp(1, i - 1060) : random_double();
        if (v == 0 || isinf(v))
            continue;
        number_print_go(fabs(v) < 1e-4 || fabs(v) >= 1e6 ? v : v * 1e10, &out);
        v = fabs(v) < 1e-4 || fabs(v) >= 1e6 ? v : v * 1e10;
        assert_true(bits_of(strtod(out.at, NULL)) == bits_of(v));
        int digits = (int)digits_in(out.at);
        if (digits > 1) {
            snprintf(shorter, sizeof shorter, "%.*e", digits - 2, v);
            assert_true(bits_of(strtod(shorter, NULL)) != bits_of(v));
        }
        buf_clear(&out);
    }
    buf_finish(&out);
}

static void rounds_to_a_precision_as_go_does(void **unused)
{
    (void)unused;
    static const struct {
        double v;
        const char *want;
    } cases[] = {{123456789, "1.235e+08"},   {1000, "1000"},      {1e5, "1e+05"}, {12.345, "12.35"},
                 {1.2345, "1.234"},          {0.0001, "0.0001"},  {0, "0"},       {1e-5, "1e-05"},
                 {(double)INFINITY, "+Inf"}, {(double)NAN, "NaN"}};
    struct buf out;
    buf_init(&out, 1000);
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        number_print_g(cases[i].v, 4, &out);
        assert_string_equal(out.at, cases[i].want);
        buf_clear(&out);
    }
    buf_finish(&out);
}

/* Each entry times ten is the next one, but for what was cut off below the 128 bits. */
static void each_power_is_ten_times_the_one_before(void **unused)
{
    (void)unused;
    assert_true(number_powers[-NUMBER_POWER_FIRST].high == 1ULL << 63 &&
                number_powers[-NUMBER_POWER_FIRST].low == 0);
    for (int e = NUMBER_POWER_FIRST; e < NUMBER_POWER_LAST; e++) {
        struct number_power here = number_powers[e - NUMBER_POWER_FIRST];
        struct number_power next = number_powers[e + 1 - NUMBER_POWER_FIRST];
        unsigned __int128 low = (unsigned __int128)here.low * 10;
        unsigned __int128 high = (unsigned __int128)here.high * 10 + (uint64_t)(low >> 64);
        int shift = high >> 67 ? 4 : 3;
        /* the product has 131 or 132 bits: its top 128 */
        uint64_t top = (uint64_t)(high >> shift);
        uint64_t bottom = (uint64_t)high << (64 - shift) | (uint64_t)low >> shift;
        unsigned __int128 want = (unsigned __int128)next.high << 64 | next.low;
        unsigned __int128 got = (unsigned __int128)top << 64 | bottom;
        assert_true(next.high >> 63);
        if (e != -1) /* ten times what is just below 0.1 is just below 1: other exponent, checked above */
            assert_true(want - got <= 2);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reads_random_doubles_as_strtod_does),
        cmocka_unit_test(reads_random_digits_as_strtod_does),
        cmocka_unit_test(reads_halves_and_borders_as_strtod_does),
        cmocka_unit_test(reads_a_very_long_number),
        cmocka_unit_test(reads_words_in_any_case),
        cmocka_unit_test(refuses_what_is_no_number),
        cmocka_unit_test(scan_stops_behind_the_number),
        cmocka_unit_test(integers_keep_their_range),
        cmocka_unit_test(prints_as_go_does),
        cmocka_unit_test(prints_the_smallest_and_the_largest_short),
        cmocka_unit_test(prints_the_shortest_that_reads_back),
        cmocka_unit_test(rounds_to_a_precision_as_go_does),
        cmocka_unit_test(each_power_is_ten_times_the_one_before),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
