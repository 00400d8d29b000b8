/* constant: Go's literals: numbers, characters, strings. */
#ifndef SLOBURN_TEMPLATE_CONSTANT_H
#define SLOBURN_TEMPLATE_CONSTANT_H

#include "template/value.h"

struct buf;

/* An int, or a float64 if it is written with a point or an exponent. What is wrong, or NULL. */
const char *template_constant_number(struct text literal, struct template_value *value);
/* "…" and `…` give a string, 'x' an int. What is wrong, or NULL. */
const char *template_constant_text(struct text literal, struct arena *arena, struct template_value *value);

/* The code point at the start of the text, and its bytes; U+FFFD and 1 for what is not UTF-8. The text is not
 * empty. */
size_t template_rune_at(struct text text, uint32_t *rune);

#endif
