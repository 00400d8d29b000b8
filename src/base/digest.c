/* The doors to libmd's SHA-256 and to xxHash's XXH64. */
#include "base/digest.h"

#include <sha256.h>
#include <xxhash.h>

struct digest digest_of(struct text t)
{
    struct digest digest;
    SHA256_CTX context;
    SHA256_Init(&context);
    SHA256_Update(&context, (const uint8_t *)t.at, t.len);
    SHA256_Final(digest.bytes, &context);
    return digest;
}

void digest_hex(const struct digest *digest, char hex[2 * DIGEST_BYTES + 1])
{
    static const char digits[] = "0123456789abcdef";
    for (size_t i = 0; i < DIGEST_BYTES; i++) {
        hex[2 * i] = digits[digest->bytes[i] >> 4];
        hex[2 * i + 1] = digits[digest->bytes[i] & 15];
    }
    hex[sizeof digest->bytes * 2] = '\0';
}

uint64_t xxhash64(const void *bytes, size_t n)
{
    return XXH64(n ? bytes : "", n, 0);
}
