/* Zones by name. */
#include "base/timezone_set.h"
#include "support/cmocka_headers.h"

static void a_zone_is_opened_once(void **state)
{
    (void)state;
    struct err err;
    struct timezone_set *set = timezone_set_new();
    const struct timezone_zone *utc = timezone_set_get(set, TEXT("UTC"), &err);
    assert_non_null(utc);
    assert_ptr_equal(timezone_set_get(set, TEXT("UTC"), &err), utc);
    assert_string_equal(timezone_name(utc), "UTC");
    timezone_set_free(set);
}

static void an_unknown_zone_is_an_error(void **state)
{
    (void)state;
    struct err err;
    struct timezone_set *set = timezone_set_new();
    assert_null(timezone_set_get(set, TEXT("Mars/Base"), &err));
    assert_non_null(strstr(err.message, "Mars/Base"));
    timezone_set_free(set);
    timezone_set_free(NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_zone_is_opened_once),
        cmocka_unit_test(an_unknown_zone_is_an_error),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
