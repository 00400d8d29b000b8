/* What stands for one character in a pattern: escapes, Unicode properties, classes in brackets. */
#include "base/regex_reader.h"

#include "base/buf.h"

enum { RUNE_MAX = 0x10ffff };

static int hex_value(char c)
{
    if (reader_is_digit(c))
        return c - '0';
    char lower = (char)(c | 0x20);
    return lower >= 'a' && lower <= 'f' ? lower - 'a' + 10 : -1;
}

/* hexadecimal = "x" ( digit digit | "{" digit { digit } "}" ), behind the backslash at `from`. */
static uint32_t read_hexadecimal(struct regex_reader *r, size_t from)
{
    uint32_t rune = 0;
    bool braces = reader_peek(r, 1) == '{';
    r->at += braces ? 2 : 1;
    size_t digits = 0;
    for (; hex_value(reader_peek(r, 0)) >= 0 && (braces || digits < 2); digits++, r->at++) {
        rune = rune * 16 + (uint32_t)hex_value(reader_peek(r, 0));
        if (rune > RUNE_MAX)
            break;
    }
    bool closed = !braces || reader_peek(r, 0) == '}';
    bool surrogate = rune >= 0xd800 && rune <= 0xdfff;
    if (rune > RUNE_MAX || surrogate || !closed || (braces ? digits == 0 : digits != 2)) {
        reader_fail(r, "invalid escape sequence", from, r->at + (reader_more(r) ? 1 : 0));
        return 0;
    }
    r->at += braces;
    return rune;
}

/* octal = "0" [ digit [ digit ] ] | ( "1" … "7" ) digit [ digit ]. One digit alone would be a back-reference.
 */
static uint32_t read_octal(struct regex_reader *r)
{
    uint32_t rune = 0;
    for (int i = 0; i < 3 && reader_peek(r, 0) >= '0' && reader_peek(r, 0) <= '7'; i++)
        rune = rune * 8 + (uint32_t)(r->pattern.at[r->at++] - '0');
    return rune;
}

uint32_t reader_read_escape(struct regex_reader *r)
{
    static const char letters[] = "afnrtv", meanings[] = "\a\f\n\r\t\v";
    size_t from = r->at++;
    if (!reader_more(r)) {
        reader_fail(r, "trailing backslash at end of expression", from + 1, from + 1);
        return 0;
    }
    char c = reader_peek(r, 0);
    const char *letter = memchr(letters, c, sizeof letters - 1);
    if (letter) {
        r->at++;
        return (uint32_t)meanings[letter - letters];
    }
    if (c == 'x')
        return read_hexadecimal(r, from);
    if (c == '0' || (c >= '1' && c <= '7' && reader_peek(r, 1) >= '0' && reader_peek(r, 1) <= '7'))
        return read_octal(r);
    uint32_t rune = reader_next_rune(r);
    if (rune >= 0x80 || reader_is_digit(c) || reader_is_letter(c))
        reader_fail(r, "invalid escape sequence", from, r->at);
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
void reader_read_property(struct regex_reader *r)
{
    size_t from = r->at;
    bool negated = reader_peek(r, 1) == 'P';
    r->at += 2;
    struct text name = text_part(r->pattern, r->at, r->at + 1);
    if (reader_peek(r, 0) == '{') {
        r->at++;
        if (reader_peek(r, 0) == '^') {
            negated = !negated;
            r->at++;
        }
        struct text rest = text_part(r->pattern, r->at, r->pattern.len);
        size_t close = text_find(rest, '}');
        name = text_part(rest, 0, close);
        r->at += close;
    }
    bool word = name.len > 0 && name.len < 40 && reader_more(r);
    for (size_t i = 0; i < name.len; i++)
        word = word && (reader_is_letter(name.at[i]) || (i && name.at[i] == '_'));
    bool category = is_category(name) || text_is(name, "Any");
    if (!word || (!category && name.len < 3)) {
        reader_fail(r, "invalid character class range", from, r->at + 1);
        return;
    }
    r->at++;
    buf_printf(r->out, "\\%c{%s%.*s}", negated ? 'P' : 'p', category ? "" : "sc:", TEXT_ARG(name));
}

/* RE2's \s has no vertical tab, PCRE2's has one. */
bool reader_read_perl_class(struct regex_reader *r, bool in_brackets)
{
    char c = reader_peek(r, 1);
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
static bool read_posix_class(struct regex_reader *r)
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
    reader_fail(r, "invalid character class range", r->at, r->at + close + 4);
    return true;
}

static uint32_t read_class_rune(struct regex_reader *r, size_t open)
{
    if (!reader_more(r)) {
        reader_fail(r, "missing closing ]", open, r->pattern.len);
        return 0;
    }
    return reader_peek(r, 0) == '\\' ? reader_read_escape(r) : reader_next_rune(r);
}

/* range = rune [ "-" rune ] */
static void read_class_range(struct regex_reader *r, size_t open)
{
    size_t from = r->at;
    uint32_t low = read_class_rune(r, open);
    uint32_t high = low;
    if (reader_peek(r, 0) == '-' && r->at + 1 < r->pattern.len && reader_peek(r, 1) != ']') {
        r->at++;
        high = read_class_rune(r, open);
        if (high < low)
            reader_fail(r, "invalid character class range", from, r->at);
    }
    if (r->failed)
        return;
    reader_write_rune(r, low);
    if (high != low) {
        buf_putc(r->out, '-');
        reader_write_rune(r, high);
    }
}

/* class = "[" [ "^" ] item { item } "]"; a "]" as first item is a literal. */
void reader_read_class(struct regex_reader *r)
{
    size_t open = r->at++;
    buf_putc(r->out, '[');
    if (reader_peek(r, 0) == '^') {
        r->at++;
        buf_putc(r->out, '^');
    }
    for (bool first = true; !r->failed && (first || reader_peek(r, 0) != ']'); first = false) {
        if (reader_looking_at(r, "[:") && read_posix_class(r))
            continue;
        if (reader_looking_at(r, "\\p") || reader_looking_at(r, "\\P"))
            reader_read_property(r);
        else if (reader_peek(r, 0) != '\\' || !reader_read_perl_class(r, true))
            read_class_range(r, open);
    }
    if (!r->failed)
        r->at++;
    buf_putc(r->out, ']');
}
