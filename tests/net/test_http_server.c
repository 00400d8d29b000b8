/* The server, spoken to over sockets: what it takes and what it refuses. */
#include "net/http_server.h"

#include "base/memory.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <setjmp.h>
#include <stdarg.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cmocka.h>

static void handle(void *context, const struct server_request *request, struct server_response *response)
{
    (void)context;
    if (text_is(request->path, "/large")) {
        for (int i = 0; i < 1000; i++)
            buf_puts(&response->body, "too much");
        return;
    }
    if (text_is(request->path, "/drop") || text_is(request->path, "/hang"))
        response->fate = text_is(request->path, "/drop") ? SERVER_DROPS : SERVER_HANGS;
    static const struct text own[] = {{"slo.example", 11}};
    server_response_header(response, TEXT("X-Own"), TEXT("yes"));
    buf_printf(&response->body, "%.*s %.*s", TEXT_ARG(request->method), TEXT_ARG(request->path));
    for (size_t i = 0; i < request->n_params; i++)
        buf_printf(&response->body, " %.*s=%.*s", TEXT_ARG(request->params[i].name),
                   TEXT_ARG(request->params[i].value));
    buf_printf(&response->body, " body=%zu", request->body.len);
    buf_puts(&response->body, server_host_is_known(request, own, 1) ? " host" : "");
    buf_puts(&response->body, server_origin_is_own(request) ? " origin" : "");
    buf_puts(&response->body, server_secret_is(server_bearer(request), TEXT("token")) ? " token" : "");
}

static int start(void **state)
{
    struct err err = {0};
    struct http_server_options options = {.listen = "127.0.0.1:0",
                                          .handle = handle,
                                          .max_body_bytes = 1000,
                                          .max_response_bytes = 4000,
                                          .timeout_ms = 1000};
    *state = http_server_start(&options, &err);
    return *state ? 0 : -1;
}

static int stop(void **state)
{
    http_server_stop(*state);
    return 0;
}

