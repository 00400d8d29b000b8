/* buf: one growing buffer of bytes. It cannot exist without its maximum: what would go beyond it is
 * dropped and `overflowed` stays true. Always NUL-terminated once something was written.
 * Init and finish in the caller's memory. */
#ifndef SLOBURN_BASE_BUF_H
#define SLOBURN_BASE_BUF_H

#include "base/text.h"

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct buf {
    char *at;
    size_t len;
    size_t cap;
    size_t max;
    bool overflowed;
};

void buf_init(struct buf *buf, size_t max_bytes);
void buf_finish(struct buf *buf);
void buf_clear(struct buf *buf); /* keeps memory and maximum */
void buf_add(struct buf *buf, const void *bytes, size_t n);
void buf_add_text(struct buf *buf, struct text t);
void buf_puts(struct buf *buf, const char *nul_terminated);
void buf_putc(struct buf *buf, char c);
void buf_put_utf8(struct buf *buf, uint32_t rune); /* at most U+10FFFF */
void buf_printf(struct buf *buf, const char *format, ...) __attribute__((format(printf, 2, 3)));
void buf_vprintf(struct buf *buf, const char *format, va_list args) __attribute__((format(printf, 2, 0)));
/* Room for n more bytes to be written by the caller, who then adds to len; NULL beyond the maximum. */
char *buf_reserve(struct buf *buf, size_t n);
/* Shortens to `len` bytes. */
void buf_truncate(struct buf *buf, size_t len);
/* Borrowed until the next change. "" if nothing was written. */
const char *buf_cstring(struct buf *buf);
static inline struct text buf_text(const struct buf *buf)
{
    return (struct text){buf->at ? buf->at : "", buf->len};
}

#endif
