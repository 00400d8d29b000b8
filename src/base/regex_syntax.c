/* RE2's grammar, as Go's regexp/syntax reads it in Perl mode, one function a production. The first error
 * stops the reader: it moves to the end of the pattern, and all loops unwind by themselves. */
#include "base/regex_syntax.h"

#include "base/arena.h"
#include "base/buf.h"

enum { DEPTH_MAX = 200, REPEAT_MAX = 1000, RUNE_MAX = 0x10ffff };

struct reader {
    struct text pattern;
    size_t at;
    struct buf *out;
    struct arena *arena;
    struct regex_groups *groups;
    size_t groups_cap;
    int depth;
    bool failed;
    struct err *err;
};

static void fail(struct reader *r, const char *what, size_t from, size_t to)
{
    if (r->failed)
        return;
    r->failed = true;
    struct text part = text_part(r->pattern, from, to);
    struct source_pos pos = {1, (int)from + 1};
    err_set_at(r->err, ERR_INPUT, pos, "error parsing regexp: %s: `%.*s`", what, TEXT_ARG(part));
    r->at = r->pattern.len;
}

static bool more(const struct reader *r)
{
    return r->at < r->pattern.len;
}

/* The byte `ahead` of the place, or 0 behind the end. */
static char peek(const struct reader *r, size_t ahead)
{
    return r->at + ahead < r->pattern.len ? r->pattern.at[r->at + ahead] : '\0';
}

static bool looking_at(const struct reader *r, const char *word)
{
    return text_starts(text_part(r->pattern, r->at, r->pattern.len), text_of(word));
}

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

