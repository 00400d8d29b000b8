/* http_listen: from "127.0.0.1:9095" to a listening socket. */
#ifndef SLOBURN_NET_HTTP_LISTEN_H
#define SLOBURN_NET_HTTP_LISTEN_H

#include "base/err.h"

/* "host:port", "[v6]:port", ":port" (all addresses, both families where the system has them); names are
 * resolved. Beyond loopback only if `anywhere`. The socket, or -1 and err; *port is the one it got. */
NODISCARD int http_listen(const char *address, bool anywhere, int *port, struct err *err);

#endif
