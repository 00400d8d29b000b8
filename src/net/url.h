/* url: percent-encoding, query strings, and URLs as they may be shown. */
#ifndef SLOBURN_NET_URL_H
#define SLOBURN_NET_URL_H

#include "base/err.h"

struct buf;

/* All but the unreserved characters (RFC 3986: letters, digits, - . _ ~) as %XX. */
void url_encode(struct text t, struct buf *out);
/* %XX and, as forms write a space, +. False if a % is not followed by two hexadecimal digits. */
NODISCARD bool url_decode(struct text t, struct buf *out);
/* Appends name=value to a query string or form, with a & where something stands before. */
void url_query_add(struct buf *out, const char *name, struct text value);
/* A URL for messages and logs: without userinfo, query and fragment; with `hide_path` the path, too, becomes
 * "/…" (the path of a webhook is its secret). Control characters become '?'. */
void url_print_safe(struct text url, bool hide_path, struct buf *out);
/* Host without port and brackets; empty if there is none. */
struct text url_host(struct text url);

#endif