static bool is_letter(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

static int hex_value(char c)
{
    if (is_digit(c))
        return c - '0';
    char lower = (char)(c | 0x20);
    return lower >= 'a' && lower <= 'f' ? lower - 'a' + 10 : -1;
}

/* The pattern is valid UTF-8, so a lead byte tells the length. */
static uint32_t next_rune(struct reader *r)
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

static void write_rune(struct reader *r, uint32_t rune)
{
    if (rune < 0x80 && (is_digit((char)rune) || is_letter((char)rune)))
        buf_putc(r->out, (char)rune);
    else
        buf_printf(r->out, "\\x{%x}", rune);
}

/* hexadecimal = "x" ( digit digit | "{" digit { digit } "}" ), behind the backslash at `from`. */
static uint32_t read_hexadecimal(struct reader *r, size_t from)
{
    uint32_t rune = 0;
    bool braces = peek(r, 1) == '{';
    r->at += braces ? 2 : 1;
    size_t digits = 0;
    for (; hex_value(peek(r, 0)) >= 0 && (braces || digits < 2); digits++, r->at++) {
        rune = rune * 16 + (uint32_t)hex_value(peek(r, 0));
        if (rune > RUNE_MAX)
            break;
    }
    bool closed = !braces || peek(r, 0) == '}';
    bool surrogate = rune >= 0xd800 && rune <= 0xdfff;
    if (rune > RUNE_MAX || surrogate || !closed || (braces ? digits == 0 : digits != 2)) {
        fail(r, "invalid escape sequence", from, r->at + (more(r) ? 1 : 0));
        return 0;
    }
    r->at += braces;
    return rune;
}

/* octal = "0" [ digit [ digit ] ] | ( "1" … "7" ) digit [ digit ]. One digit alone would be a back-reference.
 */
static uint32_t read_octal(struct reader *r)
{
    uint32_t rune = 0;
    for (int i = 0; i < 3 && peek(r, 0) >= '0' && peek(r, 0) <= '7'; i++)
        rune = rune * 8 + (uint32_t)(r->pattern.at[r->at++] - '0');
    return rune;
}

/* An escape that means one character; the place is at the backslash. */
static uint32_t read_escape(struct reader *r)
{
    static const char letters[] = "afnrtv", meanings[] = "\a\f\n\r\t\v";
    size_t from = r->at++;
    if (!more(r)) {
        fail(r, "trailing backslash at end of expression", from + 1, from + 1);
        return 0;
    }
    char c = peek(r, 0);
    const char *letter = memchr(letters, c, sizeof letters - 1);
    if (letter) {
        r->at++;
        return (uint32_t)meanings[letter - letters];
    }
    if (c == 'x')
        return read_hexadecimal(r, from);
    if (c == '0' || (c >= '1' && c <= '7' && peek(r, 1) >= '0' && peek(r, 1) <= '7'))
        return read_octal(r);
    uint32_t rune = next_rune(r);
    if (rune >= 0x80 || is_digit(c) || is_letter(c))
        fail(r, "invalid escape sequence", from, r->at);
    return rune;
}

static bool is_category(struct text name)
{
    static const char *const minors[] = {"Ccfos", "Lulmot", "Mnce", "Ndlo", "Pcdseifo", "Smcko", "Zslp"};
    for (size_t i = 0; i < sizeof minors / sizeof minors[0]; i++)
        if (name.len && name.at[0] == minors[i][0])
            return name.len == 1 ||
                   (name.len == 2 && strchr(minors[i] + 1, name.at[1]) && name.at[1] != '\0');
    return false;
}

/* property = ( "\p" | "\P" ) ( letter | "{" [ "^" ] name "}" ) */
static void read_property(struct reader *r)
{
    size_t from = r->at;
    bool negated = peek(r, 1) == 'P';
    r->at += 2;
    struct text name = text_part(r->pattern, r->at, r->at + 1);
    if (peek(r, 0) == '{') {
        r->at++;
        if (peek(r, 0) == '^') {
            negated = !negated;
            r->at++;
        }
        struct text rest = text_part(r->pattern, r->at, r->pattern.len);
        size_t close = text_find(rest, '}');
        name = text_part(rest, 0, close);
        r->at += close;
    }
    bool word = name.len > 0 && name.len < 40 && more(r);
    for (size_t i = 0; i < name.len; i++)
        word = word && (is_letter(name.at[i]) || (i && name.at[i] == '_'));
    bool category = is_category(name) || text_is(name, "Any");
    if (!word || (!category && name.len < 3)) {
        fail(r, "invalid character class range", from, r->at + 1);
        return;
    }
    r->at++;
    buf_printf(r->out, "\\%c{%s%.*s}", negated ? 'P' : 'p', category ? "" : "sc:", TEXT_ARG(name));
}

/* \d \D \s \S \w \W, in brackets or not. RE2's \s has no vertical tab, PCRE2's has one. */
static bool read_perl_class(struct reader *r, bool in_brackets)
{
    char c = peek(r, 1);
    if (!c || !strchr("dDsSwW", c))
        return false;
    r->at += 2;
    if (c == 's')
        buf_puts(r->out, in_brackets ? "\\t\\n\\f\\r\\x20" : "[\\t\\n\\f\\r\\x20]");
    else if (c == 'S')
        buf_puts(r->out, in_brackets ? "\\S\\x0b" : "[^\\t\\n\\f\\r\\x20]");
    else
        buf_printf(r->out, "\\%c", c);
    return true;
}

/* posix = "[:" [ "^" ] name ":]"; false if this is no such thing, but a bracket for itself. */
static bool read_posix_class(struct reader *r)
{
    static const char *const names[] = {"alnum", "alpha", "ascii", "blank", "cntrl", "digit", "graph",
                                        "lower", "print", "punct", "space", "upper", "word",  "xdigit"};
    struct text rest = text_part(r->pattern, r->at + 2, r->pattern.len);
    size_t close = 0;
    while (close + 1 < rest.len && !(rest.at[close] == ':' && rest.at[close + 1] == ']'))
        close++;
    if (close + 1 >= rest.len)
        return false;
    struct text name = text_part(rest, 0, close);
    bool negated = name.len && name.at[0] == '^';
    struct text bare = text_part(name, negated, name.len);
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        if (text_is(bare, names[i])) {
            buf_printf(r->out, "[:%.*s:]", TEXT_ARG(name));
            r->at += close + 4;
            return true;
        }
    }
    fail(r, "invalid character class range", r->at, r->at + close + 4);
    return true;
}

static uint32_t read_class_rune(struct reader *r, size_t open)
{
    if (!more(r)) {
        fail(r, "missing closing ]", open, r->pattern.len);
        return 0;
    }
    return peek(r, 0) == '\\' ? read_escape(r) : next_rune(r);
}