static int connect_to(struct http_server *server)
{
    struct sockaddr_in address = {.sin_family = AF_INET,
                                  .sin_port = htons((uint16_t)http_server_port(server)),
                                  .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    assert_int_equal(connect(fd, (struct sockaddr *)&address, sizeof address), 0);
    return fd;
}

/* The whole answer to these bytes. */
static void answer_to(struct http_server *server, const char *request, struct buf *answer)
{
    int fd = connect_to(server);
    assert_int_equal(send(fd, request, strlen(request), MSG_NOSIGNAL), strlen(request));
    char piece[4096];
    for (ssize_t n; (n = recv(fd, piece, sizeof piece, 0)) > 0;)
        buf_add(answer, piece, (size_t)n);
    close(fd);
}

static void expect(struct http_server *server, const char *request, const char *status, const char *part)
{
    struct buf answer;
    buf_init(&answer, 100000);
    answer_to(server, request, &answer);
    if (!text_starts(buf_text(&answer), text_of(status)) || !strstr(buf_cstring(&answer), part))
        fail_msg("%s\ngot: %s\nexpected: %s … %s", request, buf_cstring(&answer), status, part);
    buf_finish(&answer);
}

#define END "Host: localhost\r\nConnection: close\r\n\r\n"

static void parameters_are_decoded(void **state)
{
    expect(*state, "GET /a%20b?x=1%2B1&y=a+b&z HTTP/1.1\r\n" END, "HTTP/1.1 200",
           "GET /a b x=1+1 y=a b z= body=0 host origin");
    expect(*state, "HEAD /a HTTP/1.1\r\n" END, "HTTP/1.1 200", "X-Own: yes");
}

static void a_form_is_read_behind_the_query(void **state)
{
    expect(*state,
           "POST /f?a=1 HTTP/1.1\r\nContent-Type: application/x-www-form-urlencoded\r\nContent-Length: "
           "14\r\n" END "b=2&c=%5B3%5D+",
           "HTTP/1.1 200", "POST /f a=1 b=2 c=[3]  body=14");
    expect(*state,
           "POST /f HTTP/1.1\r\nContent-Type: application/x-www-form-urlencoded\r\nContent-Length: 3\r\n" END
           "b=%",
           "HTTP/1.1 400", "form");
}

static void large_bodies_are_refused(void **state)
{
    expect(*state, "POST / HTTP/1.1\r\nContent-Length: 1001\r\n" END, "HTTP/1.1 413", "too large");
    expect(*state, "POST / HTTP/1.1\r\nContent-Length: 999999999999999999\r\n" END, "HTTP/1.1 413",
           "too large");
    struct buf chunked;
    buf_init(&chunked, 10000);
    buf_puts(&chunked, "POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n" END "5dc\r\n");
    for (int i = 0; i < 1500; i++)
        buf_putc(&chunked, 'x');
    buf_puts(&chunked, "\r\n0\r\n\r\n");
    expect(*state, buf_cstring(&chunked), "HTTP/1.1 413", "too large");
    buf_finish(&chunked);
}

static void compressed_bodies_are_refused(void **state)
{
    expect(*state, "POST / HTTP/1.1\r\nContent-Encoding: gzip\r\nContent-Length: 3\r\n" END "abc",
           "HTTP/1.1 415", "compressed");
}

static void a_too_large_answer_becomes_an_error(void **state)
{
    expect(*state, "GET /large HTTP/1.1\r\n" END, "HTTP/1.1 500", "the answer is too large");
}

static void tokens_hosts_and_origins_are_told_apart(void **state)
{
    expect(*state, "GET / HTTP/1.1\r\nAuthorization: bearer token\r\n" END, "HTTP/1.1 200",
           "host origin token");
    expect(*state, "GET / HTTP/1.1\r\nAuthorization: Bearer tokem\r\n" END, "HTTP/1.1 200",
           "body=0 host origin");
    expect(*state,
           "GET / HTTP/1.1\r\nConnection: close\r\nHost: slo.example:80\r\nOrigin: "
           "https://slo.example:80\r\n\r\n",
           "HTTP/1.1 200", "body=0 host origin");
    expect(*state, "GET / HTTP/1.1\r\nConnection: close\r\nHost: evil.example\r\nOrigin: null\r\n\r\n",
           "HTTP/1.1 200", "body=0");
    struct buf answer;
    buf_init(&answer, 10000);
    answer_to(*state,
              "GET / HTTP/1.1\r\nConnection: close\r\nHost: 127.evil.example\r\nOrigin: http://evil\r\n\r\n",
              &answer);
    assert_null(strstr(buf_cstring(&answer), " host"));
    assert_null(strstr(buf_cstring(&answer), " origin"));
    assert_null(strstr(buf_cstring(&answer), " token"));
    buf_finish(&answer);
}

static void no_secret_matches_an_unset_one(void **state)
{
    (void)state;
    assert_false(server_secret_is(TEXT(""), TEXT("")));
    assert_false(server_secret_is(TEXT("x"), TEXT("")));
    assert_false(server_secret_is(TEXT("tokentoken"), TEXT("token")));
    assert_false(server_secret_is(TEXT("tok"), TEXT("token")));
    assert_true(server_secret_is(TEXT("token"), TEXT("token")));
}

static void an_idle_connection_is_closed_and_harms_nobody(void **state)
{
    int idle = connect_to(*state);
    assert_int_equal(send(idle, "GET / HT", 8, MSG_NOSIGNAL), 8);
    expect(*state, "GET /x HTTP/1.1\r\n" END, "HTTP/1.1 200", "GET /x");
    char byte;
    assert_true(recv(idle, &byte, 1, 0) <= 0); /* blocks until the server closes it */
    close(idle);
}

static void a_dropped_request_gets_no_answer(void **state)
{
    struct buf answer;
    buf_init(&answer, 1000);
    answer_to(*state, "GET /drop HTTP/1.1\r\n" END, &answer);
    assert_int_equal(answer.len, 0);
    buf_finish(&answer);
}

enum { HANGERS = 40 };

/* More hang than the server keeps; the first are let go, the rest end with the server. */
static void hanging_requests_harm_nobody(void **state)
{
    static const char request[] = "GET /hang HTTP/1.1\r\n" END;
    int fds[HANGERS];
    char byte;
    for (int i = 0; i < HANGERS; i++) {
        fds[i] = connect_to(*state);
        assert_int_equal(send(fds[i], request, sizeof request - 1, MSG_NOSIGNAL), sizeof request - 1);
        expect(*state, "GET /x HTTP/1.1\r\n" END, "HTTP/1.1 200", "GET /x");
    }
    assert_true(recv(fds[0], &byte, 1, 0) <= 0);
    assert_int_equal(recv(fds[HANGERS - 1], &byte, 1, MSG_DONTWAIT), -1);
    http_server_stop(*state);
    *state = NULL;
    for (int i = 0; i < HANGERS; i++) {
        assert_true(recv(fds[i], &byte, 1, 0) <= 0);
        close(fds[i]);
    }
}

static void refuses_to_listen(const char *listen, enum err_kind kind, const char *part)
{
    struct err err = {0};
    struct http_server *server =
        http_server_start(&(struct http_server_options){.listen = listen, .handle = handle}, &err);
    assert_null(server);
    if (err.kind != kind || !strstr(err.message, part))
        fail_msg("%s: got '%s', expected '%s'", listen, err.message, part);
}

static void what_cannot_be_listened_on_is_said(void **state)
{
    refuses_to_listen("9095", ERR_USAGE, "is not host:port");
    refuses_to_listen("localhost:99999", ERR_USAGE, "is not host:port");
    refuses_to_listen("::1:80", ERR_USAGE, "is not host:port");
    refuses_to_listen("0.0.0.0:0", ERR_USAGE, "needs tokens");
    refuses_to_listen(":0", ERR_USAGE, "needs tokens");
    struct buf taken;
    buf_init(&taken, 100);
    buf_printf(&taken, "127.0.0.1:%d", http_server_port(*state));
    refuses_to_listen(buf_cstring(&taken), ERR_UNREACHABLE, "Address already in use");
    buf_finish(&taken);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(parameters_are_decoded, start, stop),
        cmocka_unit_test_setup_teardown(a_form_is_read_behind_the_query, start, stop),
        cmocka_unit_test_setup_teardown(large_bodies_are_refused, start, stop),
        cmocka_unit_test_setup_teardown(compressed_bodies_are_refused, start, stop),
        cmocka_unit_test_setup_teardown(a_too_large_answer_becomes_an_error, start, stop),
        cmocka_unit_test_setup_teardown(tokens_hosts_and_origins_are_told_apart, start, stop),
        cmocka_unit_test(no_secret_matches_an_unset_one),
        cmocka_unit_test_setup_teardown(an_idle_connection_is_closed_and_harms_nobody, start, stop),
        cmocka_unit_test_setup_teardown(a_dropped_request_gets_no_answer, start, stop),
        cmocka_unit_test_setup_teardown(hanging_requests_harm_nobody, start, stop),
        cmocka_unit_test_setup_teardown(what_cannot_be_listened_on_is_said, start, stop),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
