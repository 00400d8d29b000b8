/* Open addressing with linear probing over 64-bit keys; no single entry is ever taken out, so there are no
 * tombstones. */
#include "base/map.h"

#include "base/memory.h"

#define XXH_INLINE_ALL
#include <xxhash.h>

#include <string.h>

uint64_t hash_bytes(const void *bytes, size_t n, uint64_t seed)
{
    return XXH3_64bits_withSeed(n ? bytes : "", n, seed);
}

void map_finish(struct map *map)
{
    memory_free(map->entries);
    *map = (struct map){0};
}

void map_clear(struct map *map)
{
    if (map->len)
        memset(map->entries, 0, map->cap * sizeof *map->entries);
    map->len = 0;
}

static struct map_entry *slot_of(const struct map *map, uint64_t key)
{
    uint64_t hash = key * 0x9e3779b97f4a7c15ULL;
    size_t i = (size_t)(hash ^ (hash >> 32)) & (map->cap - 1);
    while (map->entries[i].used && map->entries[i].key != key)
        i = (i + 1) & (map->cap - 1);
    return &map->entries[i];
}

uint64_t *map_find(const struct map *map, uint64_t key)
{
    if (!map->cap)
        return NULL;
    struct map_entry *entry = slot_of(map, key);
    return entry->used ? &entry->value : NULL;
}

static void grow(struct map *map)
{
    struct map larger = {.cap = map->cap ? map->cap * 2 : 16, .len = map->len};
    larger.entries = memory_alloc_zero(larger.cap, sizeof *larger.entries);
    for (size_t i = 0; i < map->cap; i++)
        if (map->entries[i].used)
            *slot_of(&larger, map->entries[i].key) = map->entries[i];
    memory_free(map->entries);
    *map = larger;
}

uint64_t *map_add(struct map *map, uint64_t key, bool *added)
{
    if (map->len * 4 >= map->cap * 3)
        grow(map);
    struct map_entry *entry = slot_of(map, key);
    if (added)
        *added = !entry->used;
    if (!entry->used) {
        *entry = (struct map_entry){.key = key, .used = true};
        map->len++;
    }
    return &entry->value;
}