/* range = rune [ "-" rune ] */
static void read_class_range(struct reader *r, size_t open)
{
    size_t from = r->at;
    uint32_t low = read_class_rune(r, open);
    uint32_t high = low;
    if (peek(r, 0) == '-' && r->at + 1 < r->pattern.len && peek(r, 1) != ']') {
        r->at++;
        high = read_class_rune(r, open);
        if (high < low)
            fail(r, "invalid character class range", from, r->at);
    }
    if (r->failed)
        return;
    write_rune(r, low);
    if (high != low) {
        buf_putc(r->out, '-');
        write_rune(r, high);
    }
}

/* class = "[" [ "^" ] item { item } "]"; a "]" as first item is a literal. */
static void read_class(struct reader *r)
{
    size_t open = r->at++;
    buf_putc(r->out, '[');
    if (peek(r, 0) == '^') {
        r->at++;
        buf_putc(r->out, '^');
    }
    for (bool first = true; !r->failed && (first || peek(r, 0) != ']'); first = false) {
        if (looking_at(r, "[:") && read_posix_class(r))
            continue;
        if (looking_at(r, "\\p") || looking_at(r, "\\P"))
            read_property(r);
        else if (peek(r, 0) != '\\' || !read_perl_class(r, true))
            read_class_range(r, open);
    }
    if (!r->failed)
        r->at++;
    buf_putc(r->out, ']');
}

static void add_group(struct reader *r, struct text name)
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
static void read_group_name(struct reader *r, size_t prefix)
{
    size_t open = r->at;
    struct text rest = text_part(r->pattern, open + prefix, r->pattern.len);
    size_t close = text_find(rest, '>');
    if (close == rest.len) {
        fail(r, "invalid named capture", open, r->pattern.len);
        return;
    }
    struct text name = text_part(rest, 0, close);
    bool valid = name.len > 0;
    for (size_t i = 0; i < name.len; i++)
        valid = valid && (is_letter(name.at[i]) || is_digit(name.at[i]) || name.at[i] == '_');
    if (!valid) {
        fail(r, "invalid named capture", open, open + prefix + close + 1);
        return;
    }
    for (size_t i = 0; i < r->groups->len; i++)
        if (text_eq(r->groups->names[i], name))
            fail(r, "invalid named capture", open + prefix, open + prefix + close);
    if (r->failed)
        return;
    r->at = open + prefix + close + 1;
    add_group(r, name);
    buf_putc(r->out, '(');
}

/* flags = "(?" { "i" | "m" | "s" | "U" } [ "-" flag { flag } ] ( ":" | ")" ); true if a group was opened. */
static bool read_flags(struct reader *r)
{
    size_t open = r->at;
    r->at += 2;
    bool minus = false, any = false;
    for (; more(r); r->at++) {
        char c = peek(r, 0);
        if (c == '-' && !minus) {
            minus = true;
            any = false;
        } else if (c && strchr("imsU", c)) {
            any = true;
        } else {
            break;
        }
    }
    char end = peek(r, 0);
    bool complete = (end == ':' || end == ')') && (any || !minus);
    if (!complete) {
        if (end & 0x80)
            next_rune(r);
        else if (more(r))
            r->at++;
        bool unclosed = !end;
        fail(r, unclosed ? "missing closing )" : "invalid or unsupported Perl syntax", unclosed ? 0 : open,
             r->at);
        return false;
    }
    r->at++;
    buf_add_text(r->out, text_part(r->pattern, open, r->at));
    return end == ':';
}

static int read_alternation(struct reader *r);

/* group = "(" [ name | flags ] alternation ")" | flags ")". *atom: whether something was read that can
 * repeat. */
