/* literal: numbers and strings as PromQL writes them, and characters as its error texts show them. */
#ifndef SLOBURN_PROMQL_LITERAL_H
#define SLOBURN_PROMQL_LITERAL_H

#include "base/err.h"
#include "base/text.h"

#include <stdint.h>

struct arena;
struct buf;

enum { RUNE_END = -1, RUNE_INVALID = 0xfffd };

/* The character at a byte offset: RUNE_END with length 0 behind the text, RUNE_INVALID with length 1 where it
 * is not UTF-8. */
int32_t rune_at(struct text t, size_t offset, size_t *len);
/* 'x' as Go's %q shows a character, U+0078 'x' as its %#U does. */
void rune_print_quoted(int32_t rune, struct buf *out);
void rune_print_code(int32_t rune, struct buf *out);

/* The content of a string token, quotes included in `quoted`, which the lexer has checked. In the arena. */
struct text string_unquote(struct text quoted, struct arena *arena);
/* 1, 1e3, .5, 0x1F, 0755 (octal), 1_000, Inf, NaN. No sign. */
NODISCARD bool number_literal_parse(struct text t, double *value, struct err *err);

#endif
