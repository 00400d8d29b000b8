/* The client against servers that are right, wrong, slow and hostile. */
#include "net/http_client.h"

#include "base/file.h"
#include "net/http_server.h"
#include "net/raw_server.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <time.h>

#include <cmocka.h>

/* One request of a new client, and what came of it. */
struct exchange {
    struct http_response response;
    struct err err;
    bool good;
};

static void get(struct exchange *exchange, const struct http_client_options *options,
                const struct http_request *request)
{
    *exchange = (struct exchange){0};
    http_response_init(&exchange->response);
    struct http_client *client = http_client_new(options, &exchange->err);
    if (client)
        exchange->good = http_send(client, request, &exchange->response, &exchange->err);
    http_client_free(client);
}

static void expect_error(const struct http_client_options *options, enum err_kind kind, const char *part)
{
    struct exchange exchange;
    get(&exchange, options, &(struct http_request){.path = "/x?secret=1"});
    assert_false(exchange.good);
    if (exchange.err.kind != kind || !strstr(exchange.err.message, part))
        fail_msg("got %s: '%s', expected '%s'", err_kind_name(exchange.err.kind), exchange.err.message, part);
    assert_null(strstr(exchange.err.message, "secret"));
    assert_null(strchr(exchange.err.message, '\n'));
    http_response_finish(&exchange.response);
}

static void expect_error_of(const char *bytes, enum err_kind kind, const char *part)
{
    struct raw_server server = {.bytes = bytes, .len = strlen(bytes)};
    raw_server_start(&server);
    expect_error(&(struct http_client_options){.url = server.url, .timeout_ms = 2000}, kind, part);
    raw_server_stop(&server);
}

static void status_headers_and_body_are_taken(void **state)
{
    (void)state;
    static const char answer[] = "HTTP/1.1 429 Too Many\r\nRetry-After: 7\r\nContent-Type: a/b\r\n"
                                 "Content-Length: 5\r\n\r\nhello";
    struct raw_server server = {.bytes = answer, .len = sizeof answer - 1};
    raw_server_start(&server);
    struct exchange exchange;
    get(&exchange, &(struct http_client_options){.url = server.url}, &(struct http_request){0});
    assert_true(exchange.good);
    assert_int_equal(exchange.response.status, 429);
    assert_int_equal(exchange.response.retry_after_ms, 7000);
    assert_true(text_is(http_response_header(&exchange.response, "content-type"), "a/b"));
    assert_string_equal(buf_cstring(&exchange.response.body), "hello");
    http_response_finish(&exchange.response);
    raw_server_stop(&server);
}

static void compressed_answers_are_read(void **state)
{
    (void)state;
    static const char answer[] = "HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 30\r\n\r\n"
                                 "\x1f\x8b\x08\x00\x00\x00\x00\x00\x02\x03\xcb\x48\xcd\xc9\xc9\x57\x48\xaf"
                                 "\xca\x2c\x00\x00\x19\x6a\xd2\xdf"
                                 "\x0a\x00\x00\x00";
    struct raw_server server = {.bytes = answer, .len = sizeof answer - 1};
    raw_server_start(&server);
    struct exchange exchange;
    get(&exchange, &(struct http_client_options){.url = server.url}, &(struct http_request){0});
    assert_true(exchange.good);
    assert_string_equal(buf_cstring(&exchange.response.body), "hello gzip");
    http_response_finish(&exchange.response);
    raw_server_stop(&server);
}

static void a_redirect_is_an_error_that_says_so(void **state)
{
    (void)state;
    expect_error_of(
        "HTTP/1.1 302 Found\r\nLocation: https://u:secret@other/login?secret\r\nContent-Length: 0\r\n\r\n",
        ERR_INPUT, "redirect (302) to https://other/login, which is not followed");
}

static void an_announced_giant_is_refused_at_once(void **state)
{
    (void)state;
    expect_error_of("HTTP/1.1 200 OK\r\nContent-Length: 500000000\r\n\r\nx", ERR_LIMIT,
                    "the answer is larger than 1048576 bytes");
}

static void an_unannounced_giant_is_cut_off(void **state)
{
    (void)state;
    static char answer[65536 + 30];
    static const char head[] = "HTTP/1.1 200 OK\r\n\r\n";
    memset(answer, 'x', sizeof answer);
    memcpy(answer, head, sizeof head - 1);
    struct raw_server server = {.bytes = answer, .len = sizeof answer, .tail = 65536, .repeat = 8000};
    raw_server_start(&server);
    expect_error(&(struct http_client_options){.url = server.url}, ERR_LIMIT, "larger than 1048576 bytes");
    raw_server_stop(&server);
}

