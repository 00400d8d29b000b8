/* The set of compiled expressions, and matching. PCRE2 sees only patterns that regex_translate wrote, always
 * under limits. Each regex keeps one match block for reuse; a thread takes it out for its match and puts it
 * back. */
#define PCRE2_CODE_UNIT_WIDTH 8
#include "base/regex.h"

#include "base/arena.h"
#include "base/buf.h"
#include "base/map.h"
#include "base/memory.h"
#include "base/regex_fast.h"
#include "base/regex_syntax.h"
#include "base/vec.h"

#include <pcre2.h>

#include <assert.h>
#include <stdatomic.h>

enum {
    PATTERN_MAX = 10000,          /* bytes, where PCRE2 is needed */
    PATTERN_FAST_MAX = 256 << 10, /* where it is not */
    TRANSLATED_MAX = 4 << 20,
    MATCH_LIMIT = 1000000,
    DEPTH_LIMIT = 100000,
    HEAP_LIMIT_KIB = 4096,
};

struct regex {
    struct text pattern;
    bool search;
    bool matches_empty;
    struct regex_fast fast;
    struct regex_groups groups;
    pcre2_code *code;             /* NULL if `fast` is enough */
    pcre2_match_context *context; /* the set's */
    _Atomic(pcre2_match_data *) *spare;
};

struct regex_set {
    struct arena arena;
    struct map by_hash[2]; /* anchored, search: hash of the pattern to index + 1 into all */
    VEC(struct regex *) all;
    pcre2_compile_context *compile_context;
    pcre2_match_context *match_context;
};

static void *allocate(size_t n, void *unused)
{
    (void)unused;
    return memory_alloc(n);
}

static void release(void *at, void *unused)
{
    (void)unused;
    memory_free(at);
}

struct regex_set *regex_set_new(void)
{
    struct regex_set *set = memory_alloc_zero(1, sizeof *set);
    arena_init(&set->arena, 0);
    pcre2_general_context *general = pcre2_general_context_create(allocate, release, NULL);
    set->compile_context = pcre2_compile_context_create(general);
    set->match_context = pcre2_match_context_create(general);
    pcre2_general_context_free(general);
    pcre2_set_newline(set->compile_context, PCRE2_NEWLINE_LF);
    pcre2_set_match_limit(set->match_context, MATCH_LIMIT);
    pcre2_set_depth_limit(set->match_context, DEPTH_LIMIT);
    pcre2_set_heap_limit(set->match_context, HEAP_LIMIT_KIB);
    return set;
}

void regex_set_free(struct regex_set *set)
{
    if (!set)
        return;
    for (size_t i = 0; i < set->all.len; i++) {
        pcre2_match_data_free(atomic_load(set->all.at[i]->spare));
        pcre2_code_free(set->all.at[i]->code);
    }
    VEC_FREE(&set->all);
    map_finish(&set->by_hash[0]);
    map_finish(&set->by_hash[1]);
    pcre2_compile_context_free(set->compile_context);
    pcre2_match_context_free(set->match_context);
    arena_finish(&set->arena);
    memory_free(set);
}

static bool compile_code(struct regex_set *set, struct regex *regex, struct text translated, struct err *err)
{
    uint32_t options = PCRE2_UTF | PCRE2_MATCH_INVALID_UTF | PCRE2_DOLLAR_ENDONLY | PCRE2_ALT_CIRCUMFLEX |
                       PCRE2_NEVER_BACKSLASH_C | PCRE2_NEVER_UCP;
    if (!regex->search)
        options |= PCRE2_DOTALL | PCRE2_ANCHORED | PCRE2_ENDANCHORED;
    int error;
    PCRE2_SIZE offset;
    regex->code = pcre2_compile((PCRE2_SPTR)translated.at, translated.len, options, &error, &offset,
                                set->compile_context);
    if (regex->code)
        return true;
    struct text shown = text_part(regex->pattern, 0, 200);
    if (error == PCRE2_ERROR_UNKNOWN_UNICODE_PROPERTY)
        return err_set(err, ERR_INPUT, "error parsing regexp: invalid character class range: `%.*s`",
                       TEXT_ARG(shown));
    PCRE2_UCHAR message[200];
    pcre2_get_error_message(error, message, sizeof message);
    return err_set(err, ERR_INPUT, "error parsing regexp: %s: `%.*s`", (const char *)message,
                   TEXT_ARG(shown));
}

