/* Borrowed strings: comparing, cutting, searching, UTF-8, and the nearest of a list of names. */
#include "base/text.h"

#include "base/arena.h"

int text_compare(struct text a, struct text b)
{
    size_t n = a.len < b.len ? a.len : b.len;
    int order = n ? memcmp(a.at, b.at, n) : 0;
    if (order != 0)
        return order;
    return a.len < b.len ? -1 : a.len > b.len;
}

bool text_starts(struct text t, struct text prefix)
{
    return t.len >= prefix.len && (!prefix.len || memcmp(t.at, prefix.at, prefix.len) == 0);
}

bool text_ends(struct text t, struct text suffix)
{
    return t.len >= suffix.len &&
           (!suffix.len || memcmp(t.at + t.len - suffix.len, suffix.at, suffix.len) == 0);
}

struct text text_part(struct text t, size_t from, size_t to)
{
    if (to > t.len)
        to = t.len;
    if (from > to)
        from = to;
    return (struct text){t.at + from, to - from};
}

static bool blank(char c)
{
    return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

struct text text_trim(struct text t)
{
    while (t.len && blank(t.at[0])) {
        t.at++;
        t.len--;
    }
    while (t.len && blank(t.at[t.len - 1]))
        t.len--;
    return t;
}

size_t text_find(struct text t, char c)
{
    const char *hit = t.len ? memchr(t.at, c, t.len) : NULL;
    return hit ? (size_t)(hit - t.at) : t.len;
}

bool text_contains(struct text t, struct text part)
{
    return part.len == 0 || (t.len > 0 && memmem(t.at, t.len, part.at, part.len));
}

struct text text_cut(struct text *rest, char separator)
{
    size_t at = text_find(*rest, separator);
    struct text head = {rest->at, at};
    size_t skip = at < rest->len ? at + 1 : at;
    rest->at += skip;
    rest->len -= skip;
    return head;
}

struct text text_copy(struct arena *arena, struct text t)
{
    char *copy = arena_alloc(arena, t.len + 1, 1);
    if (t.len)
        memcpy(copy, t.at, t.len);
    copy[t.len] = '\0';
    return (struct text){copy, t.len};
}

bool text_utf8_valid(struct text t)
{
    const unsigned char *p = (const unsigned char *)t.at;
    const unsigned char *end = p + t.len;
    while (p < end) {
        if (*p < 0x80) {
            p++;
            continue;
        }
        int more = *p >= 0xf0 ? 3 : *p >= 0xe0 ? 2 : 1;
        if (*p < 0xc2 || *p > 0xf4 || end - p <= more)
            return false;
        unsigned char second = p[1];
        unsigned char low = *p == 0xe0 ? 0xa0 : *p == 0xf0 ? 0x90 : 0x80;
        unsigned char high = *p == 0xed ? 0x9f : *p == 0xf4 ? 0x8f : 0xbf;
        if (second < low || second > high)
            return false;
        for (int i = 2; i <= more; i++)
            if ((p[i] & 0xc0) != 0x80)
                return false;
        p += more + 1;
    }
    return true;
}

enum { DISTANCE_MAX = 64 };

size_t text_distance(struct text a, struct text b, size_t limit)
{
    if (a.len > DISTANCE_MAX || b.len > DISTANCE_MAX)
        return text_eq(a, b) ? 0 : limit + 1;
    size_t rows[3][DISTANCE_MAX + 1];
    size_t *before = rows[0], *above = rows[1], *row = rows[2];
    for (size_t j = 0; j <= b.len; j++)
        above[j] = j;
    for (size_t i = 1; i <= a.len; i++) {
        row[0] = i;
        for (size_t j = 1; j <= b.len; j++) {
            size_t best = above[j - 1] + (a.at[i - 1] != b.at[j - 1]);
            if (above[j] + 1 < best)
                best = above[j] + 1;
            if (row[j - 1] + 1 < best)
                best = row[j - 1] + 1;
            bool swapped = i > 1 && j > 1 && a.at[i - 1] == b.at[j - 2] && a.at[i - 2] == b.at[j - 1];
            if (swapped && before[j - 2] + 1 < best)
                best = before[j - 2] + 1;
            row[j] = best;
        }
        size_t *reuse = before;
        before = above;
        above = row;
        row = reuse;
    }
    return above[b.len] > limit ? limit + 1 : above[b.len];
}

int text_nearest(struct text wanted, const char *const *candidates, size_t n)
{
    size_t limit = wanted.len / 3 + 1;
    int nearest = -1;
    for (size_t i = 0; i < n; i++) {
        size_t distance = text_distance(wanted, text_of(candidates[i]), limit);
        if (distance <= limit) {
            nearest = (int)i;
            if (distance == 0)
                break;
            limit = distance - 1;
        }
    }
    return nearest;
}
