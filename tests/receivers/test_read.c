/* Reading `receivers:` in Alertmanager's form: what is taken, what is refused, and how integrations are
 * called. */
#include "receivers/receiver.h"

#include "base/arena.h"
#include "base/buf.h"
#include "base/yaml.h"
#include "support/cmocka_headers.h"

struct reading {
    struct arena arena;
    struct findings findings;
    struct receivers receivers;
    struct buf printed;
    bool good;
};

static void read_yaml(struct reading *reading, const char *yaml)
{
    struct yaml_node **docs;
    size_t n;
    arena_init(&reading->arena, 0);
    findings_init(&reading->findings);
    buf_init(&reading->printed, 1 << 16);
    assert_true(yaml_parse(text_of(yaml), "etc/am.yml", &reading->arena, &docs, &n, &reading->findings));
    reading->good =
        receivers_read(docs[0], "etc/am.yml", &reading->arena, &reading->receivers, &reading->findings);
    findings_print(&reading->findings, false, &reading->printed);
}

static void reading_finish(struct reading *reading)
{
    findings_finish(&reading->findings);
    buf_finish(&reading->printed);
    arena_finish(&reading->arena);
}

static void expect_finding(const char *yaml, const char *part)
{
    struct reading reading;
    read_yaml(&reading, yaml);
    if (!strstr(buf_cstring(&reading.printed), part))
        fail_msg("no \"%s\" in:\n%s", part, buf_cstring(&reading.printed));
    assert_int_equal(reading.good, reading.findings.errors == 0);
    reading_finish(&reading);
}

#define KEY "0123456789abcdef0123456789abcdef"

static void one_integration_has_the_receivers_name_several_their_types(void **state)
{
    (void)state;
    struct reading reading;
    struct text ids[8];
    read_yaml(&reading, "- name: pager\n"
                        "  pagerduty_configs: [{routing_key: " KEY "}]\n"
                        "- name: rag\n"
                        "  slack_configs:\n"
                        "  - {api_url: 'https://hooks.slack.com/services/T1/B1/x'}\n"
                        "  - {api_url: 'https://hooks.slack.com/services/T1/B2/x', send_resolved: false}\n"
                        "  pagerduty_configs:\n"
                        "  - {routing_key: " KEY ", url: 'http://127.0.0.1:9/v2/enqueue', timeout: 3s}\n"
                        "- name: nobody\n");
    assert_string_equal(buf_cstring(&reading.printed), "");
    assert_true(reading.good);
    assert_int_equal(receiver_ids(&reading.receivers, TEXT("pager"), ids, 8), 1);
    assert_true(text_is(ids[0], "pager"));
    assert_int_equal(receiver_ids(&reading.receivers, TEXT("rag"), ids, 8), 3);
    assert_true(text_is(ids[0], "rag/pagerduty"));
    assert_true(text_is(ids[1], "rag/slack"));
    assert_true(text_is(ids[2], "rag/slack2"));
    assert_int_equal(receiver_ids(&reading.receivers, TEXT("nobody"), ids, 8), 0);
    assert_true(text_is(receiver_find(&reading.receivers, TEXT("pager"))->url,
                        "https://events.pagerduty.com/v2/enqueue"));
    const struct receiver *own = receiver_find(&reading.receivers, TEXT("rag/pagerduty"));
    assert_true(own->send_resolved);
    assert_int_equal(own->timeout_ms, 3000);
    assert_false(receiver_find(&reading.receivers, TEXT("rag/slack2"))->send_resolved);
    assert_null(receiver_find(&reading.receivers, TEXT("rag/slack3")));
    reading_finish(&reading);
}

static void rows_of_a_receiver_that_gained_or_lost_an_integration_still_find_it(void **state)
{
    (void)state;
    struct reading reading;
    read_yaml(&reading, "- name: pager\n"
                        "  pagerduty_configs: [{routing_key: " KEY "}]\n"
                        "- name: rag\n"
                        "  pagerduty_configs: [{routing_key: " KEY "}]\n"
                        "  slack_configs: [{api_url: 'https://hooks.slack.com/services/T1/B1/x'}]\n");
    assert_true(text_is(receiver_find(&reading.receivers, TEXT("pager/pagerduty"))->id, "pager"));
    assert_true(text_is(receiver_find(&reading.receivers, TEXT("rag"))->id, "rag/pagerduty"));
    assert_null(receiver_find(&reading.receivers, TEXT("pager/slack")));
    assert_null(receiver_find(&reading.receivers, TEXT("gone")));
    reading_finish(&reading);
}