static bool compile(struct regex_set *set, struct regex *regex, struct err *err)
{
    if (regex->pattern.len > PATTERN_FAST_MAX)
        return err_set(err, ERR_INPUT, "error parsing regexp: expression of %zu bytes is longer than %d",
                       regex->pattern.len, PATTERN_FAST_MAX);
    struct buf translated;
    buf_init(&translated, TRANSLATED_MAX);
    bool ok = regex_translate(regex->pattern, &set->arena, &translated, &regex->groups, err);
    if (ok && !regex->search)
        regex_fast_read(regex->pattern, &set->arena, &regex->fast);
    bool needs_code = ok && (!regex->fast.len || regex->groups.len);
    if (needs_code && (regex->pattern.len > PATTERN_MAX || translated.overflowed)) {
        needs_code = false;
        ok = err_set(err, ERR_INPUT, "error parsing regexp: expression of %zu bytes is longer than %d",
                     regex->pattern.len, PATTERN_MAX);
    }
    if (needs_code)
        ok = compile_code(set, regex, (struct text){buf_cstring(&translated), translated.len}, err);
    buf_finish(&translated);
    return ok;
}

static const struct regex *find_or_compile(struct regex_set *set, struct text pattern, bool search,
                                           struct err *err)
{
    uint64_t hash = hash_bytes(pattern.at, pattern.len, 0);
    uint64_t *known = map_find(&set->by_hash[search], hash);
    if (known && text_eq(set->all.at[*known - 1]->pattern, pattern))
        return set->all.at[*known - 1];
    struct regex *regex = ARENA_NEW(&set->arena, struct regex);
    *regex = (struct regex){.pattern = pattern, .search = search, .context = set->match_context};
    if (!compile(set, regex, err))
        return NULL;
    regex->pattern = text_copy(&set->arena, pattern);
    regex->spare = arena_alloc_zero(&set->arena, sizeof *regex->spare, _Alignof(max_align_t));
    regex->matches_empty = regex_matches(regex, TEXT(""), NULL);
    VEC_PUSH(&set->all, regex);
    if (!known)
        *map_add(&set->by_hash[search], hash, NULL) = set->all.len;
    return regex;
}

const struct regex *regex_compile(struct regex_set *set, struct text pattern, struct err *err)
{
    return find_or_compile(set, pattern, false, err);
}

const struct regex *regex_compile_search(struct regex_set *set, struct text pattern, struct err *err)
{
    return find_or_compile(set, pattern, true, err);
}

static pcre2_match_data *take_block(const struct regex *regex)
{
    pcre2_match_data *block = atomic_exchange(regex->spare, NULL);
    if (!block)
        block = pcre2_match_data_create_from_pattern(regex->code, NULL);
    if (!block)
        memory_exhausted();
    return block;
}

static void put_block(const struct regex *regex, pcre2_match_data *block)
{
    pcre2_match_data_free(atomic_exchange(regex->spare, block));
}

enum outcome { OUTCOME_NONE, OUTCOME_MATCH, OUTCOME_LIMIT };

static enum outcome run(const struct regex *regex, struct text subject, size_t from, uint32_t options,
                        pcre2_match_data *block)
{
    const char *at = subject.at ? subject.at : "";
    int result = pcre2_match(regex->code, (PCRE2_SPTR)at, subject.len, from, options, block, regex->context);
    if (result == PCRE2_ERROR_NOMATCH)
        return OUTCOME_NONE;
    return result >= 0 ? OUTCOME_MATCH : OUTCOME_LIMIT;
}

static bool is_match(enum outcome outcome, bool *over_limit)
{
    if (outcome == OUTCOME_LIMIT && over_limit)
        *over_limit = true;
    return outcome == OUTCOME_MATCH;
}

bool regex_matches(const struct regex *regex, struct text subject, bool *over_limit)
{
    if (regex->fast.len)
        return regex_fast_matches(&regex->fast, subject);
    pcre2_match_data *block = take_block(regex);
    enum outcome outcome = run(regex, subject, 0, 0, block);
    put_block(regex, block);
    return is_match(outcome, over_limit);
}

bool regex_matches_empty(const struct regex *regex)
{
    return regex->matches_empty;
}

struct text regex_pattern(const struct regex *regex)
{
    return regex->pattern;
}

/* What a match holds: ovector pairs by group, 0 the whole. */
struct captured {
    const struct regex *regex;
    struct text subject;
    const PCRE2_SIZE *pairs;
};

