/* regex_fast: anchored patterns that need no automaton: alternations of literals, each with nothing, .* or .+
 * before and after it. For regex.c and its tests. */
#ifndef SLOBURN_BASE_REGEX_FAST_H
#define SLOBURN_BASE_REGEX_FAST_H

#include "base/text.h"

struct arena;

/* How many bytes may stand before or behind the literal. */
enum regex_around { AROUND_NONE, AROUND_ANY, AROUND_SOME };

struct regex_branch {
    struct text literal;
    enum regex_around before;
    enum regex_around after;
};

struct regex_fast {
    struct regex_branch *branches; /* in the arena; sorted by literal if all are whole */
    size_t len;                    /* 0: not such a pattern */
    bool whole;                    /* nothing before or after any literal */
};

/* The pattern must be valid (regex_translate) and anchored, its dot matching newlines. */
void regex_fast_read(struct text pattern, struct arena *arena, struct regex_fast *fast);
bool regex_fast_matches(const struct regex_fast *fast, struct text subject);

#endif
