/* Messages are cut to their room and kept to one line, whatever is quoted in them. */
#include "base/err.h"

#include "base/buf.h"

#include <stdio.h>

static void set_message(struct err *err, const char *format, va_list args)
    __attribute__((format(printf, 2, 0)));

static void set_message(struct err *err, const char *format, va_list args)
{
    vsnprintf(err->message, sizeof err->message, format, args);
    for (char *p = err->message; *p; p++)
        if (*p == '\n' || *p == '\r')
            *p = ' ';
}

void err_write_list(struct err *err, enum err_kind kind, struct source_pos pos, const char *format,
                    va_list args)
{
    err->kind = kind;
    err->pos = pos;
    err->file[0] = '\0';
    set_message(err, format, args);
}

void err_write(struct err *err, enum err_kind kind, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    err_write_list(err, kind, (struct source_pos){0, 0}, format, args);
    va_end(args);
}

void err_write_at(struct err *err, enum err_kind kind, struct source_pos pos, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    err_write_list(err, kind, pos, format, args);
    va_end(args);
}

void err_write_context(struct err *err, const char *format, ...)
{
    struct err context = {0};
    struct buf out;
    va_list args;
    va_start(args, format);
    set_message(&context, format, args);
    va_end(args);
    buf_init(&out, sizeof context.message + sizeof err->message);
    buf_printf(&out, "%s: %s", context.message, err->message);
    snprintf(err->message, sizeof err->message, "%s", buf_cstring(&out));
    buf_finish(&out);
}

void err_set_file(struct err *err, const char *file)
{
    snprintf(err->file, sizeof err->file, "%s", file);
}

void err_print(const struct err *err, struct buf *out)
{
    if (err->file[0])
        buf_printf(out, "%s:", err->file);
    if (err->pos.line)
        buf_printf(out, "%d:%d:", err->pos.line, err->pos.column);
    if (err->file[0] || err->pos.line)
        buf_putc(out, ' ');
    buf_puts(out, err->message);
}

int err_exit_code(enum err_kind kind)
{
    switch (kind) {
    case ERR_NONE:
        return 0;
    case ERR_USAGE:
    case ERR_INPUT:
        return 2;
    case ERR_NO_DATA:
        return 3;
    case ERR_UNREACHABLE:
        return 4;
    case ERR_LIMIT:
        return 5;
    case ERR_STORE:
        return 6;
    }
    return 2;
}

const char *err_kind_name(enum err_kind kind)
{
    static const char *const names[] = {"none", "usage", "input", "no_data", "unreachable", "limit", "store"};
    return names[kind];
}

struct source_pos source_pos_of(struct text whole, size_t offset)
{
    struct source_pos pos = {1, 1};
    for (size_t i = 0; i < offset && i < whole.len; i++) {
        if (whole.at[i] == '\n') {
            pos.line++;
            pos.column = 1;
        } else {
            pos.column++;
        }
    }
    return pos;
}
