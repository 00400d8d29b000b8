/* text: a borrowed piece of UTF-8 text, passed by value. It owns nothing and need not end in NUL.
 * Made copies live in an arena (text_copy) or in a buf. Comparison is bytewise, as Prometheus
 * sorts labels. */
#ifndef SLOBURN_BASE_TEXT_H
#define SLOBURN_BASE_TEXT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

struct arena;

struct text {
    const char *at;
    size_t len;
};

#define TEXT(literal) ((struct text){"" literal, sizeof(literal) - 1})
/* for printf: "%.*s", TEXT_ARG(t) */
#define TEXT_ARG(t) (int)(t).len, (t).at

static inline struct text text_of(const char *nul_terminated)
{
    return (struct text){nul_terminated, nul_terminated ? strlen(nul_terminated) : 0};
}

static inline bool text_eq(struct text a, struct text b)
{
    return a.len == b.len && (a.len == 0 || memcmp(a.at, b.at, a.len) == 0);
}

static inline bool text_is(struct text a, const char *b)
{
    return text_eq(a, text_of(b));
}

int text_compare(struct text a, struct text b);
bool text_starts(struct text t, struct text prefix);
bool text_ends(struct text t, struct text suffix);
/* Part from `from` to before `to`, both clamped to the text. */
struct text text_part(struct text t, size_t from, size_t to);
/* Without leading and trailing space, tab, CR and LF. */
struct text text_trim(struct text t);
/* Offset of the first `c`, or t.len. */
size_t text_find(struct text t, char c);
bool text_contains(struct text t, struct text part);
/* Cuts off and returns the text up to `separator` (or all of it); *rest moves behind it. */
struct text text_cut(struct text *rest, char separator);
/* A copy in the arena, NUL-terminated behind its length. */
struct text text_copy(struct arena *arena, struct text t);
bool text_utf8_valid(struct text t);
/* Edit distance (insert, delete, replace, swap of neighbours), for "did you mean"; at most `limit`+1. */
size_t text_distance(struct text a, struct text b, size_t limit);
/* Index of the nearest of the n candidates within a third of the length, or -1. */
int text_nearest(struct text wanted, const char *const *candidates, size_t n);

#endif
