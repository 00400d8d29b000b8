/* RE2's grammar, as Go's regexp/syntax reads it in Perl mode, one function a production. The first error
 * stops the reader: it moves to the end of the pattern, and all loops unwind by themselves. */
#include "base/regex_reader.h"

#include "base/arena.h"
#include "base/buf.h"

enum { DEPTH_MAX = 200, REPEAT_MAX = 1000 };

void reader_fail(struct regex_reader *r, const char *what, size_t from, size_t to)
{
    if (r->failed)
        return;
    r->failed = true;
    struct text part = text_part(r->pattern, from, to);
    struct source_pos pos = {1, (int)from + 1};
    err_set_at(r->err, ERR_INPUT, pos, "error parsing regexp: %s: `%.*s`", what, TEXT_ARG(part));
    r->at = r->pattern.len;
}

bool reader_more(const struct regex_reader *r)
{
    return r->at < r->pattern.len;
}

char reader_peek(const struct regex_reader *r, size_t ahead)
{
    return r->at + ahead < r->pattern.len ? r->pattern.at[r->at + ahead] : '\0';
}

bool reader_looking_at(const struct regex_reader *r, const char *word)
{
    return text_starts(text_part(r->pattern, r->at, r->pattern.len), text_of(word));
}

/* In valid UTF-8 the first byte tells the length. */
uint32_t reader_next_rune(struct regex_reader *r)
{
    unsigned char lead = (unsigned char)r->pattern.at[r->at++];
    if (lead < 0x80)
        return lead;
    int rest = lead >= 0xf0 ? 3 : lead >= 0xe0 ? 2 : 1;
    uint32_t rune = lead & (0x3fu >> rest);
    for (; rest; rest--)
        rune = rune << 6 | ((unsigned char)r->pattern.at[r->at++] & 0x3f);
    return rune;
}

void reader_write_rune(struct regex_reader *r, uint32_t rune)
{
    if (rune < 0x80 && (reader_is_digit((char)rune) || reader_is_letter((char)rune)))
        buf_putc(r->out, (char)rune);
    else
        buf_printf(r->out, "\\x{%x}", rune);
}

static void add_group(struct regex_reader *r, struct text name)
{
    struct regex_groups *groups = r->groups;
    if (groups->len == r->groups_cap) {
        size_t cap = r->groups_cap ? r->groups_cap * 2 : 8;
        groups->names = arena_grow(r->arena, groups->names, r->groups_cap * sizeof *groups->names,
                                   cap * sizeof *groups->names, _Alignof(struct text));
        r->groups_cap = cap;
    }
    groups->names[groups->len++] = name.len ? text_copy(r->arena, name) : TEXT("");
}

/* name = "(?P<" word ">" | "(?<" word ">"; the group is written without it, the name kept aside. */
static void read_group_name(struct regex_reader *r, size_t prefix)
{
    size_t open = r->at;
    struct text rest = text_part(r->pattern, open + prefix, r->pattern.len);
    size_t close = text_find(rest, '>');
    if (close == rest.len) {
        reader_fail(r, "invalid named capture", open, r->pattern.len);
        return;
    }
    struct text name = text_part(rest, 0, close);
    bool valid = name.len > 0;
    for (size_t i = 0; i < name.len; i++)
        valid = valid && (reader_is_letter(name.at[i]) || reader_is_digit(name.at[i]) || name.at[i] == '_');
    if (!valid) {
        reader_fail(r, "invalid named capture", open, open + prefix + close + 1);
        return;
    }
    for (size_t i = 0; i < r->groups->len; i++)
        if (text_eq(r->groups->names[i], name))
            reader_fail(r, "invalid named capture", open + prefix, open + prefix + close);
    if (r->failed)
        return;
    r->at = open + prefix + close + 1;
    add_group(r, name);
    buf_putc(r->out, '(');
}

