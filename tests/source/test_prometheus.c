/* The Prometheus source against a server in this process that keeps samples of a few series and answers as
 * Prometheus before 3.0 would (ranges that include their left end), or as one that is broken. */
#include "source/prometheus.h"

#include "base/number.h"
#include "net/http_server.h"
#include "net/raw_server.h"
#include "source/selectors.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

enum { SCRAPE_MS = 15000, REQUEST_BYTES_MAX = 1 << 20, LOOKBACK_MS = 300000 };

/* Metric "m" with instances a (all the time) and b (until `b_ends_ms`), a sample each 15 s, value = seconds.
 */
struct fake {
    struct http_server *server;
    struct buf requests; /* path and query of each, one a line */
    size_t max_samples;  /* more are refused, as Prometheus does */
    int64_t b_ends_ms;
    bool refuses_post;
    struct source *source;
    struct test_selectors selectors;
    struct label_table *table;
    struct arena arena;
};

static int64_t seconds_param(const struct server_request *request, const char *name)
{
    double seconds = 0;
    assert_true(number_parse(server_param(request, name), &seconds));
    return llround(seconds * 1000);
}

/* The newest sample at or before t, or INT64_MIN if the instance is gone then. */
static int64_t newest(const struct fake *fake, char instance, int64_t t)
{
    int64_t sample = t - ((t % SCRAPE_MS) + SCRAPE_MS) % SCRAPE_MS;
    return instance == 'b' && sample > fake->b_ends_ms ? INT64_MIN : sample;
}

static void begin_series(struct buf *out, char instance, const char *member)
{
    if (out->at[out->len - 1] == '}')
        buf_putc(out, ',');
    buf_printf(out, "{\"metric\":{\"__name__\":\"m\",\"instance\":\"%c\"},\"%s\":", instance, member);
}

static void put_sample(struct buf *out, int64_t t, int64_t sample)
{
    if (out->at[out->len - 1] == ']')
        buf_putc(out, ',');
    buf_printf(out, "[%lld.%03lld,\"%lld\"]", (long long)(t / 1000), (long long)(t % 1000),
               (long long)(sample / 1000));
}

static size_t put_range(const struct fake *fake, char instance, int64_t from, int64_t to, struct buf *out)
{
    size_t n = 0;
    begin_series(out, instance, "values");
    buf_putc(out, '[');
    for (int64_t t = (from + SCRAPE_MS - 1) / SCRAPE_MS * SCRAPE_MS; t <= to; t += SCRAPE_MS) {
        if (instance == 'b' && t > fake->b_ends_ms)
            break;
        put_sample(out, t, t);
        n++;
    }
    buf_puts(out, "]}");
    return n;
}

static void answer_instant(const struct fake *fake, const struct server_request *request, struct buf *out)
{
    struct text query = server_param(request, "query");
    int64_t at = seconds_param(request, "time");
    size_t bracket = text_find(query, '[');
    if (bracket == query.len) {
        buf_puts(out, "\"vector\",\"result\":[");
        for (char instance = 'a'; instance <= 'b'; instance++) {
            int64_t sample = newest(fake, instance, at);
            if (sample == INT64_MIN)
                continue;
            begin_series(out, instance, "value");
            put_sample(out, at, sample);
            buf_putc(out, '}');
        }
        return;
    }
    int64_t range = 0;
    assert_true(integer_parse(text_part(query, bracket + 1, query.len - 3), &range));
    buf_puts(out, "\"matrix\",\"result\":[");
    size_t n = put_range(fake, 'a', at - range, at, out) + put_range(fake, 'b', at - range, at, out);
    if (fake->max_samples > 0 && n > fake->max_samples) {
        buf_clear(out);
        buf_puts(
            out,
            "{\"status\":\"error\",\"errorType\":\"execution\",\"error\":\"query processing would load too "
            "many samples into memory in query execution\"}");
    }
}

static void answer_range(const struct fake *fake, const struct server_request *request, struct buf *out)
{
    int64_t start = seconds_param(request, "start");
    int64_t end = seconds_param(request, "end");
    int64_t step = seconds_param(request, "step");
    buf_puts(out, "\"matrix\",\"result\":[");
    for (char instance = 'a'; instance <= 'b'; instance++) {
        begin_series(out, instance, "values");
        buf_putc(out, '[');
        for (int64_t t = start; t <= end; t += step) {
            int64_t sample = newest(fake, instance, t);
            if (sample != INT64_MIN)
                put_sample(out, t, sample);
        }
        buf_puts(out, "]}");
    }
}

