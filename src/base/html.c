/* Escaping for HTML. */
#include "base/html.h"

void html_escape(struct text t, struct buf *out)
{
    for (size_t i = 0; i < t.len; i++) {
        unsigned char c = (unsigned char)t.at[i];
        switch (c) {
        case '&':
            buf_puts(out, "&amp;");
            break;
        case '<':
            buf_puts(out, "&lt;");
            break;
        case '>':
            buf_puts(out, "&gt;");
            break;
        case '"':
            buf_puts(out, "&quot;");
            break;
        case '\'':
            buf_puts(out, "&#39;");
            break;
        default:
            if (c < ' ' && c != '\n' && c != '\t')
                buf_puts(out, "\xEF\xBF\xBD");
            else
                buf_putc(out, (char)c);
        }
    }
}
