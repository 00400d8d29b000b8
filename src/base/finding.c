/* The list of findings: texts live in its arena, the array on the heap, sorted only when printed. */
#include "base/finding.h"

#include "base/buf.h"
#include "base/json.h"
#include "base/memory.h"

#include <stdarg.h>
#include <stdio.h>

enum { MESSAGE_MAX = 4096 };

static const char *const level_names[] = {"error", "warning", "info"};
static const char *const level_colours[] = {"\033[31m", "\033[33m", "\033[36m"};

void findings_init(struct findings *findings)
{
    *findings = (struct findings){0};
    arena_init(&findings->arena, 0);
}

void findings_finish(struct findings *findings)
{
    arena_finish(&findings->arena);
    memory_free(findings->at);
    *findings = (struct findings){0};
}

static struct text format_text(struct arena *arena, const char *format, va_list args)
    __attribute__((format(printf, 2, 0)));

/* One line, cut at MESSAGE_MAX bytes. */
static struct text format_text(struct arena *arena, const char *format, va_list args)
{
    va_list again;
    va_copy(again, args);
    int n = vsnprintf(NULL, 0, format, args);
    size_t len = n < 0 ? 0 : n > MESSAGE_MAX ? MESSAGE_MAX : (size_t)n;
    char *at = ARENA_ARRAY(arena, char, len + 1);
    vsnprintf(at, len + 1, format, again);
    va_end(again);
    for (size_t i = 0; i < len; i++)
        if ((unsigned char)at[i] < ' ' || at[i] == 0x7f)
            at[i] = ' ';
    return (struct text){at, len};
}

/* The next entry, or NULL where only counting is left. */
static struct finding *next_finding(struct findings *findings, enum finding_level level)
{
    findings->errors += level == FINDING_ERROR;
    findings->warnings += level == FINDING_WARNING;
    if (findings->len == FINDINGS_MAX) {
        findings->dropped++;
        return NULL;
    }
    if (findings->len == findings->cap) {
        findings->cap = findings->cap ? findings->cap * 2 : 8;
        findings->at = memory_resize(findings->at, findings->cap, sizeof *findings->at);
    }
    return &findings->at[findings->len++];
}

static struct text keep_file(struct findings *findings, const char *file)
{
    struct text t = text_of(file ? file : "");
    for (size_t i = findings->len; i > 0 && i + 2 > findings->len; i--)
        if (text_eq(findings->at[i - 1].file, t))
            return findings->at[i - 1].file;
    return text_copy(&findings->arena, t);
}

void finding_add(struct findings *findings, enum finding_level level, const char *check, const char *file,
                 struct source_pos pos, const char *format, ...)
{
    struct text kept = keep_file(findings, file);
    struct finding *finding = next_finding(findings, level);
    if (!finding)
        return;
    va_list args;
    va_start(args, format);
    struct text message = format_text(&findings->arena, format, args);
    va_end(args);
    *finding = (struct finding){level, check, kept, pos, message, TEXT("")};
}

void finding_hint(struct findings *findings, const char *format, ...)
{
    if (findings->len == 0 || findings->dropped)
        return;
    va_list args;
    va_start(args, format);
    findings->at[findings->len - 1].hint = format_text(&findings->arena, format, args);
    va_end(args);
}

void finding_add_err(struct findings *findings, const char *check, const struct err *err)
{
    finding_add(findings, FINDING_ERROR, check, err->file, err->pos, "%s", err->message);
}

static int compare(const struct finding *a, const struct finding *b)
{
    int order = text_compare(a->file, b->file);
    if (order == 0)
        order = (a->pos.line > b->pos.line) - (a->pos.line < b->pos.line);
    if (order == 0)
        order = (a->pos.column > b->pos.column) - (a->pos.column < b->pos.column);
    return order;
}

/* Insertion sort: stable, and readers add nearly in order. */
static void sort(struct findings *findings)
{
    for (size_t i = 1; i < findings->len; i++) {
        struct finding moved = findings->at[i];
        size_t to = i;
        for (; to > 0 && compare(&findings->at[to - 1], &moved) > 0; to--)
            findings->at[to] = findings->at[to - 1];
        findings->at[to] = moved;
    }
}

static void print_place(const struct finding *finding, struct buf *out)
{
    buf_add_text(out, finding->file);
    if (finding->pos.line) {
        if (finding->file.len)
            buf_putc(out, ':');
        buf_printf(out, "%d", finding->pos.line);
        if (finding->pos.column)
            buf_printf(out, ":%d", finding->pos.column);
    }
    if (finding->file.len || finding->pos.line)
        buf_puts(out, ": ");
}

void findings_print(struct findings *findings, bool colour, struct buf *out)
{
    sort(findings);
    for (size_t i = 0; i < findings->len; i++) {
        const struct finding *finding = &findings->at[i];
        print_place(finding, out);
        buf_printf(out, "%s%s%s: ", colour ? level_colours[finding->level] : "", level_names[finding->level],
                   colour ? "\033[0m" : "");
        buf_add_text(out, finding->message);
        if (finding->hint.len)
            buf_printf(out, " (%.*s)", TEXT_ARG(finding->hint));
        buf_printf(out, " [%s]\n", finding->check);
    }
    if (findings->dropped)
        buf_printf(out, "… and %zu more\n", findings->dropped);
}

void findings_print_json(struct findings *findings, struct buf *out)
{
    struct json_writer w;
    sort(findings);
    json_begin(&w, out);
    json_open(&w, '[');
    for (size_t i = 0; i < findings->len; i++) {
        const struct finding *finding = &findings->at[i];
        json_open(&w, '{');
        json_name(&w, "level");
        json_put_string(&w, level_names[finding->level]);
        json_name(&w, "check");
        json_put_string(&w, finding->check);
        json_name(&w, "file");
        json_put_text(&w, finding->file);
        json_name(&w, "line");
        json_put_int(&w, finding->pos.line);
        json_name(&w, "column");
        json_put_int(&w, finding->pos.column);
        json_name(&w, "message");
        json_put_text(&w, finding->message);
        json_name(&w, "hint");
        json_put_text(&w, finding->hint);
        json_close(&w, '}');
    }
    json_close(&w, ']');
}
