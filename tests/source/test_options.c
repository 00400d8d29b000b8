/* The section `source:` of sloburn.yml. */
#include "base/arena.h"
#include "base/finding.h"
#include "source/options.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

struct reading {
    struct arena arena;
    struct findings findings;
    struct source_options options;
    bool good;
};

/* The text is the section itself, in the file of that name. */
static void read_section(struct reading *reading, const char *file, const char *text)
{
    struct yaml_node **docs = NULL;
    size_t n = 0;
    arena_init(&reading->arena, 0);
    findings_init(&reading->findings);
    assert_true(yaml_parse(text_of(text), file, &reading->arena, &docs, &n, &reading->findings));
    reading->good =
        source_options_read(docs[0], file, &reading->arena, &reading->options, &reading->findings);
}

static void finish(struct reading *reading)
{
    findings_finish(&reading->findings);
    arena_finish(&reading->arena);
}

static void files_are_meant_from_the_folder_of_the_configuration(void **state)
{
    (void)state;
    struct reading reading;
    read_section(&reading, "etc/sloburn.yml",
                 "prometheus: {url: \"http://p:9090\", basic_auth: {username: u, password_file: secret},\n"
                 "  tls: {ca_file: /abs/ca.pem, cert_file: tls/c.pem, key_file: tls/k.pem}}\n");
    assert_true(reading.good);
    assert_string_equal(reading.options.password_file.at, "etc/secret");
    assert_string_equal(reading.options.ca_file.at, "/abs/ca.pem");
    assert_string_equal(reading.options.cert_file.at, "etc/tls/c.pem");
    assert_string_equal(reading.options.key_file.at, "etc/tls/k.pem");
    assert_null(reading.options.bearer_token_file.at);
    finish(&reading);
}

static void a_configuration_in_the_present_folder_names_files_as_they_are(void **state)
{
    (void)state;
    struct reading reading;
    read_section(&reading, "sloburn.yml", "prometheus: {url: \"http://p:9090\", bearer_token_file: token}\n");
    assert_true(reading.good);
    assert_string_equal(reading.options.bearer_token_file.at, "token");
    finish(&reading);
}

static void exactly_one_kind_of_source_is_named(void **state)
{
    (void)state;
    struct reading reading;
    read_section(&reading, "sloburn.yml", "{prometheus: {url: \"http://p:9090\"}, simulate: {}}\n");
    assert_false(reading.good);
    finish(&reading);
    read_section(&reading, "sloburn.yml", "{}\n");
    assert_false(reading.good);
    finish(&reading);
}

static void ways_to_log_in_exclude_each_other(void **state)
{
    (void)state;
    struct reading reading;
    read_section(&reading, "sloburn.yml",
                 "prometheus: {url: \"http://p:9090\", bearer_token: t, bearer_token_file: f,\n"
                 "  basic_auth: {username: u, password: p, password_file: f}}\n");
    assert_false(reading.good);
    assert_int_equal(reading.findings.errors, 3);
    finish(&reading);
}

static void defaults_are_those_of_the_manual(void **state)
{
    (void)state;
    struct reading reading;
    read_section(&reading, "sloburn.yml", "prometheus: {url: \"http://p:9090\"}\n");
    assert_true(reading.good);
    assert_int_equal(reading.options.timeout_ms, 30000);
    assert_int_equal(reading.options.max_response_bytes, 256 << 20);
    assert_int_equal(reading.options.max_samples, 50000000);
    assert_false(reading.options.get);
    finish(&reading);
    read_section(&reading, "sloburn.yml", "simulate: {}\n");
    assert_true(reading.good);
    assert_int_equal(reading.options.seed, 1);
    assert_int_equal(reading.options.scrape_interval_ms, 15000);
    finish(&reading);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(files_are_meant_from_the_folder_of_the_configuration),
        cmocka_unit_test(a_configuration_in_the_present_folder_names_files_as_they_are),
        cmocka_unit_test(exactly_one_kind_of_source_is_named),
        cmocka_unit_test(ways_to_log_in_exclude_each_other),
        cmocka_unit_test(defaults_are_those_of_the_manual),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