static void endless_headers_are_refused(void **state)
{
    (void)state;
    static char answer[4096];
    memset(answer, 'y', sizeof answer);
    memcpy(answer, "HTTP/1.1 200 OK\r\nX-Long: ", 25);
    memcpy(answer + sizeof answer - 12, "\r\nX-More: yy", 12);
    struct raw_server server = {.bytes = answer, .len = sizeof answer, .tail = 4000, .repeat = 100};
    raw_server_start(&server);
    expect_error(&(struct http_client_options){.url = server.url, .timeout_ms = 2000}, ERR_LIMIT, "headers");
    raw_server_stop(&server);
}

static void a_server_that_hangs_is_left(void **state)
{
    (void)state;
    struct raw_server server = {.bytes = "", .hang = true};
    raw_server_start(&server);
    expect_error(&(struct http_client_options){.url = server.url, .timeout_ms = 200}, ERR_UNREACHABLE,
                 "no whole answer within 0.2 s");
    raw_server_stop(&server);
}

static void half_an_answer_is_no_answer(void **state)
{
    (void)state;
    expect_error_of("HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhalf", ERR_UNREACHABLE,
                    "http://127.0.0.1:");
    expect_error_of("SSH-2.0-OpenSSH_9.2\r\n", ERR_INPUT, "HTTP/0.9");
}

static void a_closed_port_is_unreachable_and_nothing_arrived(void **state)
{
    (void)state;
    struct raw_server server = {.bytes = ""};
    raw_server_start(&server);
    char *url = memory_copy_text(server.url, strlen(server.url));
    raw_server_stop(&server);
    struct exchange exchange;
    get(&exchange, &(struct http_client_options){.url = url}, &(struct http_request){.body = TEXT("x")});
    assert_false(exchange.good);
    assert_int_equal(exchange.err.kind, ERR_UNREACHABLE);
    assert_false(exchange.response.may_have_arrived);
    http_response_finish(&exchange.response);
    memory_free(url);
}

static bool always(void *context)
{
    (void)context;
    return true;
}

static void a_stop_ends_the_request(void **state)
{
    (void)state;
    struct raw_server server = {.bytes = "", .hang = true};
    raw_server_start(&server);
    expect_error(&(struct http_client_options){.url = server.url, .aborted = always}, ERR_UNREACHABLE,
                 "the request was stopped");
    raw_server_stop(&server);
}

static void an_address_inside_is_refused_if_asked(void **state)
{
    (void)state;
    struct raw_server server = {.bytes = "HTTP/1.1 200 OK\r\n\r\n", .len = 19};
    raw_server_start(&server);
    struct buf url;
    buf_init(&url, 100);
    buf_printf(&url, "http://localhost:%d", server.port);
    expect_error(&(struct http_client_options){.url = buf_cstring(&url), .public_only = true}, ERR_INPUT,
                 "which is not a public address");
    assert_int_equal(server.connections, 0);
    buf_finish(&url);
    raw_server_stop(&server);
}

static void bad_settings_are_refused(void **state)
{
    (void)state;
    static const struct http_header split = {"X-A", "b\r\nX-C: d"};
    expect_error(&(struct http_client_options){.url = "nonsense"}, ERR_INPUT, "url nonsense is not valid");
    expect_error(&(struct http_client_options){.url = ""}, ERR_INPUT, "is not valid");
    expect_error(&(struct http_client_options){.url = "file:///etc/passwd"}, ERR_INPUT,
                 "only http and https");
    expect_error(&(struct http_client_options){.url = "http://h/#x"}, ERR_INPUT, "fragment");
    expect_error(&(struct http_client_options){.url = "http://h", .headers = &split, .n_headers = 1},
                 ERR_INPUT, "header X-A is not valid");
    expect_error(&(struct http_client_options){.url = "https://h", .ca_file = "/nonexistent.pem"}, ERR_INPUT,
                 "/nonexistent.pem: cannot be read");
    expect_error(&(struct http_client_options){.url = "https://h", .username = "u", .bearer_token = "t"},
                 ERR_INPUT, "not both");
    expect_error(
        &(struct http_client_options){.url = "http://127.0.0.1:1", .bearer_token_file = "/nonexistent"},
        ERR_INPUT, "/nonexistent");
}

