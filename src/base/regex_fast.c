/* Most label matchers are `a|b|c`, `prefix.*` or `.*part.*`. These are matched by comparing bytes:
 * alternations of whole literals by binary search, others one after the other. */
#include "base/regex_fast.h"

#include "base/arena.h"

#include <stdlib.h>

enum { BRANCHES_MAX = 16 /* of those that cannot be searched for */, EVERY_BRANCH_MAX = 100000 };

static bool is_meta(char c)
{
    return c && strchr("\\.+*?()|[]{}^$", c);
}

static bool is_punctuation(char c)
{
    return c > ' ' && c < 0x7f && !(c >= '0' && c <= '9') && !((c | 0x20) >= 'a' && (c | 0x20) <= 'z');
}

/* around = ".*" | ".+" | nothing, lazy or not: which way it is matched makes no difference between anchors.
 */
static enum regex_around read_around(struct text *rest)
{
    bool any = text_starts(*rest, TEXT(".*"));
    if (!any && !text_starts(*rest, TEXT(".+")))
        return AROUND_NONE;
    *rest = text_part(*rest, 2, rest->len);
    if (text_starts(*rest, TEXT("?")))
        *rest = text_part(*rest, 1, rest->len);
    return any ? AROUND_ANY : AROUND_SOME;
}

/* branch = [ "^" ] around { character | "\" punctuation } around [ "$" ], up to "|" or the end. Moves *rest
 * there. */
static bool read_branch(struct text *rest, struct arena *arena, struct regex_branch *branch)
{
    if (text_starts(*rest, TEXT("^")))
        *rest = text_part(*rest, 1, rest->len);
    branch->before = read_around(rest);
    size_t raw = 0;
    char *literal = NULL;
    size_t len = 0;
    for (size_t pass = 0; pass < 2; pass++) {
        len = 0;
        for (raw = 0; raw < rest->len; raw++) {
            char c = rest->at[raw];
            if (c == '\\' && raw + 1 < rest->len && is_punctuation(rest->at[raw + 1]))
                c = rest->at[++raw];
            else if (is_meta(c))
                break;
            if (literal)
                literal[len] = c;
            len++;
        }
        if (!literal)
            literal = arena_alloc(arena, len, 1);
    }
    *rest = text_part(*rest, raw, rest->len);
    branch->literal = (struct text){literal, len};
    branch->after = read_around(rest);
    if (!len && branch->before) { /* `.*` alone: nothing stands between */
        if (branch->after)
            return false;
        branch->after = branch->before;
        branch->before = AROUND_NONE;
    }
    if (text_starts(*rest, TEXT("$")))
        *rest = text_part(*rest, 1, rest->len);
    /* a repeat of the literal's last character shows here as a character that is not "|" */
    return rest->len == 0 || rest->at[0] == '|';
}

static int by_literal(const void *a, const void *b)
{
    const struct regex_branch *x = a, *y = b;
    return text_compare(x->literal, y->literal);
}

/* "(a|b)" and "(?:a|b)" as "a|b", if the first bracket closes at the end. */
static struct text without_group(struct text pattern)
{
    if (!text_starts(pattern, TEXT("(")) || !text_ends(pattern, TEXT(")")) || text_ends(pattern, TEXT("\\)")))
        return pattern;
    struct text inside = text_part(pattern, 1, pattern.len - 1);
    if (text_starts(inside, TEXT("?:")))
        inside = text_part(inside, 2, inside.len);
    bool plain = true;
    for (size_t i = 0; i < inside.len; i++)
        plain = plain && inside.at[i] != '(' && inside.at[i] != ')';
    return plain && !text_starts(inside, TEXT("?")) ? inside : pattern;
}

void regex_fast_read(struct text pattern, struct arena *arena, struct regex_fast *fast)
{
    *fast = (struct regex_fast){.whole = true};
    struct text rest = without_group(pattern);
    size_t cap = 1;
    for (size_t i = 0; i < rest.len; i++)
        cap += rest.at[i] == '|';
    if (cap > EVERY_BRANCH_MAX)
        return;
    fast->branches = ARENA_ARRAY(arena, struct regex_branch, cap);
    size_t len = 0;
    for (;;) {
        struct regex_branch branch;
        if (!read_branch(&rest, arena, &branch))
            return;
        fast->whole = fast->whole && !branch.before && !branch.after;
        fast->branches[len++] = branch;
        if (!rest.len)
            break;
        rest = text_part(rest, 1, rest.len);
    }
    if (fast->whole)
        qsort(fast->branches, len, sizeof *fast->branches, by_literal);
    else if (len > BRANCHES_MAX)
        return;
    fast->len = len;
}

static bool branch_matches(const struct regex_branch *branch, struct text subject)
{
    size_t head = branch->before == AROUND_SOME, tail = branch->after == AROUND_SOME;
    struct text literal = branch->literal;
    if (subject.len < literal.len + head + tail)
        return false;
    if (!branch->before && !branch->after)
        return text_eq(subject, literal);
    if (!branch->before)
        return text_starts(subject, literal);
    if (!branch->after)
        return text_ends(subject, literal);
    return memmem(subject.at + head, subject.len - head - tail, literal.at, literal.len) != NULL;
}

bool regex_fast_matches(const struct regex_fast *fast, struct text subject)
{
    if (fast->whole && fast->len > 4) {
        struct regex_branch wanted = {.literal = subject};
        return bsearch(&wanted, fast->branches, fast->len, sizeof wanted, by_literal) != NULL;
    }
    for (size_t i = 0; i < fast->len; i++)
        if (branch_matches(&fast->branches[i], subject))
            return true;
    return false;
}
