/* Texts: case, regular expressions, addresses, links. Case mapping knows ASCII, Latin-1, Greek and Cyrillic.
 */
#include "template/functions.h"

#include "base/regex.h"
#include "template/constant.h"

#include <arpa/inet.h>

static bool between(uint32_t rune, uint32_t first, uint32_t last)
{
    return rune >= first && rune <= last;
}

static uint32_t to_upper(uint32_t rune)
{
    if (between(rune, 'a', 'z') || (between(rune, 0xe0, 0xfe) && rune != 0xf7) ||
        between(rune, 0x430, 0x44f) || (between(rune, 0x3b1, 0x3c9) && rune != 0x3c2))
        return rune - 0x20;
    return between(rune, 0x450, 0x45f) ? rune - 0x50 : rune;
}

static uint32_t to_lower(uint32_t rune)
{
    if (between(rune, 'A', 'Z') || (between(rune, 0xc0, 0xde) && rune != 0xd7) ||
        between(rune, 0x410, 0x42f) || (between(rune, 0x391, 0x3a9) && rune != 0x3a2))
        return rune + 0x20;
    return between(rune, 0x400, 0x40f) ? rune + 0x50 : rune;
}

static bool in_word(uint32_t rune)
{
    return between(rune, 'a', 'z') || between(rune, 'A', 'Z') || between(rune, '0', '9') || rune == '_' ||
           between(rune, 0xc0, 0x24f) || between(rune, 0x370, 0x1fff) || between(rune, 0x3040, 0xd7a3);
}

/* These do not end a word when a letter follows: it's, a.b */
static bool joins_words(uint32_t rune)
{
    return rune == '\'' || rune == '.' || rune == ':' || rune == 0x2019;
}

static void title(struct text text, struct buf *out)
{
    bool inside = false;
    while (text.len) {
        uint32_t rune, next = 0;
        size_t n = template_rune_at(text, &rune);
        if (n < text.len)
            template_rune_at(text_part(text, n, text.len), &next);
        if (rune == 0xfffd)
            buf_add(out, text.at, n);
        else
            buf_put_utf8(out, inside ? rune : to_upper(rune));
        inside = in_word(rune) || (inside && joins_words(rune) && in_word(next));
        text = text_part(text, n, text.len);
    }
}

static bool map_runes(const struct template_call *call, const struct template_value *arg,
                      uint32_t (*map)(uint32_t), struct template_value *result, struct err *err)
{
    struct text text;
    struct buf made;
    if (!template_take_text(arg, &text, err))
        return false;
    buf_init(&made, TEMPLATE_TEXT_MAX);
    while (text.len && !made.overflowed) {
        uint32_t rune;
        size_t n = template_rune_at(text, &rune);
        if (rune == 0xfffd)
            buf_add(&made, text.at, n);
        else
            buf_put_utf8(&made, map(rune));
        text = text_part(text, n, text.len);
    }
    return template_give_text(call, &made, result, err);
}

bool template_fn_to_upper(const struct template_call *call, const struct template_value *args, size_t n,
                          struct template_value *result, struct err *err)
{
    (void)n;
    return map_runes(call, &args[0], to_upper, result, err);
}

bool template_fn_to_lower(const struct template_call *call, const struct template_value *args, size_t n,
                          struct template_value *result, struct err *err)
{
    (void)n;
    return map_runes(call, &args[0], to_lower, result, err);
}

bool template_fn_title(const struct template_call *call, const struct template_value *args, size_t n,
                       struct template_value *result, struct err *err)
{
    struct text text;
    struct buf made;
    (void)n;
    if (!template_take_text(&args[0], &text, err))
        return false;
    buf_init(&made, TEMPLATE_TEXT_MAX);
    title(text, &made);
    return template_give_text(call, &made, result, err);
}

/* Our output is text: what escapes it for HTML is the receiver. */
bool template_fn_safe_html(const struct template_call *call, const struct template_value *args, size_t n,
                           struct template_value *result, struct err *err)
{
    struct text text;
    (void)call, (void)n;
    if (!template_take_text(&args[0], &text, err))
        return false;
    *result = template_string(text);
    return true;
}