/* --- against our own server, which tells what it received --- */

static void tell(void *context, const struct server_request *request, struct server_response *response)
{
    int *left_to_fail = context;
    if (*left_to_fail > 0) {
        (*left_to_fail)--;
        response->status = 503;
        server_response_header(response, TEXT("Retry-After"), TEXT("0"));
        return;
    }
    static const char *const names[] = {"Authorization", "X-Scope-OrgID", "User-Agent", "Content-Type"};
    buf_printf(&response->body, "%.*s %.*s|", TEXT_ARG(request->method), TEXT_ARG(request->path));
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        buf_printf(&response->body, "%.*s|", TEXT_ARG(server_header(request, names[i])));
    buf_add_text(&response->body, request->body);
}

struct told {
    struct http_server *server;
    struct buf url;
    int left_to_fail;
};

static int start_teller(void **state)
{
    struct told *told = memory_alloc_zero(1, sizeof *told);
    struct err err = {0};
    told->server = http_server_start(&(struct http_server_options){.listen = "127.0.0.1:0",
                                                                   .handle = tell,
                                                                   .context = &told->left_to_fail},
                                     &err);
    assert_non_null(told->server);
    buf_init(&told->url, 100);
    buf_printf(&told->url, "http://127.0.0.1:%d/base/", http_server_port(told->server));
    *state = told;
    return 0;
}

static int stop_teller(void **state)
{
    struct told *told = *state;
    http_server_stop(told->server);
    buf_finish(&told->url);
    memory_free(told);
    return 0;
}

static void expect_told(const struct http_client_options *options, const struct http_request *request,
                        const char *expected)
{
    struct exchange exchange;
    get(&exchange, options, request);
    if (!exchange.good)
        fail_msg("%s", exchange.err.message);
    assert_string_equal(buf_cstring(&exchange.response.body), expected);
    http_response_finish(&exchange.response);
}

static void credentials_and_headers_are_sent(void **state)
{
    struct told *told = *state;
    static const struct http_header tenant = {"X-Scope-OrgID", "a|b"};
    struct http_client_options options = {
        .url = buf_cstring(&told->url), .username = "u", .password = "p", .headers = &tenant, .n_headers = 1};
    expect_told(&options, &(struct http_request){.path = "/x"},
                "GET /base/x|Basic dTpw|a|b|sloburn/" SLOBURN_VERSION "||");
    options = (struct http_client_options){
        .url = buf_cstring(&told->url), .bearer_token = "tok", .user_agent = "ua"};
    expect_told(
        &options,
        &(struct http_request){.method = "POST", .path = "/y", .content_type = "a/b", .body = TEXT("body")},
        "POST /base/y|Bearer tok||ua|a/b|body");
    options = (struct http_client_options){.url = buf_cstring(&told->url), .user_agent = "ua"};
    expect_told(&options, &(struct http_request){.method = "DELETE", .path = "/z"}, "DELETE /base/z|||ua||");
}

static void write_secret(const char *path, const char *secret)
{
    struct err err = {0};
    if (!file_write(path, text_of(secret), &err))
        fail_msg("%s", err.message);
    assert_int_equal(chmod(path, 0600), 0);
}

static void a_rotated_token_is_read_again(void **state)
{
    struct told *told = *state;
    char folder[] = "/tmp/sloburn-test-XXXXXX";
    assert_non_null(mkdtemp(folder));
    struct buf path;
    buf_init(&path, 200);
    buf_printf(&path, "%s/token", folder);
    write_secret(buf_cstring(&path), "first\n");
    struct err err = {0};
    struct http_client *client = http_client_new(
        &(struct http_client_options){
            .url = buf_cstring(&told->url), .bearer_token_file = buf_cstring(&path), .user_agent = "ua"},
        &err);
    assert_non_null(client);
    struct http_response response;
    http_response_init(&response);
    assert_true(http_send(client, &(struct http_request){0}, &response, &err));
    assert_string_equal(buf_cstring(&response.body), "GET /base|Bearer first||ua||");
    write_secret(buf_cstring(&path), "second\n");
    assert_true(http_send(client, &(struct http_request){0}, &response, &err));
    assert_string_equal(buf_cstring(&response.body), "GET /base|Bearer second||ua||");
    http_response_finish(&response);
    http_client_free(client);
    unlink(buf_cstring(&path));
    rmdir(folder);
    buf_finish(&path);
}

