/* digest: SHA-256 (libmd) for generations, the audit chain and configuration identity, and the xxHash64
 * that limit_ratio and group sharding are defined by. */
#ifndef SLOBURN_BASE_DIGEST_H
#define SLOBURN_BASE_DIGEST_H

#include "base/text.h"

enum { DIGEST_BYTES = 32 };

struct digest {
    unsigned char bytes[DIGEST_BYTES];
};

struct digest digest_of(struct text t);
void digest_hex(const struct digest *digest, char hex[2 * DIGEST_BYTES + 1]);
uint64_t xxhash64(const void *bytes, size_t n); /* XXH64, seed 0: stable */

#endif
