/* Listening sockets. We make them ourselves (and not libmicrohttpd) to be able to say what is wrong with an
 * address, and to know the port when 0 was asked for. */
#include "net/http_listen.h"

#include "base/buf.h"
#include "base/number.h"
#include "net/address.h"

#include <errno.h>
#include <netdb.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

enum { BACKLOG = 128, PORT_MAX = 65535, HOST_BYTES_MAX = 255 };

/* Splits at the last colon; brackets around an IPv6 address are taken off. */
static bool split_address(struct text address, struct text *host, int64_t *port)
{
    size_t colon = address.len;
    while (colon > 0 && address.at[colon - 1] != ':')
        colon--;
    if (colon == 0 || !integer_parse(text_part(address, colon, address.len), port) || *port < 0 ||
        *port > PORT_MAX)
        return false;
    *host = text_part(address, 0, colon - 1);
    bool bracket = host->len > 0 && host->at[0] == '[';
    if (bracket && host->at[host->len - 1] != ']')
        return false;
    if (bracket)
        *host = text_part(*host, 1, host->len - 1);
    else if (text_find(*host, ':') < host->len)
        return false; /* an IPv6 address without brackets: where would its port begin? */
    return host->len <= HOST_BYTES_MAX;
}

static struct addrinfo *resolve(struct text host, int64_t port)
{
    struct buf name;
    struct buf service;
    buf_init(&name, HOST_BYTES_MAX);
    buf_init(&service, sizeof "65535");
    buf_add_text(&name, host);
    buf_printf(&service, "%lld", (long long)port);
    struct addrinfo hints = {.ai_family = host.len > 0 ? AF_UNSPEC : AF_INET6,
                             .ai_socktype = SOCK_STREAM,
                             .ai_flags = AI_PASSIVE | AI_NUMERICSERV};
    struct addrinfo *found = NULL;
    if (getaddrinfo(host.len > 0 ? buf_cstring(&name) : NULL, buf_cstring(&service), &hints, &found) != 0)
        found = NULL;
    buf_finish(&name);
    buf_finish(&service);
    return found;
}

static int port_of(int fd)
{
    union {
        struct sockaddr any;
        struct sockaddr_in v4;
        struct sockaddr_in6 v6;
    } bound;
    memset(&bound, 0, sizeof bound);
    socklen_t len = sizeof bound;
    if (getsockname(fd, &bound.any, &len) != 0)
        return 0;
    return ntohs(bound.any.sa_family == AF_INET6 ? bound.v6.sin6_port : bound.v4.sin_port);
}

static int listen_on(const struct addrinfo *found)
{
    int fd = socket(found->ai_family, found->ai_socktype | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (fd < 0)
        return -1;
    int on = 1;
    int off = 0;
    setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    if (found->ai_family == AF_INET6)
        setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &off, sizeof off);
    if (bind(fd, found->ai_addr, found->ai_addrlen) == 0 && listen(fd, BACKLOG) == 0)
        return fd;
    int reason = errno;
    close(fd);
    errno = reason;
    return -1;
}

/* All addresses without IPv6: the kernel may have been built or booted without it. */
static int listen_on_any_ipv4(int64_t port)
{
    struct sockaddr_in any = {.sin_family = AF_INET, .sin_port = htons((uint16_t)port)};
    struct addrinfo found = {.ai_family = AF_INET,
                             .ai_socktype = SOCK_STREAM,
                             .ai_addr = (struct sockaddr *)&any,
                             .ai_addrlen = sizeof any};
    return listen_on(&found);
}

int http_listen(const char *address, bool anywhere, int *port, struct err *err)
{
    struct text host;
    int64_t wanted = 0;
    if (!split_address(text_of(address), &host, &wanted)) {
        err_set(err, ERR_USAGE, "listen address %s is not host:port", address);
        return -1;
    }
    struct addrinfo *found = resolve(host, wanted);
    if (!found) {
        err_set(err, ERR_USAGE, "listen address %s: unknown host", address);
        return -1;
    }
    int fd = -1;
    if (!anywhere && (host.len == 0 || !address_is_loopback(found->ai_addr))) {
        err_set(err, ERR_USAGE, "listen address %s is reachable from other machines, which needs tokens",
                address);
    } else {
        fd = listen_on(found);
        if (fd < 0 && host.len == 0 && errno == EAFNOSUPPORT)
            fd = listen_on_any_ipv4(wanted);
        if (fd < 0)
            err_set(err, ERR_UNREACHABLE, "cannot listen on %s: %s", address, strerror(errno));
        else
            *port = port_of(fd);
    }
    freeaddrinfo(found);
    return fd;
}