static void retry(struct told *told, const struct http_retry *retry, int failures, struct exchange *exchange)
{
    told->left_to_fail = failures;
    *exchange = (struct exchange){0};
    http_response_init(&exchange->response);
    struct http_client *client =
        http_client_new(&(struct http_client_options){.url = buf_cstring(&told->url)}, &exchange->err);
    assert_non_null(client);
    exchange->good =
        http_send_retrying(client, &(struct http_request){0}, retry, &exchange->response, &exchange->err);
    http_client_free(client);
}

static void a_server_that_recovers_is_asked_again(void **state)
{
    struct exchange exchange;
    retry(*state, &(struct http_retry){.deadline_ms = 5000}, 2, &exchange);
    assert_true(exchange.good);
    assert_int_equal(exchange.response.status, 200);
    http_response_finish(&exchange.response);
}

static void a_server_that_stays_down_is_told_with_its_status(void **state)
{
    struct told *told = *state;
    struct exchange exchange;
    retry(told, &(struct http_retry){.deadline_ms = 5000, .attempts = 3}, 100, &exchange);
    assert_true(exchange.good);
    assert_int_equal(exchange.response.status, 503);
    assert_int_equal(told->left_to_fail, 97);
    told->left_to_fail = 0;
    http_response_finish(&exchange.response);
}

static int64_t now_ms(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

static void a_pause_beyond_the_deadline_is_not_begun(void **state)
{
    (void)state;
    static const char busy[] = "HTTP/1.1 429 Busy\r\nRetry-After: 3600\r\nContent-Length: 0\r\n\r\n";
    struct raw_server server = {.bytes = busy, .len = sizeof busy - 1};
    raw_server_start(&server);
    struct err err = {0};
    struct http_response response;
    http_response_init(&response);
    struct http_client *client = http_client_new(&(struct http_client_options){.url = server.url}, &err);
    int64_t before = now_ms();
    assert_true(http_send_retrying(client, &(struct http_request){0},
                                   &(struct http_retry){.deadline_ms = 5000}, &response, &err));
    assert_true(now_ms() - before < 2000);
    assert_int_equal(response.status, 429);
    assert_int_equal(server.connections, 1);
    http_client_free(client);
    http_response_finish(&response);
    raw_server_stop(&server);
}

static void a_refusal_is_not_repeated(void **state)
{
    (void)state;
    static const char refusal[] = "HTTP/1.1 400 Bad\r\nContent-Length: 0\r\nConnection: close\r\n\r\n";
    struct raw_server server = {.bytes = refusal, .len = sizeof refusal - 1};
    raw_server_start(&server);
    struct err err = {0};
    struct http_response response;
    http_response_init(&response);
    struct http_client *client = http_client_new(&(struct http_client_options){.url = server.url}, &err);
    assert_true(http_send_retrying(client, &(struct http_request){0},
                                   &(struct http_retry){.deadline_ms = 5000}, &response, &err));
    assert_int_equal(server.connections, 1);
    http_client_free(client);
    http_response_finish(&response);
    raw_server_stop(&server);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(status_headers_and_body_are_taken),
        cmocka_unit_test(compressed_answers_are_read),
        cmocka_unit_test(a_redirect_is_an_error_that_says_so),
        cmocka_unit_test(an_announced_giant_is_refused_at_once),
        cmocka_unit_test(an_unannounced_giant_is_cut_off),
        cmocka_unit_test(endless_headers_are_refused),
        cmocka_unit_test(a_server_that_hangs_is_left),
        cmocka_unit_test(half_an_answer_is_no_answer),
        cmocka_unit_test(a_closed_port_is_unreachable_and_nothing_arrived),
        cmocka_unit_test(a_stop_ends_the_request),
        cmocka_unit_test(an_address_inside_is_refused_if_asked),
        cmocka_unit_test(bad_settings_are_refused),
        cmocka_unit_test_setup_teardown(credentials_and_headers_are_sent, start_teller, stop_teller),
        cmocka_unit_test_setup_teardown(a_rotated_token_is_read_again, start_teller, stop_teller),
        cmocka_unit_test_setup_teardown(a_server_that_recovers_is_asked_again, start_teller, stop_teller),
        cmocka_unit_test_setup_teardown(a_server_that_stays_down_is_told_with_its_status, start_teller,
                                        stop_teller),
        cmocka_unit_test(a_pause_beyond_the_deadline_is_not_begun),
        cmocka_unit_test(a_refusal_is_not_repeated),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
