/* A buffer that doubles up to its maximum; what does not fit sets a sticky flag, so that writers need no
 * checks of their own. */
#include "base/buf.h"

#include "base/memory.h"

#include <stdio.h>

void buf_init(struct buf *buf, size_t max_bytes)
{
    *buf = (struct buf){.max = max_bytes};
}

void buf_finish(struct buf *buf)
{
    memory_free(buf->at);
    *buf = (struct buf){.max = buf->max};
}

void buf_clear(struct buf *buf)
{
    buf->len = 0;
    buf->overflowed = false;
    if (buf->at)
        buf->at[0] = '\0';
}

char *buf_reserve(struct buf *buf, size_t n)
{
    if (n > buf->max - buf->len) {
        buf->overflowed = true;
        return NULL;
    }
    if (buf->cap - buf->len <= n) {
        size_t cap = buf->cap ? buf->cap * 2 : 128;
        if (cap < buf->len + n + 1)
            cap = buf->len + n + 1;
        buf->at = memory_resize(buf->at, cap, 1);
        buf->cap = cap;
    }
    return buf->at + buf->len;
}

void buf_add(struct buf *buf, const void *bytes, size_t n)
{
    char *room = buf_reserve(buf, n);
    if (!room)
        return;
    if (n)
        memcpy(room, bytes, n);
    buf->len += n;
    buf->at[buf->len] = '\0';
}

void buf_add_text(struct buf *buf, struct text t)
{
    buf_add(buf, t.at, t.len);
}

void buf_puts(struct buf *buf, const char *nul_terminated)
{
    buf_add(buf, nul_terminated, strlen(nul_terminated));
}

void buf_putc(struct buf *buf, char c)
{
    buf_add(buf, &c, 1);
}

void buf_put_utf8(struct buf *buf, uint32_t rune)
{
    if (rune < 0x80) {
        buf_putc(buf, (char)rune);
    } else if (rune < 0x800) {
        buf_putc(buf, (char)(0xc0 | rune >> 6));
        buf_putc(buf, (char)(0x80 | (rune & 0x3f)));
    } else if (rune < 0x10000) {
        buf_putc(buf, (char)(0xe0 | rune >> 12));
        buf_putc(buf, (char)(0x80 | (rune >> 6 & 0x3f)));
        buf_putc(buf, (char)(0x80 | (rune & 0x3f)));
    } else {
        buf_putc(buf, (char)(0xf0 | rune >> 18));
        buf_putc(buf, (char)(0x80 | (rune >> 12 & 0x3f)));
        buf_putc(buf, (char)(0x80 | (rune >> 6 & 0x3f)));
        buf_putc(buf, (char)(0x80 | (rune & 0x3f)));
    }
}

/* Mostly what is printed fits behind what there is: then it is printed once. */
void buf_vprintf(struct buf *buf, const char *format, va_list args)
{
    va_list again;
    va_copy(again, args);
    size_t free_bytes = buf->overflowed ? 0 : buf->cap - buf->len;
    int n = vsnprintf(free_bytes ? buf->at + buf->len : NULL, free_bytes, format, args);
    char *room = n < 0 ? NULL : buf_reserve(buf, (size_t)n);
    if (room && (size_t)n >= free_bytes)
        vsnprintf(room, (size_t)n + 1, format, again);
    if (room)
        buf->len += (size_t)n;
    else if (buf->at && free_bytes)
        buf->at[buf->len] = '\0'; /* nothing of it */
    va_end(again);
}

void buf_printf(struct buf *buf, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    buf_vprintf(buf, format, args);
    va_end(args);
}

void buf_truncate(struct buf *buf, size_t len)
{
    if (len < buf->len) {
        buf->len = len;
        buf->at[len] = '\0';
    }
}

const char *buf_cstring(struct buf *buf)
{
    return buf->at ? buf->at : "";
}
