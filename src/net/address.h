/* address: is an IP address one that a URL from outside may lead to? Receivers' hosts are checked after they
 * were resolved, so that a name that points inside (or is rebound to it) does not help. */
#ifndef SLOBURN_NET_ADDRESS_H
#define SLOBURN_NET_ADDRESS_H

#include "base/err.h"

struct buf;
struct sockaddr;

/* False for loopback, private (RFC 1918, ULA), link-local, shared (RFC 6598), multicast, unspecified, and
 * IPv4 of these kinds inside IPv6 (mapped, NAT64, 6to4). Anything but IPv4 and IPv6 is false. */
bool address_is_public(const struct sockaddr *address);
bool address_is_loopback(const struct sockaddr *address);
/* 192.0.2.1:80, [2001:db8::1]:80; without the port if it is 0. */
void address_print(const struct sockaddr *address, struct buf *out);

#endif
