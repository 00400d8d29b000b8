/* regex_syntax: reads a pattern by RE2's grammar and writes what it means in PCRE2's. Everything is written
 * anew from what was understood, so that nothing of PCRE2's own syntax slips through. Two
 * oddities of Go are not followed: a repeat right behind flags, a(?i)*, is refused (Go repeats the a), and
 * (?i) does not reach into \p{Lu}. For regex.c and its tests. */
#ifndef SLOBURN_BASE_REGEX_SYNTAX_H
#define SLOBURN_BASE_REGEX_SYNTAX_H

#include "base/err.h"

struct arena;
struct buf;

struct regex_groups {
    struct text *names; /* names[0] is the first group's, "" if it has none; in the arena */
    size_t len;
};

/* Appends to `out` a pattern for PCRE2 with PCRE2_UTF, DOLLAR_ENDONLY and ALT_CIRCUMFLEX. Errors are worded
 * as Go's regexp does: "error parsing regexp: missing closing ): `(a`", with the column. */
NODISCARD bool regex_translate(struct text pattern, struct arena *arena, struct buf *out,
                               struct regex_groups *groups, struct err *err);

#endif
