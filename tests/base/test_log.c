/* Log lines as logfmt and as JSON, whatever their values hold. */
#include "base/buf.h"
#include "base/log.h"
#include "base/regex.h"

#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <unistd.h>

#include <cmocka.h>

static FILE *captured;
static int real_stderr;

static void capture(void)
{
    captured = tmpfile();
    assert_non_null(captured);
    real_stderr = dup(STDERR_FILENO);
    dup2(fileno(captured), STDERR_FILENO);
}

/* Checks what was logged since capture() against a pattern, the whole of it. */
static void check_captured(const char *pattern)
{
    struct regex_set *set = regex_set_new();
    struct err err;
    struct buf out;
    buf_init(&out, 1 << 20);
    dup2(real_stderr, STDERR_FILENO);
    close(real_stderr);
    char *room = buf_reserve(&out, 100000);
    ssize_t n = pread(fileno(captured), room, 100000, 0);
    assert_true(n >= 0);
    out.len += (size_t)n;
    fclose(captured);
    const struct regex *regex = regex_compile(set, text_of(pattern), &err);
    assert_non_null(regex);
    if (!regex_matches(regex, (struct text){out.at, out.len}, NULL))
        fail_msg("logged: %.*s", (int)out.len, out.at);
    regex_set_free(set);
    buf_finish(&out);
}

#define TIME "[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}[.][0-9]{3}Z"

static void logfmt_quotes_what_needs_it(void **unused)
{
    (void)unused;
    log_setup(LOG_INFO, LOG_LOGFMT);
    capture();
    log_line(LOG_INFO, "store opened", "path", "/x/a.db", "empty", "", "quote", "a\"b", "lines", "a\nb",
             "sign", "a=b", "utf8", "é", "broken", "\xff", NULL);
    check_captured("time=" TIME
                   " level=info msg=\"store opened\" path=/x/a\\.db empty=\"\" quote=\"a\\\\\"b\" "
                   "lines=\"a\\\\nb\" sign=\"a=b\" utf8=é broken=\"\\\\xff\"\n");
}

static void json_escapes_what_needs_it(void **unused)
{
    (void)unused;
    log_setup(LOG_INFO, LOG_JSON);
    capture();
    log_line(LOG_ERROR, "it said \"no\"", "lines", "a\nb", "back", "a\\b", NULL);
    check_captured("[{]\"time\":\"" TIME
                   "\",\"level\":\"error\",\"msg\":\"it said \\\\\"no\\\\\"\",\"lines\":\"a\\\\nb\","
                   "\"back\":\"a\\\\\\\\b\"[}]\n");
}

static void lower_levels_are_left_out(void **unused)
{
    (void)unused;
    log_setup(LOG_WARN, LOG_LOGFMT);
    capture();
    log_line(LOG_INFO, "not this", NULL);
    log_line(LOG_WARN, "this", NULL);
    check_captured("time=" TIME " level=warn msg=this\n");
}

static void a_huge_value_is_cut(void **unused)
{
    (void)unused;
    struct buf huge;
    buf_init(&huge, 1 << 20);
    for (int i = 0; i < 10000; i++)
        buf_putc(&huge, 'x');
    log_setup(LOG_INFO, LOG_LOGFMT);
    capture();
    log_line(LOG_INFO, "m", "v", huge.at, NULL);
    check_captured("time=" TIME " level=info msg=m v=x{1000}x{1000}x{1000}x{1000}x{96}\n");
    buf_finish(&huge);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(logfmt_quotes_what_needs_it),
        cmocka_unit_test(json_escapes_what_needs_it),
        cmocka_unit_test(lower_levels_are_left_out),
        cmocka_unit_test(a_huge_value_is_cut),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
