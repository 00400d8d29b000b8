/* URLs and addresses. */
#include "net/url.h"

#include "base/buf.h"
#include "net/address.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

static void reserved_characters_are_escaped(void **state)
{
    (void)state;
    struct buf out;
    buf_init(&out, 1000);
    url_query_add(&out, "query", TEXT("a{b=\"c d\"}+1&x"));
    url_query_add(&out, "time", TEXT("1.5"));
    assert_string_equal(buf_cstring(&out), "query=a%7Bb%3D%22c%20d%22%7D%2B1%26x&time=1.5");
    buf_finish(&out);
}

static void decoding_undoes_encoding(void **state)
{
    (void)state;
    struct buf encoded;
    struct buf decoded;
    buf_init(&encoded, 1000);
    buf_init(&decoded, 1000);
    struct text odd = TEXT("\x00\xff ₩%+/?");
    url_encode(odd, &encoded);
    assert_true(url_decode(buf_text(&encoded), &decoded));
    assert_true(text_eq(buf_text(&decoded), odd));
    buf_finish(&encoded);
    buf_finish(&decoded);
}

static void a_cut_escape_is_refused(void **state)
{
    (void)state;
    static const char *const bad[] = {"%", "%1", "a%zz", "%%41"};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        struct buf out;
        buf_init(&out, 100);
        assert_false(url_decode(text_of(bad[i]), &out));
        buf_finish(&out);
    }
}

static void shows(const char *url, bool hide_path, const char *expected)
{
    struct buf out;
    buf_init(&out, 1000);
    url_print_safe(text_of(url), hide_path, &out);
    assert_string_equal(buf_cstring(&out), expected);
    buf_finish(&out);
}

static void secrets_are_cut_from_shown_urls(void **state)
{
    (void)state;
    shows("https://user:pass@host:9090/prom?token=x#y", false, "https://host:9090/prom");
    shows("https://user:p@ss@host/", false, "https://host/");
    shows("http://host?token=x", false, "http://host");
    shows("user:pass@host/x", false, "host/x");
    shows("https://hooks.example/services/T0/B0/secret", true, "https://hooks.example/…");
    shows("https://hooks.example/", true, "https://hooks.example");
    shows("http://a\nb/", false, "http://a?b/");
}

static void hosts_are_found(void **state)
{
    (void)state;
    assert_true(text_is(url_host(TEXT("https://u:p@host.example:80/x@y")), "host.example"));
    assert_true(text_is(url_host(TEXT("http://[::1]:80/")), "::1"));
    assert_true(text_is(url_host(TEXT("http://")), ""));
}

static bool is_public(const char *address)
{
    struct sockaddr_in in = {.sin_family = AF_INET};
    struct sockaddr_in6 in6 = {.sin6_family = AF_INET6};
    if (inet_pton(AF_INET, address, &in.sin_addr) == 1)
        return address_is_public((struct sockaddr *)&in);
    assert_int_equal(inet_pton(AF_INET6, address, &in6.sin6_addr), 1);
    return address_is_public((struct sockaddr *)&in6);
}

static void only_public_addresses_are_public(void **state)
{
    (void)state;
    static const char *const inside[] = {
        "127.0.0.1",
        "10.1.2.3",
        "172.31.255.255",
        "192.168.0.1",
        "169.254.169.254",
        "100.64.0.1",
        "0.0.0.0",
        "224.0.0.1",
        "255.255.255.255",
        "::1",
        "::",
        "fe80::1",
        "fd00::1",
        "ff02::1",
        "::ffff:10.0.0.1",
        "::ffff:7f00:1",
        "64:ff9b::a00:1",
        "2002:7f00:1::",
    };
    static const char *const outside[] = {"8.8.8.8",      "172.32.0.1",     "100.128.0.1",
                                          "2606:4700::1", "::ffff:8.8.8.8", "64:ff9b::808:808"};
    for (size_t i = 0; i < sizeof inside / sizeof *inside; i++) {
        if (is_public(inside[i]))
            fail_msg("%s counts as public", inside[i]);
    }
    for (size_t i = 0; i < sizeof outside / sizeof *outside; i++) {
        if (!is_public(outside[i]))
            fail_msg("%s does not count as public", outside[i]);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reserved_characters_are_escaped),
        cmocka_unit_test(decoding_undoes_encoding),
        cmocka_unit_test(a_cut_escape_is_refused),
        cmocka_unit_test(secrets_are_cut_from_shown_urls),
        cmocka_unit_test(hosts_are_found),
        cmocka_unit_test(only_public_addresses_are_public),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