static struct text group_text(const struct captured *match, size_t group)
{
    if (group > match->regex->groups.len || match->pairs[2 * group] == PCRE2_UNSET)
        return TEXT("");
    return text_part(match->subject, match->pairs[2 * group], match->pairs[2 * group + 1]);
}

static struct text named_text(const struct captured *match, struct text name)
{
    size_t number = 0;
    bool numeric = name.len == 1 || name.at[0] != '0';
    for (size_t i = 0; i < name.len; i++) {
        numeric = numeric && name.at[i] >= '0' && name.at[i] <= '9' && number < 100000000;
        number = numeric ? number * 10 + (size_t)(name.at[i] - '0') : 0;
    }
    if (numeric)
        return group_text(match, number);
    for (size_t i = 0; i < match->regex->groups.len; i++)
        if (text_eq(match->regex->groups.names[i], name) && match->pairs[2 * i + 2] != PCRE2_UNSET)
            return group_text(match, i + 1);
    return TEXT("");
}

static size_t name_length(struct text t)
{
    size_t n = 0;
    for (; n < t.len; n++) {
        char c = t.at[n];
        if (!(c == '_' || (c >= '0' && c <= '9') || ((c | 0x20) >= 'a' && (c | 0x20) <= 'z')))
            break;
    }
    return n;
}

/* Go's Expand: $name takes all letters, digits and underscores; a malformed reference is a dollar sign. */
static void expand(const struct captured *match, struct text replacement, struct buf *out)
{
    for (size_t i = 0; i < replacement.len;) {
        struct text rest = text_part(replacement, i, replacement.len);
        size_t plain = text_find(rest, '$');
        buf_add_text(out, text_part(rest, 0, plain));
        rest = text_part(rest, plain, rest.len);
        i += plain;
        if (!rest.len)
            break;
        bool braces = rest.len > 1 && rest.at[1] == '{';
        size_t start = braces ? 2 : 1;
        size_t n = name_length(text_part(rest, start, rest.len));
        bool closed = !braces || (start + n < rest.len && rest.at[start + n] == '}');
        if (n && closed) {
            buf_add_text(out, named_text(match, text_part(rest, start, start + n)));
            i += start + n + braces;
        } else {
            buf_putc(out, '$');
            i += rest.len > 1 && rest.at[1] == '$' ? 2 : 1;
        }
    }
}

bool regex_expand(const struct regex *regex, struct text subject, struct text replacement, struct buf *out,
                  bool *over_limit)
{
    if (!regex->code) {
        PCRE2_SIZE whole[2] = {0, subject.len};
        if (!regex_fast_matches(&regex->fast, subject))
            return false;
        expand(&(struct captured){regex, subject, whole}, replacement, out);
        return true;
    }
    pcre2_match_data *block = take_block(regex);
    enum outcome outcome = run(regex, subject, 0, 0, block);
    if (outcome == OUTCOME_MATCH)
        expand(&(struct captured){regex, subject, pcre2_get_ovector_pointer(block)}, replacement, out);
    put_block(regex, block);
    return is_match(outcome, over_limit);
}

/* Bytes of the character at `at`: broken bytes count one by one. */
static size_t character_length(struct text t, size_t at)
{
    size_t n = 1;
    while (at + n < t.len && n < 4 && ((unsigned char)t.at[at + n] & 0xc0) == 0x80)
        n++;
    return at < t.len ? n : 1;
}

bool regex_replace_all(const struct regex *regex, struct text subject, struct text replacement,
                       struct buf *out)
{
    assert(regex->search);
    pcre2_match_data *block = take_block(regex);
    const PCRE2_SIZE *pairs = pcre2_get_ovector_pointer(block);
    enum outcome outcome = OUTCOME_MATCH;
    size_t copied = 0; /* end of the last match */
    size_t from = 0;
    while (from <= subject.len) {
        outcome = run(regex, subject, from, 0, block);
        if (outcome != OUTCOME_MATCH)
            break;
        buf_add_text(out, text_part(subject, copied, pairs[0]));
        /* no empty match right behind another match */
        if (pairs[1] > copied || pairs[0] == 0)
            expand(&(struct captured){regex, subject, pairs}, replacement, out);
        copied = pairs[1];
        size_t step = character_length(subject, from);
        from = from + step > pairs[1] ? from + step : pairs[1];
    }
    buf_add_text(out, text_part(subject, copied, subject.len));
    put_block(regex, block);
    return outcome != OUTCOME_LIMIT;
}
