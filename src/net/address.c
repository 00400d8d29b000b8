/* Kinds of addresses, from IANA's registries of special-purpose addresses. */
#include "net/address.h"

#include "base/buf.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>

struct ipv4_block {
    uint32_t network;
    int bits;
};

static const struct ipv4_block not_public[] = {
    {0x00000000, 8},  /* 0.0.0.0/8: this network */
    {0x0a000000, 8},  /* 10.0.0.0/8: private */
    {0x64400000, 10}, /* 100.64.0.0/10: shared, carrier NAT */
    {0x7f000000, 8},  /* 127.0.0.0/8: loopback */
    {0xa9fe0000, 16}, /* 169.254.0.0/16: link-local, cloud metadata */
    {0xac100000, 12}, /* 172.16.0.0/12: private */
    {0xc0000000, 24}, /* 192.0.0.0/24: protocol assignments */
    {0xc0a80000, 16}, /* 192.168.0.0/16: private */
    {0xc6120000, 15}, /* 198.18.0.0/15: benchmarks */
    {0xe0000000, 3},  /* 224.0.0.0/3: multicast, reserved, broadcast */
};

static bool ipv4_is_public(uint32_t host_order)
{
    for (size_t i = 0; i < sizeof not_public / sizeof *not_public; i++) {
        uint32_t mask = 0xffffffffu << (32 - not_public[i].bits);
        if ((host_order & mask) == not_public[i].network)
            return false;
    }
    return true;
}

static uint32_t ipv4_at(const uint8_t *bytes)
{
    return (uint32_t)bytes[0] << 24 | (uint32_t)bytes[1] << 16 | (uint32_t)bytes[2] << 8 | bytes[3];
}

static bool ipv6_is_public(const uint8_t *a)
{
    static const uint8_t zeros[10] = {0};
    static const uint8_t nat64[12] = {0x00, 0x64, 0xff, 0x9b};
    if (memcmp(a, zeros, 10) == 0 && ((a[10] == 0xff && a[11] == 0xff) || (a[10] == 0 && a[11] == 0)))
        return ipv4_is_public(ipv4_at(a + 12)); /* mapped, or compatible, which :: and ::1 are too */
    if (memcmp(a, nat64, sizeof nat64) == 0)
        return ipv4_is_public(ipv4_at(a + 12));
    if (a[0] == 0x20 && a[1] == 0x02)
        return ipv4_is_public(ipv4_at(a + 2)); /* 6to4 */
    return (a[0] & 0xe0) == 0x20;              /* 2000::/3: global unicast */
}

bool address_is_public(const struct sockaddr *address)
{
    if (address->sa_family == AF_INET)
        return ipv4_is_public(ntohl(((const struct sockaddr_in *)(const void *)address)->sin_addr.s_addr));
    if (address->sa_family == AF_INET6)
        return ipv6_is_public(((const struct sockaddr_in6 *)(const void *)address)->sin6_addr.s6_addr);
    return false;
}

bool address_is_loopback(const struct sockaddr *address)
{
    if (address->sa_family == AF_INET)
        return ntohl(((const struct sockaddr_in *)(const void *)address)->sin_addr.s_addr) >> 24 == 127;
    if (address->sa_family == AF_INET6)
        return IN6_IS_ADDR_LOOPBACK(&((const struct sockaddr_in6 *)(const void *)address)->sin6_addr);
    return false;
}

void address_print(const struct sockaddr *address, struct buf *out)
{
    char text[INET6_ADDRSTRLEN] = "";
    int port = 0;
    if (address->sa_family == AF_INET) {
        const struct sockaddr_in *in = (const void *)address;
        inet_ntop(AF_INET, &in->sin_addr, text, sizeof text);
        port = ntohs(in->sin_port);
        buf_puts(out, text);
    } else if (address->sa_family == AF_INET6) {
        const struct sockaddr_in6 *in = (const void *)address;
        inet_ntop(AF_INET6, &in->sin6_addr, text, sizeof text);
        port = ntohs(in->sin6_port);
        buf_printf(out, port ? "[%s]" : "%s", text);
    }
    if (port)
        buf_printf(out, ":%d", port);
}