static void handle(void *context, const struct server_request *request, struct server_response *response)
{
    struct fake *fake = context;
    if (fake->refuses_post && text_is(request->method, "POST")) {
        response->status = 405;
        return;
    }
    bool range = text_is(request->path, "/api/v1/query_range");
    buf_printf(&fake->requests, "%.*s %.*s %.*s\n", TEXT_ARG(request->method), TEXT_ARG(request->path),
               TEXT_ARG(server_param(request, "query")));
    buf_puts(&response->body, "{\"status\":\"success\",\"data\":{\"resultType\":");
    if (range)
        answer_range(fake, request, &response->body);
    else
        answer_instant(fake, request, &response->body);
    if (text_starts(buf_text(&response->body), TEXT("{\"status\":\"error\"")))
        response->status = 422;
    else
        buf_puts(&response->body, "]}}");
}

static int start(void **state)
{
    struct fake *fake = memory_alloc_zero(1, sizeof *fake);
    struct err err = {0};
    fake->b_ends_ms = 7200000;
    buf_init(&fake->requests, REQUEST_BYTES_MAX);
    test_selectors_init(&fake->selectors);
    fake->table = label_table_new(NULL);
    arena_init(&fake->arena, 0);
    fake->server = http_server_start(
        &(struct http_server_options){.listen = "127.0.0.1:0", .handle = handle, .context = fake}, &err);
    assert_non_null(fake->server);
    struct buf url;
    buf_init(&url, 100);
    buf_printf(&url, "http://127.0.0.1:%d/", http_server_port(fake->server));
    fake->source = prometheus_source_new(
        &(struct prometheus_options){.http = {.url = buf_cstring(&url)}, .page_samples = 2000}, &err);
    assert_non_null(fake->source);
    buf_finish(&url);
    *state = fake;
    return 0;
}

static int stop(void **state)
{
    struct fake *fake = *state;
    source_free(fake->source);
    http_server_stop(fake->server);
    buf_finish(&fake->requests);
    test_selectors_finish(&fake->selectors);
    label_table_free(fake->table);
    arena_finish(&fake->arena);
    memory_free(fake);
    return 0;
}

static const struct series *find_instance(struct series_set set, const char *instance)
{
    for (size_t i = 0; i < set.len; i++) {
        if (text_is(labels_value(set.at[i].labels, TEXT("instance")), instance))
            return &set.at[i];
    }
    return NULL;
}

static void fetch(struct fake *fake, int64_t from_ms, int64_t to_ms, struct raw_result *result)
{
    struct err err = {0};
    const struct expr *selectors[] = {test_selector(&fake->selectors, "m"),
                                      test_selector(&fake->selectors, "m,instance=b")};
    struct raw_request request = {
        .selectors = selectors, .n_selectors = 2, .from_ms = from_ms, .to_ms = to_ms};
    if (!source_raw(fake->source, &request, fake->table, &fake->arena, result, &err))
        fail_msg("%s", err.message);
}

static void windows_are_open_on_the_left(void **state)
{
    struct fake *fake = *state;
    struct raw_result result;
    fetch(fake, 60000, 120000, &result);
    const struct series *a = find_instance(result.sets[0], "a");
    assert_int_equal(a->len, 4);
    assert_int_equal(a->times_ms[0], 75000);
    assert_int_equal(a->times_ms[3], 120000);
    assert_true(a->values[3] == 120);
    assert_int_equal(result.sets[1].len, 1);
    assert_int_equal(result.n_samples, 8);
    assert_string_equal(buf_cstring(&fake->requests), "POST /api/v1/query {__name__=\"m\"}[60000ms]\n");
}

static size_t count_lines(const struct buf *text)
{
    size_t n = 0;
    for (size_t i = 0; i < text->len; i++)
        n += text->at[i] == '\n';
    return n;
}

static void pages_tile_without_gap_or_double(void **state)
{
    struct fake *fake = *state;
    struct raw_result result;
    fake->b_ends_ms = INT64_MAX;
    fetch(fake, 0, 7 * 24 * 3600000LL, &result);
    const struct series *a = find_instance(result.sets[0], "a");
    assert_int_equal(a->len, 7 * 24 * 240);
    for (size_t i = 0; i < a->len; i++)
        assert_int_equal(a->times_ms[i], (int64_t)(i + 1) * SCRAPE_MS);
    size_t pages = count_lines(&fake->requests);
    assert_in_range(pages, 30, 60); /* 80,640 samples, about 2,000 a page */
}

static void a_page_that_is_too_large_is_asked_for_in_pieces(void **state)
{
    struct fake *fake = *state;
    struct raw_result result;
    fake->max_samples = 100;
    fake->b_ends_ms = INT64_MAX;
    fetch(fake, 0, 3600000, &result);
    assert_int_equal(find_instance(result.sets[0], "a")->len, 240);
    assert_int_equal(find_instance(result.sets[1], "b")->len, 240);
}