/* flags = "(?" { "i" | "m" | "s" | "U" } [ "-" flag { flag } ] ( ":" | ")" ); true if a group was opened. */
static bool read_flags(struct regex_reader *r)
{
    size_t open = r->at;
    r->at += 2;
    bool minus = false, any = false;
    for (; reader_more(r); r->at++) {
        char c = reader_peek(r, 0);
        if (c == '-' && !minus) {
            minus = true;
            any = false;
        } else if (c && strchr("imsU", c)) {
            any = true;
        } else {
            break;
        }
    }
    char end = reader_peek(r, 0);
    bool complete = (end == ':' || end == ')') && (any || !minus);
    if (!complete) {
        if (end & 0x80)
            reader_next_rune(r);
        else if (reader_more(r))
            r->at++;
        bool unclosed = !end;
        reader_fail(r, unclosed ? "missing closing )" : "invalid or unsupported Perl syntax",
                    unclosed ? 0 : open, r->at);
        return false;
    }
    r->at++;
    buf_add_text(r->out, text_part(r->pattern, open, r->at));
    return end == ':';
}

static int read_alternation(struct regex_reader *r);

/* group = "(" [ name | flags ] alternation ")" | flags ")". *atom: whether something was read that can
 * repeat. */
static int read_group(struct regex_reader *r, bool *atom)
{
    size_t prefix = reader_looking_at(r, "(?P<") ? 4 : reader_looking_at(r, "(?<") ? 3 : 0;
    bool look_behind = reader_looking_at(r, "(?<=") || reader_looking_at(r, "(?<!");
    *atom = true;
    if (look_behind) {
        reader_fail(r, "invalid or unsupported Perl syntax", r->at, r->at + 4);
    } else if (prefix && r->at + prefix < r->pattern.len) {
        read_group_name(r, prefix);
    } else if (reader_looking_at(r, "(?")) {
        *atom = read_flags(r);
        if (!*atom)
            return 1;
    } else {
        r->at++;
        add_group(r, TEXT(""));
        buf_putc(r->out, '(');
    }
    if (r->failed)
        return 1;
    if (++r->depth > DEPTH_MAX)
        reader_fail(r, "expression nests too deeply", 0, r->pattern.len);
    int weight = read_alternation(r);
    r->depth--;
    if (!r->failed && reader_peek(r, 0) != ')')
        reader_fail(r, "missing closing )", 0, r->pattern.len);
    r->at += !r->failed;
    buf_putc(r->out, ')');
    return weight;
}

/* quotation = "\Q" { rune } [ "\E" ] */
static bool read_quotation(struct regex_reader *r)
{
    bool any = false;
    for (r->at += 2; reader_more(r) && !reader_looking_at(r, "\\E"); any = true)
        reader_write_rune(r, reader_next_rune(r));
    if (reader_more(r))
        r->at += 2;
    return any;
}

/* What begins with a backslash, outside of brackets. */
static bool read_backslash(struct regex_reader *r)
{
    char c = reader_peek(r, 1);
    if (c == 'Q')
        return read_quotation(r);
    if (c && strchr("AbBz", c)) {
        buf_printf(r->out, "(?:\\%c)", c); /* in a group, so that PCRE2 lets it repeat */
        r->at += 2;
    } else if (c == 'p' || c == 'P') {
        reader_read_property(r);
    } else if (!reader_read_perl_class(r, false)) {
        reader_write_rune(r, reader_read_escape(r));
    }
    return true;
}

/* atom = rune | "." | "^" | "$" | class | group | escape. The weight is how often its repeats multiply. */
static int read_atom(struct regex_reader *r, bool *atom)
{
    *atom = true;
    switch (reader_peek(r, 0)) {
    case '(':
        return read_group(r, atom);
    case '[':
        reader_read_class(r);
        return 1;
    case '\\':
        *atom = read_backslash(r);
        return 1;
    case '.':
        buf_putc(r->out, '.');
        r->at++;
        return 1;
    case '^':
    case '$':
        buf_printf(r->out, "(?:%c)", reader_peek(r, 0));
        r->at++;
        return 1;
    default:
        reader_write_rune(r, reader_next_rune(r));
        return 1;
    }
}