bool template_fn_match(const struct template_call *call, const struct template_value *args, size_t n,
                       struct template_value *result, struct err *err)
{
    struct text pattern, subject;
    bool over_limit = false;
    (void)n;
    if (!template_take_text(&args[0], &pattern, err) || !template_take_text(&args[1], &subject, err))
        return false;
    const struct regex *regex = regex_compile_search(call->regexes, pattern, err);
    if (!regex)
        return false;
    *result = template_bool(regex_matches(regex, subject, &over_limit));
    return !over_limit || err_set(err, ERR_LIMIT, "the regular expression took too long");
}

bool template_fn_re_replace_all(const struct template_call *call, const struct template_value *args, size_t n,
                                struct template_value *result, struct err *err)
{
    struct text pattern, replacement, subject;
    struct buf made;
    (void)n;
    if (!template_take_text(&args[0], &pattern, err) || !template_take_text(&args[1], &replacement, err) ||
        !template_take_text(&args[2], &subject, err))
        return false;
    const struct regex *regex = regex_compile_search(call->regexes, pattern, err);
    if (!regex)
        return false;
    buf_init(&made, TEMPLATE_TEXT_MAX);
    if (!regex_replace_all(regex, subject, replacement, &made)) {
        buf_finish(&made);
        return err_set(err, ERR_LIMIT, "the regular expression took too long");
    }
    return template_give_text(call, &made, result, err);
}

/* Go's net.SplitHostPort; false if there is no port, or too many colons. */
static bool split_host_port(struct text address, struct text *host, struct text *port)
{
    size_t colon = address.len;
    while (colon > 0 && address.at[colon - 1] != ':')
        colon--;
    if (colon-- == 0)
        return false;
    *host = text_part(address, 0, colon);
    *port = text_part(address, colon + 1, address.len);
    if (host->len >= 2 && host->at[0] == '[' && host->at[host->len - 1] == ']') {
        *host = text_part(*host, 1, host->len - 1);
    } else if (text_find(*host, ':') < host->len) {
        return false;
    }
    return text_find(*host, '[') == host->len && text_find(*host, ']') == host->len;
}

bool template_fn_strip_port(const struct template_call *call, const struct template_value *args, size_t n,
                            struct template_value *result, struct err *err)
{
    struct text address, host, port;
    (void)call, (void)n;
    if (!template_take_text(&args[0], &address, err))
        return false;
    *result = template_string(split_host_port(address, &host, &port) ? host : address);
    return true;
}

static bool is_ip(struct text host)
{
    struct in6_addr address;
    struct buf name;
    buf_init(&name, 100);
    buf_add_text(&name, host);
    bool ip = !name.overflowed && text_find(host, '\0') == host.len &&
              (inet_pton(AF_INET, buf_cstring(&name), &address) == 1 ||
               inet_pton(AF_INET6, buf_cstring(&name), &address) == 1);
    buf_finish(&name);
    return ip;
}

bool template_fn_strip_domain(const struct template_call *call, const struct template_value *args, size_t n,
                              struct template_value *result, struct err *err)
{
    struct text address, host, port;
    struct buf made;
    (void)n;
    if (!template_take_text(&args[0], &address, err))
        return false;
    if (!split_host_port(address, &host, &port)) {
        host = address;
        port = TEXT("");
    }
    if (is_ip(host)) {
        *result = template_string(address);
        return true;
    }
    bool colon = text_find(host, ':') < host.len;
    host = text_part(host, 0, text_find(host, '.'));
    buf_init(&made, TEMPLATE_TEXT_MAX);
    buf_printf(&made, colon && port.len ? "[%.*s]" : "%.*s", TEXT_ARG(host));
    if (port.len)
        buf_printf(&made, ":%.*s", TEXT_ARG(port));
    return template_give_text(call, &made, result, err);
}

bool template_fn_external_url(const struct template_call *call, const struct template_value *args, size_t n,
                              struct template_value *result, struct err *err)
{
    (void)args, (void)n, (void)err;
    *result = template_string(call->data->external_url);
    return true;
}

/* The URL's path: what stands behind scheme://host, before ? and #. */
bool template_fn_path_prefix(const struct template_call *call, const struct template_value *args, size_t n,
                             struct template_value *result, struct err *err)
{
    struct text url = call->data->external_url;
    (void)args, (void)n, (void)err;
    for (size_t i = 0; i + 2 < url.len; i++)
        if (memcmp(url.at + i, "://", 3) == 0) {
            url = text_part(url, i + 3, url.len);
            url = text_part(url, text_find(url, '/'), url.len);
            break;
        }
    url = text_part(url, 0, text_find(url, '#'));
    *result = template_string(text_part(url, 0, text_find(url, '?')));
    return true;
}
