/* Cutting texts to what a format allows. One pass: each character is turned into the piece that stands for
 * it, and the last place is remembered at which the … still fits. */
#include "receivers/clip.h"

#include "base/buf.h"
#include "net/url.h"

#define ELLIPSIS    "\xe2\x80\xa6"
#define REPLACEMENT "\xef\xbf\xbd"
/* Before a * ~ or `: a zero width space, so that it does not begin or end a span of bold, struck or code. */
#define UNFORMATTED "\xe2\x80\x8b"

struct piece {
    struct text text; /* what is written */
    size_t units;     /* of it */
    size_t taken;     /* bytes of the source */
};

static size_t sequence_length(struct text t, size_t i)
{
    unsigned char lead = (unsigned char)t.at[i];
    size_t n = lead < 0x80 ? 1 : lead < 0xe0 ? 2 : lead < 0xf0 ? 3 : 4;
    return i + n <= t.len && text_utf8_valid((struct text){t.at + i, n}) ? n : 0;
}

static struct piece ascii_piece(const char *at, enum clip_form form)
{
    unsigned char c = (unsigned char)*at;
    if (c < ' ' || c == 0x7f)
        return (struct piece){TEXT(" "), 1, 1};
    if (form == CLIP_MRKDWN) {
        switch (c) {
        case '&':
            return (struct piece){TEXT("&amp;"), 5, 1};
        case '<':
            return (struct piece){TEXT("&lt;"), 4, 1};
        case '>':
            return (struct piece){TEXT("&gt;"), 4, 1};
        case '*':
            return (struct piece){TEXT(UNFORMATTED "*"), 2, 1};
        case '~':
            return (struct piece){TEXT(UNFORMATTED "~"), 2, 1};
        case '`':
            return (struct piece){TEXT(UNFORMATTED "`"), 2, 1};
        default:
            break;
        }
    }
    return (struct piece){{at, 1}, 1, 1};
}

/* Line and paragraph separators, C1 controls and what turns the direction of the text round: they would let a
 * label rearrange the message around it. */
static bool is_control(struct text sequence)
{
    const unsigned char *p = (const unsigned char *)sequence.at;
    if (sequence.len == 2)
        return p[0] == 0xc2 && p[1] < 0xa0;
    if (sequence.len != 3 || p[0] != 0xe2)
        return false;
    return (p[1] == 0x80 && p[2] >= 0xa8 && p[2] <= 0xae) || (p[1] == 0x81 && p[2] >= 0xa6 && p[2] <= 0xa9);
}

static struct piece next_piece(struct text t, size_t i, enum clip_form form)
{
    size_t n = sequence_length(t, i);
    if (n == 0)
        return (struct piece){TEXT(REPLACEMENT), 1, 1};
    if (n == 1)
        return ascii_piece(t.at + i, form);
    struct text sequence = text_part(t, i, i + n);
    if (is_control(sequence))
        return (struct piece){TEXT(" "), 1, n};
    return (struct piece){sequence, n == 4 ? 2 : 1, n};
}

size_t clip(struct text t, size_t most, enum clip_form form, struct buf *out)
{
    if (most == 0)
        return 0;
    size_t units = 0;
    size_t room_at = out->len, room_units = 0; /* where the … would go */
    for (size_t i = 0; i < t.len;) {
        struct piece piece = next_piece(t, i, form);
        if (units + piece.units > most) {
            buf_truncate(out, room_at);
            buf_puts(out, ELLIPSIS);
            return room_units + 1;
        }
        buf_add_text(out, piece.text);
        units += piece.units;
        i += piece.taken;
        if (units + 1 <= most) {
            room_at = out->len;
            room_units = units;
        }
    }
    return units;
}

bool clip_is_blank(struct text t)
{
    for (size_t i = 0; i < t.len;) {
        struct piece piece = next_piece(t, i, CLIP_PLAIN);
        if (!text_is(piece.text, " "))
            return false;
        i += piece.taken;
    }
    return true;
}

size_t clip_length(struct text t)
{
    size_t units = 0;
    for (size_t i = 0; i < t.len;) {
        size_t n = sequence_length(t, i);
        units += n == 4 ? 2 : 1;
        i += n ? n : 1;
    }
    return units;
}

static bool may_stand_in_url(unsigned char c)
{
    return c > ' ' && c < 0x7f && !strchr("<>\"|\\^`{}", c);
}

bool clip_url(struct text url, size_t most, struct buf *out)
{
    static const char digits[] = "0123456789ABCDEF";
    bool http = text_starts(url, TEXT("http://")) || text_starts(url, TEXT("https://"));
    if (!http || url_host(url).len == 0)
        return false;
    size_t start = out->len;
    for (size_t i = 0; i < url.len && out->len - start <= most; i++) {
        unsigned char c = (unsigned char)url.at[i];
        if (may_stand_in_url(c)) {
            buf_putc(out, (char)c);
        } else {
            buf_putc(out, '%');
            buf_putc(out, digits[c >> 4]);
            buf_putc(out, digits[c & 15]);
        }
    }
    if (out->len - start <= most && !out->overflowed)
        return true;
    buf_truncate(out, start);
    return false;
}
