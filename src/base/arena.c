/* Blocks that double up to a largest step; a large object gets a block of its own. The newest block is the
 * one that is cut from, and all go at once. */
#include "base/arena.h"

#include "base/memory.h"

#include <assert.h>
#include <stdint.h>
#include <string.h>

struct arena_block {
    struct arena_block *older;
    size_t size;
    _Alignas(max_align_t) char bytes[];
};

enum { FIRST_BLOCK = 4096, LARGEST_STEP = 1 << 22 };

void arena_init(struct arena *arena, size_t limit_bytes)
{
    *arena = (struct arena){.limit = limit_bytes};
}

static void free_blocks(struct arena_block *block)
{
    while (block) {
        struct arena_block *older = block->older;
        memory_free(block);
        block = older;
    }
}

void arena_finish(struct arena *arena)
{
    free_blocks(arena->blocks);
    *arena = (struct arena){.limit = arena->limit};
}

void arena_clear(struct arena *arena)
{
    struct arena_block *keep = arena->blocks;
    arena->used = 0;
    if (!keep)
        return;
    free_blocks(keep->older);
    keep->older = NULL;
    arena->next = keep->bytes;
    arena->end = keep->bytes + keep->size;
}

static void add_block(struct arena *arena, size_t at_least)
{
    size_t size = arena->blocks ? arena->blocks->size * 2 : FIRST_BLOCK;
    if (size > LARGEST_STEP)
        size = LARGEST_STEP;
    if (size < at_least)
        size = at_least;
    struct arena_block *block = memory_alloc(sizeof *block + size);
    if (size >= LARGEST_STEP)
        memory_advise_huge(block, sizeof *block + size);
    block->older = arena->blocks;
    block->size = size;
    arena->blocks = block;
    arena->next = block->bytes;
    arena->end = block->bytes + size;
}

void *arena_alloc(struct arena *arena, size_t size, size_t align)
{
    assert(align != 0 && (align & (align - 1)) == 0 && align <= _Alignof(max_align_t));
    if (size == 0)
        size = 1;
    size_t pad = (size_t)(-(uintptr_t)arena->next) & (align - 1);
    if (!arena->next || (size_t)(arena->end - arena->next) < pad ||
        (size_t)(arena->end - arena->next) - pad < size) {
        add_block(arena, size);
        pad = 0;
    }
    char *result = arena->next + pad;
    arena->next = result + size;
    arena->used += size;
    return result;
}

void *arena_alloc_zero(struct arena *arena, size_t size, size_t align)
{
    void *result = arena_alloc(arena, size, align);
    memset(result, 0, size);
    return result;
}

void *arena_grow(struct arena *arena, void *old, size_t old_size, size_t new_size, size_t align)
{
    char *end = old_size ? (char *)old + old_size : NULL;
    if (end && end == arena->next && new_size >= old_size &&
        (size_t)(arena->end - end) >= new_size - old_size) {
        arena->next += new_size - old_size;
        arena->used += new_size - old_size;
        return old;
    }
    void *result = arena_alloc(arena, new_size, align);
    if (old && old_size)
        memcpy(result, old, old_size < new_size ? old_size : new_size);
    return result;
}

bool arena_over_limit(const struct arena *arena)
{
    return arena->limit && arena->used > arena->limit;
}

size_t arena_array_size(size_t n, size_t size)
{
    if (size && n > SIZE_MAX / size)
        memory_exhausted();
    return n * size;
}
