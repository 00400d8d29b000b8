/* Reading JSON in one pass. Strings without escapes, which is nearly all of them, are borrowed from the
 * input. */
#include "source/json_cursor.h"

#include "base/number.h"

enum { DEPTH_MAX = 64, STRING_BYTES_MAX = 1 << 20, SHOWN_BYTES_MAX = 40 };

void json_cursor_init(struct json_cursor *cursor, struct text json)
{
    *cursor = (struct json_cursor){.at = json.at, .start = json.at, .end = json.at + json.len};
    buf_init(&cursor->scratch, STRING_BYTES_MAX);
}

void json_cursor_finish(struct json_cursor *cursor)
{
    buf_finish(&cursor->scratch);
}

bool json_fail(struct json_cursor *cursor, const char *what)
{
    if (!cursor->failure)
        cursor->failure = what;
    return false;
}

bool json_is_failed(const struct json_cursor *cursor)
{
    return cursor->failure != NULL;
}

/* What stands there, fit to be shown: cut, and without control characters. */
static void put_excerpt(const char *at, const char *end, struct buf *out)
{
    const char *stop = end - at > SHOWN_BYTES_MAX ? at + SHOWN_BYTES_MAX : end;
    while (stop > at && stop < end && ((unsigned char)*stop & 0xc0) == 0x80)
        stop--; /* not in the middle of a character */
    for (const char *c = at; c < stop; c++)
        buf_putc(out, (unsigned char)*c < ' ' || *c == 0x7f ? ' ' : *c);
    if (stop < end)
        buf_puts(out, "…");
}

void json_cursor_explain(const struct json_cursor *cursor, struct buf *out)
{
    const char *first = cursor->start;
    while (first < cursor->end && strchr(" \t\r\n", *first))
        first++;
    if (first == cursor->end) {
        buf_puts(out, "is empty");
    } else if (*first != '{') {
        buf_puts(out, "is not JSON: it begins with ");
        put_excerpt(first, cursor->end, out);
    } else if (cursor->at == cursor->end) {
        buf_printf(out, "breaks off after %zu bytes", (size_t)(cursor->end - cursor->start));
    } else {
        buf_printf(out, "is wrong at byte %zu: %s, at: ", (size_t)(cursor->at - cursor->start),
                   cursor->failure ? cursor->failure : "unexpected");
        put_excerpt(cursor->at, cursor->end, out);
    }
}

static void skip_space(struct json_cursor *cursor)
{
    while (cursor->at < cursor->end &&
           (*cursor->at == ' ' || *cursor->at == '\n' || *cursor->at == '\r' || *cursor->at == '\t'))
        cursor->at++;
}

char json_peek(struct json_cursor *cursor)
{
    skip_space(cursor);
    return cursor->at < cursor->end ? *cursor->at : '\0';
}

bool json_expect(struct json_cursor *cursor, char c)
{
    if (cursor->failure)
        return false;
    if (json_peek(cursor) != c)
        return json_fail(cursor, "unexpected character");
    cursor->at++;
    return true;
}

bool json_more(struct json_cursor *cursor, char close, bool *first)
{
    if (cursor->failure)
        return false;
    char next = json_peek(cursor);
    if (next == close) {
        cursor->at++;
        return false;
    }
    bool was_first = *first;
    *first = false;
    if (was_first)
        return true;
    if (!json_expect(cursor, ','))
        return false;
    if (json_peek(cursor) == close)
        return json_fail(cursor, "a comma too many");
    return true;
}

/* --- strings --- */

/* Four hexadecimal digits at p; -1 if they are not. */
static int32_t hex4(const char *p, const char *end)
{
    if (end - p < 4)
        return -1;
    int32_t value = 0;
    for (int i = 0; i < 4; i++) {
        char c = p[i];
        int digit = c >= '0' && c <= '9'   ? c - '0'
                    : c >= 'a' && c <= 'f' ? c - 'a' + 10
                    : c >= 'A' && c <= 'F' ? c - 'A' + 10
                                           : -1;
        if (digit < 0)
            return -1;
        value = value * 16 + digit;
    }
    return value;
}

/* Behind \u; half of a surrogate pair without its other half becomes U+FFFD. */
static bool take_unicode(struct json_cursor *cursor)
{
    int32_t c = hex4(cursor->at, cursor->end);
    if (c < 0)
        return json_fail(cursor, "a bad \\u escape");
    cursor->at += 4;
    if (c >= 0xd800 && c < 0xdc00 && cursor->end - cursor->at >= 6 && cursor->at[0] == '\\' &&
        cursor->at[1] == 'u') {
        int32_t low = hex4(cursor->at + 2, cursor->end);
        if (low >= 0xdc00 && low < 0xe000) {
            cursor->at += 6;
            c = 0x10000 + ((c - 0xd800) << 10) + (low - 0xdc00);
        }
    }
    buf_put_utf8(&cursor->scratch, c >= 0xd800 && c < 0xe000 ? 0xfffd : (uint32_t)c);
    return true;
}