static int read_count(struct regex_reader *r)
{
    int n = 0;
    size_t from = r->at;
    for (; reader_is_digit(reader_peek(r, 0)); r->at++)
        n = n > REPEAT_MAX ? n : n * 10 + (reader_peek(r, 0) - '0');
    bool leading_zero = r->at - from > 1 && r->pattern.at[from] == '0';
    return r->at == from || leading_zero ? -1 : n;
}

/* counts = "{" n [ "," [ m ] ] "}"; anything else that begins with "{" is a literal and false is returned.
 * *most is the larger of the two, or -1 if they make no sense. */
static bool read_counts(struct regex_reader *r, int *most)
{
    size_t from = r->at++;
    int low = read_count(r);
    int high = low;
    bool comma = reader_peek(r, 0) == ',';
    if (comma) {
        r->at++;
        high = reader_is_digit(reader_peek(r, 0)) ? read_count(r) : low;
        if (high < 0)
            low = -1;
    }
    if (low < 0 || reader_peek(r, 0) != '}') {
        r->at = from;
        return false;
    }
    bool open_end = comma && r->pattern.at[r->at - 1] == ',';
    r->at++;
    bool sensible = low <= REPEAT_MAX && high <= REPEAT_MAX && (open_end || high >= low);
    *most = sensible ? high : -1;
    return true;
}

/* repeat = ( "*" | "+" | "?" | counts ) [ "?" ]; false if there is none here. */
static bool read_repeat(struct regex_reader *r, int *weight)
{
    size_t from = r->at;
    char c = reader_peek(r, 0);
    int most = 1;
    if (c == '{') {
        if (!read_counts(r, &most))
            return false;
    } else if (c && strchr("*+?", c)) {
        r->at++;
    } else {
        return false;
    }
    if (most < 0 || (most > 0 && *weight > REPEAT_MAX / most)) {
        reader_fail(r, "invalid repeat count", from, r->at);
        return true;
    }
    *weight *= most ? most : 1;
    if (reader_peek(r, 0) == '?')
        r->at++;
    buf_add_text(r->out, text_part(r->pattern, from, r->at));
    return true;
}

/* sequence = { atom [ repeat ] } */
static int read_sequence(struct regex_reader *r)
{
    int heaviest = 1;
    bool repeatable = false; /* whether there is an atom just before the place */
    size_t last_repeat = SIZE_MAX;
    int weight = 1;
    while (reader_more(r) && reader_peek(r, 0) != '|' && reader_peek(r, 0) != ')') {
        size_t from = r->at;
        size_t written = r->out->len;
        if (read_repeat(r, &weight)) {
            bool nested = last_repeat != SIZE_MAX;
            size_t to = r->at;
            if (nested)
                reader_fail(r, "invalid nested repetition operator", last_repeat, to);
            else if (!repeatable)
                reader_fail(r, "missing argument to repetition operator", from, to);
            if (r->failed)
                buf_truncate(r->out, written);
            last_repeat = from;
        } else {
            weight = read_atom(r, &repeatable);
            last_repeat = SIZE_MAX;
        }
        if (weight > heaviest)
            heaviest = weight;
    }
    return heaviest;
}

/* alternation = sequence { "|" sequence } */
static int read_alternation(struct regex_reader *r)
{
    int heaviest = read_sequence(r);
    while (!r->failed && reader_peek(r, 0) == '|' && reader_more(r)) {
        r->at++;
        buf_putc(r->out, '|');
        int weight = read_sequence(r);
        if (weight > heaviest)
            heaviest = weight;
    }
    return heaviest;
}

bool regex_translate(struct text pattern, struct arena *arena, struct buf *out, struct regex_groups *groups,
                     struct err *err)
{
    *groups = (struct regex_groups){0};
    struct regex_reader r = {.pattern = pattern, .out = out, .arena = arena, .groups = groups, .err = err};
    if (!text_utf8_valid(pattern))
        reader_fail(&r, "invalid UTF-8", 0, pattern.len);
    read_alternation(&r);
    if (!r.failed && reader_more(&r))
        reader_fail(&r, "unexpected )", 0, pattern.len);
    return !r.failed;
}