static int read_group(struct reader *r, bool *atom)
{
    size_t prefix = looking_at(r, "(?P<") ? 4 : looking_at(r, "(?<") ? 3 : 0;
    bool look_behind = looking_at(r, "(?<=") || looking_at(r, "(?<!");
    *atom = true;
    if (look_behind) {
        fail(r, "invalid or unsupported Perl syntax", r->at, r->at + 4);
    } else if (prefix && r->at + prefix < r->pattern.len) {
        read_group_name(r, prefix);
    } else if (looking_at(r, "(?")) {
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
        fail(r, "expression nests too deeply", 0, r->pattern.len);
    int weight = read_alternation(r);
    r->depth--;
    if (!r->failed && peek(r, 0) != ')')
        fail(r, "missing closing )", 0, r->pattern.len);
    r->at += !r->failed;
    buf_putc(r->out, ')');
    return weight;
}

/* quotation = "\Q" { rune } [ "\E" ] */
static bool read_quotation(struct reader *r)
{
    bool any = false;
    for (r->at += 2; more(r) && !looking_at(r, "\\E"); any = true)
        write_rune(r, next_rune(r));
    if (more(r))
        r->at += 2;
    return any;
}

/* What begins with a backslash, outside of brackets. */
static bool read_backslash(struct reader *r)
{
    char c = peek(r, 1);
    if (c == 'Q')
        return read_quotation(r);
    if (c && strchr("AbBz", c)) {
        buf_printf(r->out, "(?:\\%c)", c); /* in a group, so that PCRE2 lets it repeat */
        r->at += 2;
    } else if (c == 'p' || c == 'P') {
        read_property(r);
    } else if (!read_perl_class(r, false)) {
        write_rune(r, read_escape(r));
    }
    return true;
}

/* atom = rune | "." | "^" | "$" | class | group | escape. The weight is how often its repeats multiply. */
static int read_atom(struct reader *r, bool *atom)
{
    *atom = true;
    switch (peek(r, 0)) {
    case '(':
        return read_group(r, atom);
    case '[':
        read_class(r);
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
        buf_printf(r->out, "(?:%c)", peek(r, 0));
        r->at++;
        return 1;
    default:
        write_rune(r, next_rune(r));
        return 1;
    }
}

static int read_count(struct reader *r)
{
    int n = 0;
    size_t from = r->at;
    for (; is_digit(peek(r, 0)); r->at++)
        n = n > REPEAT_MAX ? n : n * 10 + (peek(r, 0) - '0');
    bool leading_zero = r->at - from > 1 && r->pattern.at[from] == '0';
    return r->at == from || leading_zero ? -1 : n;
}

/* counts = "{" n [ "," [ m ] ] "}"; anything else that begins with "{" is a literal and false is returned.
 * *most is the larger of the two, or -1 if they make no sense. */
static bool read_counts(struct reader *r, int *most)
{
    size_t from = r->at++;
    int low = read_count(r);
    int high = low;
    bool comma = peek(r, 0) == ',';
    if (comma) {
        r->at++;
        high = is_digit(peek(r, 0)) ? read_count(r) : low;
        if (high < 0)
            low = -1;
    }
    if (low < 0 || peek(r, 0) != '}') {
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
static bool read_repeat(struct reader *r, int *weight)
{
    size_t from = r->at;
    char c = peek(r, 0);
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
        fail(r, "invalid repeat count", from, r->at);
        return true;
    }
    *weight *= most ? most : 1;
    if (peek(r, 0) == '?')
        r->at++;
    buf_add_text(r->out, text_part(r->pattern, from, r->at));
    return true;
}

/* sequence = { atom [ repeat ] } */
static int read_sequence(struct reader *r)
{
    int heaviest = 1;
    bool repeatable = false; /* whether there is an atom just before the place */
    size_t last_repeat = SIZE_MAX;
    int weight = 1;
    while (more(r) && peek(r, 0) != '|' && peek(r, 0) != ')') {
        size_t from = r->at;
        size_t written = r->out->len;
        if (read_repeat(r, &weight)) {
            bool nested = last_repeat != SIZE_MAX;
            size_t to = r->at;
            if (nested)
                fail(r, "invalid nested repetition operator", last_repeat, to);
            else if (!repeatable)
                fail(r, "missing argument to repetition operator", from, to);
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
static int read_alternation(struct reader *r)
{
    int heaviest = read_sequence(r);
    while (!r->failed && peek(r, 0) == '|' && more(r)) {
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
    struct reader r = {.pattern = pattern, .out = out, .arena = arena, .groups = groups, .err = err};
    if (!text_utf8_valid(pattern))
        fail(&r, "invalid UTF-8", 0, pattern.len);
    read_alternation(&r);
    if (!r.failed && more(&r))
        fail(&r, "unexpected )", 0, pattern.len);
    return !r.failed;
}
