/* case_file: reads one-line cases. The JSON strings are decoded here, because the strict reader of base
 * refuses the lone surrogates that stand for raw bytes. */
#include "case_file.h"

#include "base/arena.h"
#include "base/buf.h"
#include "base/file.h"

#include <stdio.h>

enum { FILE_MAX = 64 << 20 };

static bool hex4(struct text t, size_t at, unsigned *value)
{
    *value = 0;
    if (at + 4 > t.len)
        return false;
    for (size_t i = at; i < at + 4; i++) {
        char c = t.at[i];
        unsigned digit = c >= '0' && c <= '9' ? (unsigned)(c - '0') : (unsigned)((c | 0x20) - 'a' + 10);
        if (digit > 15)
            return false;
        *value = *value << 4 | digit;
    }
    return true;
}

/* \uXXXX at `at` (on the u); returns the offset behind it, 0 on an error. */
static size_t decode_unicode(struct text t, size_t at, struct buf *out)
{
    unsigned high, low;
    if (!hex4(t, at + 1, &high))
        return 0;
    at += 5;
    bool pair = high >= 0xd800 && high < 0xdc00 && at + 1 < t.len && t.at[at] == '\\' && t.at[at + 1] == 'u';
    if (pair && hex4(t, at + 2, &low)) {
        buf_put_utf8(out, 0x10000 + ((high - 0xd800) << 10) + (low - 0xdc00));
        return at + 6;
    }
    if (high >= 0xdc80 && high <= 0xdcff)
        buf_putc(out, (char)(high - 0xdc00));
    else
        buf_put_utf8(out, high);
    return at;
}

static bool decode_json(struct text t, struct buf *out)
{
    static const char names[] = "\"\\/bfnrt";
    if (t.len < 2 || t.at[0] != '"' || t.at[t.len - 1] != '"')
        return false;
    t = text_part(t, 1, t.len - 1);
    for (size_t i = 0; i < t.len;) {
        if (t.at[i] == '"')
            return false;
        if (t.at[i] != '\\') {
            buf_putc(out, t.at[i++]);
            continue;
        }
        i++;
        const char *name = i < t.len ? memchr(names, t.at[i], sizeof names - 1) : NULL;
        if (name) {
            buf_putc(out, "\"\\/\b\f\n\r\t"[name - names]);
            i++;
        } else if (i < t.len && t.at[i] == 'u') {
            i = decode_unicode(t, i, out);
            if (!i)
                return false;
        } else {
            return false;
        }
    }
    return true;
}

static struct text decode(struct text t, struct arena *arena)
{
    struct buf out;
    buf_init(&out, FILE_MAX);
    struct text result = decode_json(t, &out) ? text_copy(arena, buf_text(&out)) : text_copy(arena, t);
    buf_finish(&out);
    return result;
}

bool case_file_read(const char *path, struct arena *arena, struct case_file *cases)
{
    struct buf content;
    struct err err;
    buf_init(&content, FILE_MAX);
    if (!file_read(path, &content, &err)) {
        fprintf(stderr, "promqltest: %s\n", err.message);
        buf_finish(&content);
        return false;
    }
    struct text rest = text_copy(arena, buf_text(&content));
    buf_finish(&content);
    size_t lines = 1;
    for (size_t i = 0; i < rest.len; i++)
        lines += rest.at[i] == '\n';
    *cases = (struct case_file){.at = ARENA_ARRAY(arena, struct text_case, lines)};
    for (int line = 1; rest.len; line++) {
        struct text row = text_cut(&rest, '\n');
        if (!row.len || row.at[0] == '#')
            continue;
        struct text_case *c = &cases->at[cases->len++];
        c->file = path;
        c->line = line;
        c->kind = text_cut(&row, '\t');
        c->input = decode(text_cut(&row, '\t'), arena);
        c->expected = decode(row, arena);
    }
    return true;
}
