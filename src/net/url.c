/* URLs as text. Whether one is valid is decided where it is used (http_client). */
#include "net/url.h"

#include "base/buf.h"

static bool is_unreserved(unsigned char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' ||
           c == '.' || c == '_' || c == '~';
}

void url_encode(struct text t, struct buf *out)
{
    static const char digits[] = "0123456789ABCDEF";
    for (size_t i = 0; i < t.len; i++) {
        unsigned char c = (unsigned char)t.at[i];
        if (is_unreserved(c)) {
            buf_putc(out, (char)c);
        } else {
            char escaped[3] = {'%', digits[c >> 4], digits[c & 15]};
            buf_add(out, escaped, sizeof escaped);
        }
    }
}

static int hex_digit(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    if (c >= 'a' && c <= 'f')
        return c - 'a' + 10;
    if (c >= 'A' && c <= 'F')
        return c - 'A' + 10;
    return -1;
}

bool url_decode(struct text t, struct buf *out)
{
    for (size_t i = 0; i < t.len; i++) {
        char c = t.at[i];
        if (c == '+') {
            c = ' ';
        } else if (c == '%') {
            int high = i + 2 < t.len ? hex_digit(t.at[i + 1]) : -1;
            int low = i + 2 < t.len ? hex_digit(t.at[i + 2]) : -1;
            if (high < 0 || low < 0)
                return false;
            c = (char)(high * 16 + low);
            i += 2;
        }
        buf_putc(out, c);
    }
    return true;
}

void url_query_add(struct buf *out, const char *name, struct text value)
{
    if (out->len > 0)
        buf_putc(out, '&');
    url_encode(text_of(name), out);
    buf_putc(out, '=');
    url_encode(value, out);
}

/* The part between "scheme://" and the path, query or fragment, as offsets. */
struct authority {
    size_t from;
    size_t to;
};

static struct authority find_authority(struct text url)
{
    size_t from = 0;
    for (size_t i = 0; i + 3 <= url.len; i++) {
        if (memcmp(url.at + i, "://", 3) == 0) {
            from = i + 3;
            break;
        }
    }
    size_t to = from;
    while (to < url.len && !strchr("/?#", url.at[to]))
        to++;
    return (struct authority){from, to};
}

/* Where the host begins: behind the last @ of the authority. */
static size_t host_start(struct text url, struct authority authority)
{
    size_t start = authority.from;
    for (size_t i = authority.from; i < authority.to; i++) {
        if (url.at[i] == '@')
            start = i + 1;
    }
    return start;
}

static void put_printable(struct text t, struct buf *out)
{
    for (size_t i = 0; i < t.len; i++)
        buf_putc(out, (unsigned char)t.at[i] < ' ' || t.at[i] == 0x7f ? '?' : t.at[i]);
}

void url_print_safe(struct text url, bool hide_path, struct buf *out)
{
    struct authority authority = find_authority(url);
    put_printable(text_part(url, 0, authority.from), out);
    put_printable(text_part(url, host_start(url, authority), authority.to), out);
    size_t path_end = authority.to;
    while (path_end < url.len && url.at[path_end] != '?' && url.at[path_end] != '#')
        path_end++;
    if (!hide_path)
        put_printable(text_part(url, authority.to, path_end), out);
    else if (path_end > authority.to + 1)
        buf_puts(out, "/…");
}

struct text url_host(struct text url)
{
    struct authority authority = find_authority(url);
    struct text host = text_part(url, host_start(url, authority), authority.to);
    if (host.len > 0 && host.at[0] == '[')
        return text_part(host, 1, text_find(host, ']'));
    return text_part(host, 0, text_find(host, ':'));
}