static void secret_files_are_meant_from_the_files_folder(void **state)
{
    (void)state;
    struct reading reading;
    read_yaml(&reading, "- name: a\n"
                        "  pagerduty_configs: [{routing_key_file: keys/pd}]\n"
                        "- name: b\n"
                        "  slack_configs: [{api_url_file: /run/slack}]\n");
    assert_true(reading.good);
    assert_true(text_is(receiver_find(&reading.receivers, TEXT("a"))->key_file, "etc/keys/pd"));
    assert_true(text_is(receiver_find(&reading.receivers, TEXT("b"))->url_file, "/run/slack"));
    reading_finish(&reading);
}

static void mistakes_are_found_with_their_place(void **state)
{
    (void)state;
    expect_finding("- name: a\n  pagerduty_config: []\n", "did you mean \"pagerduty_configs\"");
    expect_finding("- slack_configs: []\n", "receiver has no name");
    expect_finding("- name: a\n- name: b\n- name: a\n",
                   "am.yml:3:9: error: there is a receiver \"a\" already, in line 1");
    expect_finding("- name: a\n  pagerduty_configs: [{routing_key: short}]\n",
                   "routing_key has 5 characters, not 32");
    expect_finding("- name: a\n  pagerduty_configs: [{}]\n", "has neither routing_key nor routing_key_file");
    expect_finding("- name: a\n  pagerduty_configs: [{routing_key: " KEY ", routing_key_file: x}]\n",
                   "routing_key and routing_key_file exclude each other");
    expect_finding("- name: a\n  slack_configs: [{channel: '#x'}]\n", "has neither api_url nor api_url_file");
    expect_finding("- name: a\n  slack_configs: [{api_url: 'http://hooks.slack.com/services/T/B/x'}]\n",
                   "api_url must begin with https:// (http only to this machine)");
    expect_finding("- name: a\n  slack_configs: [{api_url: 'ftp://x'}]\n",
                   "api_url must begin with https://");
    expect_finding("- name: a\n  slack_configs: [{api_url: 'https://a b/'}]\n", "holds a space");
    expect_finding("- name: a\n  slack_configs: {api_url: x}\n", "slack_configs must be a list");
    expect_finding("- name: a\n  slack_configs: [{api_ulr: x}]\n", "api_url");
    expect_finding("name: a\n", "receivers must be a list");
    expect_finding("- name: a\n  pagerduty_configs: [{service_key: x}]\n", "service_key: version 1");
    expect_finding("- name: rag\n  slack_configs: [{api_url: 'https://a/'}, {api_url: 'https://a/'}]\n"
                   "- name: rag/slack\n  slack_configs: [{api_url: 'https://a/'}]\n",
                   "\"rag/slack\" would be the name of two integrations");
}

static void what_alertmanager_has_and_we_do_not_is_said(void **state)
{
    (void)state;
    expect_finding("- name: a\n  email_configs: [{to: x}]\n", "error: email_configs is not supported yet");
    expect_finding("- name: a\n  webhook_configs: [{url: x}]\n",
                   "error: webhook_configs is not supported yet");
    expect_finding("- name: a\n  slack_configs: [{api_url: 'https://a/', channel: '#x'}]\n",
                   "warning: channel is not used");
    expect_finding("- name: a\n  slack_configs: [{api_url: 'https://a/', title: x}]\n",
                   "warning: title is not used");
    expect_finding("- name: a\n  slack_configs: [{api_url: 'https://a/', http_config: {oauth2: {}}}]\n",
                   "oauth2: is not supported yet");
}

static void secrets_are_in_no_finding(void **state)
{
    (void)state;
    struct reading reading;
    read_yaml(&reading, "- name: a\n"
                        "  pagerduty_configs: [{routing_key: geheim}]\n"
                        "  slack_configs: [{api_url: 'http://x/geheim'}]\n");
    assert_int_equal(reading.findings.errors, 2);
    assert_null(strstr(buf_cstring(&reading.printed), "geheim"));
    reading_finish(&reading);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(one_integration_has_the_receivers_name_several_their_types),
        cmocka_unit_test(rows_of_a_receiver_that_gained_or_lost_an_integration_still_find_it),
        cmocka_unit_test(secret_files_are_meant_from_the_files_folder),
        cmocka_unit_test(mistakes_are_found_with_their_place),
        cmocka_unit_test(what_alertmanager_has_and_we_do_not_is_said),
        cmocka_unit_test(secrets_are_in_no_finding),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