static void more_samples_than_allowed_are_an_error(void **state)
{
    struct fake *fake = *state;
    struct err err = {0};
    struct raw_result result;
    const struct expr *selectors[] = {test_selector(&fake->selectors, "m")};
    struct raw_request request = {
        .selectors = selectors, .n_selectors = 1, .to_ms = 3600000, .max_samples = 400};
    assert_false(source_raw(fake->source, &request, fake->table, &fake->arena, &result, &err));
    assert_int_equal(err.kind, ERR_LIMIT);
    assert_non_null(strstr(err.message, "more than 400 samples"));
    assert_int_equal(count_lines(&fake->requests), 1);
}

static void a_server_without_post_is_asked_by_get(void **state)
{
    struct fake *fake = *state;
    struct raw_result result;
    fake->refuses_post = true;
    fetch(fake, 60000, 120000, &result);
    assert_int_equal(result.n_samples, 8);
    assert_string_equal(buf_cstring(&fake->requests), "GET /api/v1/query {__name__=\"m\"}[60000ms]\n");
}

static void the_living_are_told_from_the_gone(void **state)
{
    struct fake *fake = *state;
    struct err err = {0};
    struct raw_result result;
    const struct expr *selectors[] = {test_selector(&fake->selectors, "m")};
    assert_true(source_live(fake->source, selectors, 1, 7200000, fake->table, &fake->arena, &result, &err));
    assert_int_equal(result.sets[0].len, 2);
    assert_true(source_live(fake->source, selectors, 1, 7215000, fake->table, &fake->arena, &result, &err));
    assert_int_equal(result.sets[0].len, 1);
    assert_non_null(find_instance(result.sets[0], "a"));
}

static struct series_set select_from(struct fake *fake, const struct select_request *request)
{
    struct err err = {0};
    struct series_set set = {0};
    struct promql_source source = source_promql(fake->source);
    if (!source.select(source.self, request, fake->table, &fake->arena, &set, &err))
        fail_msg("%s", err.message);
    return set;
}

static void a_gap_on_the_grid_is_a_stale_marker(void **state)
{
    struct fake *fake = *state;
    struct select_request request = {.selector = test_selector(&fake->selectors, "m"),
                                     .kind = SELECT_INSTANT,
                                     .from_ms = 7080000 - LOOKBACK_MS,
                                     .to_ms = 7320000,
                                     .first_ms = 7080000,
                                     .last_ms = 7320000,
                                     .step_ms = 60000,
                                     .range_ms = LOOKBACK_MS};
    struct series_set set = select_from(fake, &request);
    assert_int_equal(find_instance(set, "a")->len, 5);
    const struct series *b = find_instance(set, "b");
    assert_int_equal(b->len, 4);
    assert_int_equal(b->times_ms[2], 7200000);
    assert_int_equal(b->times_ms[3], 7260000);
    assert_true(value_is_stale(b->values[3]));
}

static void timestamps_get_the_samples_own_times(void **state)
{
    struct fake *fake = *state;
    struct select_request request = {.selector = test_selector(&fake->selectors, "m"),
                                     .kind = SELECT_INSTANT,
                                     .from_ms = 7190000 - LOOKBACK_MS,
                                     .to_ms = 7310000,
                                     .first_ms = 7190000,
                                     .last_ms = 7310000,
                                     .step_ms = 60000,
                                     .range_ms = LOOKBACK_MS,
                                     .needs_times = true};
    struct series_set set = select_from(fake, &request);
    const struct series *a = find_instance(set, "a");
    assert_int_equal(a->times_ms[a->len - 1], 7305000);
    const struct series *b = find_instance(set, "b");
    assert_int_equal(b->times_ms[b->len - 2], 7200000);
    assert_int_equal(b->times_ms[b->len - 1], 7250000);
    assert_true(value_is_stale(b->values[b->len - 1]));
}

static void sparse_windows_are_fetched_one_by_one(void **state)
{
    struct fake *fake = *state;
    struct select_request request = {.selector = test_selector(&fake->selectors, "m,instance=a"),
                                     .kind = SELECT_RANGE,
                                     .from_ms = 3600000 - 60000,
                                     .to_ms = 10800000,
                                     .first_ms = 3600000,
                                     .last_ms = 10800000,
                                     .step_ms = 3600000,
                                     .range_ms = 60000};
    struct series_set set = select_from(fake, &request);
    assert_int_equal(count_lines(&fake->requests), 3);
    assert_int_equal(find_instance(set, "a")->len, 12);
}

