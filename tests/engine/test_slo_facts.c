/* What an incident says was measured: each kind of SLO in its own words and unit. */
#include "support/cmocka_headers.h"

#include "base/buf.h"
#include "engine/slo_facts.h"

static void says(const struct slo *slo, int64_t units, int64_t spent, const char *wanted)
{
    struct burn_sum sum = {.units = units, .spent = spent};
    struct buf out;
    buf_init(&out, 1000);
    slo_measure_print(slo, &sum, &out);
    assert_string_equal(buf_cstring(&out), wanted);
    buf_finish(&out);
}

static void a_percentile_names_its_bound_as_the_contract_does(void **state)
{
    (void)state;
    struct slo slo = {
        .kind = SLO_PERCENTILE, .scale = 1, .unit = TEXT("request"), .bound = 4000, .time_unit = TEXT("ms")};
    slo.objective = TEXT("p95 <= 4s"); /* of a histogram in milliseconds */
    says(&slo, 200, 30, "15 % of requests were not within 4s");
    slo.objective = TEXT("p95 ≤ 300 ms");
    says(&slo, 200, 30, "15 % of requests were not within 300 ms");
    slo.time_unit = TEXT("");
    slo.objective = TEXT("p99 <= 1048576"); /* bytes, tokens */
    says(&slo, 200, 30, "15 % of requests were above 1048576");
}

static void a_mean_is_money_a_time_or_a_number(void **state)
{
    (void)state;
    struct slo slo = {.kind = SLO_MEAN, .scale = 1000000, .unit = TEXT("query"), .currency = TEXT("KRW")};
    slo.objective = TEXT("mean <= ₩10");
    says(&slo, 100, 2310 * 1000000LL, "a query cost ₩23.10 on average");
    says(&slo, 1, 1234567 * 1000000LL, "a query cost ₩1,234,567.00 on average");
    slo.currency = TEXT("USD");
    says(&slo, 100, 420000, "a query cost $0.0042 on average");
    slo.currency = TEXT("");
    slo.time_unit = TEXT("s");
    says(&slo, 100, 45 * 1000000LL, "a query took 0.450 s on average");
    slo.time_unit = TEXT("ms");
    says(&slo, 100, 45000 * 1000000LL, "a query took 0.450 s on average");
    slo.time_unit = TEXT("");
    slo.objective = TEXT("mean <= 12");
    says(&slo, 100, 1850 * 1000000LL, "the mean was 18.50");
}

static void a_unit_that_is_plural_already_stays_as_it_is(void **state)
{
    (void)state;
    struct slo slo = {.kind = SLO_EVENTS, .scale = 1, .unit = TEXT("requests")};
    says(&slo, 200, 30, "15 % of requests failed");
    slo.unit = TEXT("query");
    says(&slo, 200, 30, "15 % of queries failed");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_percentile_names_its_bound_as_the_contract_does),
        cmocka_unit_test(a_mean_is_money_a_time_or_a_number),
        cmocka_unit_test(a_unit_that_is_plural_already_stays_as_it_is),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
