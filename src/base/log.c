/* One line, one write(2): lines of several threads do not mix. The wall clock is read here and nowhere else
 * in base: a log line tells when it was written, not what time the engine is at. Values are cut at 4 KiB, so
 * that a line is bounded and a JSON line stays whole. */
#include "base/log.h"

#include "base/buf.h"
#include "base/json.h"
#include "base/labels.h"
#include "base/timezone.h"

#include <errno.h>
#include <stdarg.h>
#include <time.h>
#include <unistd.h>

enum { VALUE_MAX = 4096, PAIRS_MAX = 64, LINE_MAX_BYTES = (PAIRS_MAX + 4) * 2 * (6 * VALUE_MAX + 8) };

static enum log_level lowest_level = LOG_INFO;
static enum log_format line_format = LOG_LOGFMT;

void log_setup(enum log_level lowest, enum log_format format)
{
    lowest_level = lowest;
    line_format = format;
}

static bool is_bare(struct text t)
{
    for (size_t i = 0; i < t.len; i++) {
        unsigned char c = (unsigned char)t.at[i];
        if (c <= ' ' || c == '=' || c == '"' || c == '\\' || c == 0x7f)
            return false;
    }
    return t.len > 0 && text_utf8_valid(t);
}

static void print_pair(const char *key, const char *value, struct buf *line)
{
    struct text t = text_part(text_of(value ? value : ""), 0, VALUE_MAX);
    if (line_format == LOG_JSON) {
        buf_putc(line, line->len ? ',' : '{');
        json_escape(text_of(key), line);
        buf_putc(line, ':');
        json_escape(t, line);
        return;
    }
    if (line->len)
        buf_putc(line, ' ');
    buf_printf(line, "%s=", key);
    if (is_bare(t))
        buf_add_text(line, t);
    else
        text_print_quoted(t, line);
}

static void print_now(struct buf *out)
{
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    struct civil_time t = civil_from_ms(NULL, (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000);
    buf_printf(out, "%04d-%02d-%02dT%02d:%02d:%02d.%03dZ", t.year, t.month, t.day, t.hour, t.minute, t.second,
               t.millisecond);
}

static void write_whole(const char *at, size_t n)
{
    while (n) {
        ssize_t written = write(STDERR_FILENO, at, n);
        if (written < 0 && errno == EINTR)
            continue;
        if (written <= 0)
            return; /* there is nowhere left to complain */
        at += written;
        n -= (size_t)written;
    }
}

void log_line(enum log_level level, const char *message, ...)
{
    static const char *const names[] = {"debug", "info", "warn", "error"};
    if (level < lowest_level)
        return;
    int saved_errno = errno;
    struct buf line, now;
    buf_init(&line, LINE_MAX_BYTES);
    buf_init(&now, 64);
    print_now(&now);
    print_pair("time", buf_cstring(&now), &line);
    print_pair("level", names[level], &line);
    print_pair("msg", message, &line);
    va_list args;
    va_start(args, message);
    const char *key;
    for (int pairs = 0; pairs < PAIRS_MAX && (key = va_arg(args, const char *)) != NULL; pairs++)
        print_pair(key, va_arg(args, const char *), &line);
    va_end(args);
    buf_puts(&line, line_format == LOG_JSON ? "}\n" : "\n");
    write_whole(line.at, line.len);
    buf_finish(&line);
    buf_finish(&now);
    errno = saved_errno;
}