static void expect_failure(const char *answer, enum err_kind kind, const char *part)
{
    struct raw_server server = {.bytes = answer, .len = strlen(answer)};
    raw_server_start(&server);
    struct err err = {0};
    struct source *source = prometheus_source_new(
        &(struct prometheus_options){
            .http = {.url = server.url, .timeout_ms = 1500, .username = "me", .password = "pw"}},
        &err);
    assert_non_null(source);
    struct buf description;
    buf_init(&description, 1000);
    assert_false(source_check(source, &description, &err));
    if (err.kind != kind || !strstr(err.message, part) ||
        !text_starts(text_of(err.message), text_of(server.url)))
        fail_msg("got %s: '%s', expected '%s'", err_kind_name(err.kind), err.message, part);
    assert_null(strchr(err.message, '\n'));
    buf_finish(&description);
    source_free(source);
    raw_server_stop(&server);
}

#define HTTP(status, body) "HTTP/1.1 " status "\r\nConnection: close\r\n\r\n" body

static void broken_servers_give_one_clear_line(void **state)
{
    (void)state;
    expect_failure(HTTP("200 OK", "<html>\n<title>Login</title>"), ERR_INPUT,
                   ": the answer is not JSON: it begins with <html> <title>Login</title>");
    expect_failure(HTTP("200 OK", "{\"status\":\"success\",\"data\":{\"resultType\":\"sc"), ERR_INPUT,
                   ": the answer breaks off after 44 bytes");
    expect_failure(HTTP("200 OK", ""), ERR_INPUT, ": the answer is empty");
    expect_failure("HTTP/1.1 200 OK\r\nContent-Length: 500000000\r\n\r\n{", ERR_LIMIT,
                   "larger than 268435456 bytes");
    expect_failure(HTTP("401 No", "Unauthorized\n"), ERR_INPUT, ": http 401 Unauthorized: Unauthorized");
    expect_failure(HTTP("404 No", "404 page not found\n"), ERR_INPUT,
                   ": http 404 Not Found: 404 page not found");
    expect_failure(
        HTTP("400 No", "{\"status\":\"error\",\"errorType\":\"bad_data\",\"error\":\"parse error\"}"),
        ERR_INPUT, ": http 400 Bad Request: bad_data: parse error");
    expect_failure(HTTP("503 No", "Service Unavailable: WAL replay"), ERR_UNREACHABLE,
                   ": http 503 Service Unavailable: Service Unavailable: WAL replay");
    expect_failure(HTTP("429 No", ""), ERR_UNREACHABLE, ": http 429 Too Many Requests");
    expect_failure(HTTP("302 Found", ""), ERR_INPUT, "redirect (302)");
}

static void a_warning_makes_the_source_partial(void **state)
{
    (void)state;
    static const char answer[] =
        HTTP("200 OK", "{\"status\":\"success\",\"data\":{\"resultType\":\"scalar\",\"result\":"
                       "[1,\"1\"]},\"warnings\":[\"a store does not answer\"]}");
    struct raw_server server = {.bytes = answer, .len = sizeof answer - 1};
    raw_server_start(&server);
    struct err err = {0};
    struct source *source =
        prometheus_source_new(&(struct prometheus_options){.http = {.url = server.url}}, &err);
    struct promql_source seen = source_promql(source);
    struct buf description;
    buf_init(&description, 1000);
    assert_false(seen.partial(seen.self));
    assert_true(source_check(source, &description, &err));
    assert_true(seen.partial(seen.self));
    buf_finish(&description);
    source_free(source);
    raw_server_stop(&server);
}

static void a_query_in_the_url_is_refused(void **state)
{
    (void)state;
    struct err err = {0};
    assert_null(
        prometheus_source_new(&(struct prometheus_options){.http = {.url = "http://h/?token=x"}}, &err));
    assert_string_equal(err.message, "url http://h/: a query string has no place here");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(windows_are_open_on_the_left, start, stop),
        cmocka_unit_test_setup_teardown(pages_tile_without_gap_or_double, start, stop),
        cmocka_unit_test_setup_teardown(a_page_that_is_too_large_is_asked_for_in_pieces, start, stop),
        cmocka_unit_test_setup_teardown(more_samples_than_allowed_are_an_error, start, stop),
        cmocka_unit_test_setup_teardown(a_server_without_post_is_asked_by_get, start, stop),
        cmocka_unit_test_setup_teardown(the_living_are_told_from_the_gone, start, stop),
        cmocka_unit_test_setup_teardown(a_gap_on_the_grid_is_a_stale_marker, start, stop),
        cmocka_unit_test_setup_teardown(timestamps_get_the_samples_own_times, start, stop),
        cmocka_unit_test_setup_teardown(sparse_windows_are_fetched_one_by_one, start, stop),
        cmocka_unit_test(broken_servers_give_one_clear_line),
        cmocka_unit_test(a_warning_makes_the_source_partial),
        cmocka_unit_test(a_query_in_the_url_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