static bool take_escape(struct json_cursor *cursor)
{
    static const char from[] = "\"\\/bfnrt";
    static const char to[] = "\"\\/\b\f\n\r\t";
    if (cursor->at == cursor->end)
        return json_fail(cursor, "an escape is cut off");
    char c = *cursor->at++;
    if (c == 'u')
        return take_unicode(cursor);
    const char *found = c ? strchr(from, c) : NULL;
    if (!found)
        return json_fail(cursor, "an unknown escape");
    buf_putc(&cursor->scratch, to[found - from]);
    return true;
}

/* First byte that ends a run of plain characters. */
static const char *plain_end(const char *p, const char *end)
{
    while (p < end && *p != '"' && *p != '\\' && (unsigned char)*p >= ' ')
        p++;
    return p;
}

static bool take_escaped_string(struct json_cursor *cursor, struct text *out)
{
    buf_clear(&cursor->scratch);
    for (;;) {
        const char *stop = plain_end(cursor->at, cursor->end);
        buf_add(&cursor->scratch, cursor->at, (size_t)(stop - cursor->at));
        cursor->at = stop;
        if (stop == cursor->end)
            return json_fail(cursor, "a string is cut off");
        if (*stop == '"')
            break;
        if (*stop != '\\')
            return json_fail(cursor, "a control character in a string");
        cursor->at++;
        if (!take_escape(cursor))
            return false;
    }
    cursor->at++;
    if (cursor->scratch.overflowed)
        return json_fail(cursor, "a string is too long");
    *out = buf_text(&cursor->scratch);
    return true;
}

bool json_take_string(struct json_cursor *cursor, struct text *out)
{
    if (!json_expect(cursor, '"'))
        return false;
    const char *from = cursor->at;
    const char *stop = plain_end(from, cursor->end);
    if (stop < cursor->end && *stop == '"') {
        *out = (struct text){from, (size_t)(stop - from)};
        cursor->at = stop + 1;
        return true;
    }
    return take_escaped_string(cursor, out);
}

bool json_take_key(struct json_cursor *cursor, struct text *key)
{
    return json_take_string(cursor, key) && json_expect(cursor, ':');
}

/* --- everything else --- */

static bool take_word(struct json_cursor *cursor, struct text word)
{
    skip_space(cursor);
    size_t left = (size_t)(cursor->end - cursor->at);
    if (left < word.len || memcmp(cursor->at, word.at, word.len) != 0) {
        if (left < word.len && memcmp(cursor->at, word.at, left) == 0)
            cursor->at = cursor->end;
        return json_fail(cursor, "unexpected character");
    }
    cursor->at += word.len;
    return true;
}

bool json_take_bool(struct json_cursor *cursor, bool *value)
{
    if (cursor->failure)
        return false;
    bool is_true = json_peek(cursor) == 't';
    if (!take_word(cursor, is_true ? TEXT("true") : TEXT("false")))
        return false;
    *value = is_true;
    return true;
}

static bool skip_number(struct json_cursor *cursor)
{
    char c = *cursor->at;
    double ignored;
    const char *behind =
        c == '-' || (c >= '0' && c <= '9') ? number_scan(cursor->at, cursor->end, &ignored) : NULL;
    if (!behind)
        return json_fail(cursor, "unexpected character");
    cursor->at = behind;
    return true;
}

static bool skip_container(struct json_cursor *cursor, char close)
{
    if (++cursor->depth > DEPTH_MAX)
        return json_fail(cursor, "nested too deep");
    cursor->at++;
    for (bool first = true; json_more(cursor, close, &first);) {
        struct text key;
        if ((close == '}' && !json_take_key(cursor, &key)) || !json_skip(cursor))
            return false;
    }
    cursor->depth--;
    return !cursor->failure;
}

bool json_skip(struct json_cursor *cursor)
{
    if (cursor->failure)
        return false;
    struct text ignored;
    switch (json_peek(cursor)) {
    case '\0':
        return json_fail(cursor, "a value is missing");
    case '{':
        return skip_container(cursor, '}');
    case '[':
        return skip_container(cursor, ']');
    case '"':
        return json_take_string(cursor, &ignored);
    case 't':
        return take_word(cursor, TEXT("true"));
    case 'f':
        return take_word(cursor, TEXT("false"));
    case 'n':
        return take_word(cursor, TEXT("null"));
    default:
        return skip_number(cursor);
    }
}
