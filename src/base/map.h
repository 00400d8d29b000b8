/* map: a hash table from a 64-bit key (an interned pointer, a hash, an id) to a 64-bit value or pointer.
 * Open addressing, never shrinks. Keys that are hashes of something larger must be checked by the
 * caller. Zero-initialise to make one: struct map map = {0}. */
#ifndef SLOBURN_BASE_MAP_H
#define SLOBURN_BASE_MAP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct map_entry {
    uint64_t key;
    uint64_t value;
    bool used;
};

struct map {
    struct map_entry *entries;
    size_t cap; /* a power of two, or 0 */
    size_t len;
};

void map_finish(struct map *map);
void map_clear(struct map *map);
/* The value's place, or NULL; valid until the next map_add. */
uint64_t *map_find(const struct map *map, uint64_t key);
/* The value's place, made (0) if it was not there; *added tells (may be NULL). */
uint64_t *map_add(struct map *map, uint64_t key, bool *added);

static inline uint64_t map_key_of(const void *pointer)
{
    return (uint64_t)(uintptr_t)pointer;
}

uint64_t hash_bytes(const void *bytes, size_t n, uint64_t seed); /* XXH3, not stable on disk */

#endif
