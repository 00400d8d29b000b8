/* arena: memory with one lifetime (a configuration, a plan, an evaluation, a request). What is
 * allocated here is given back all at once; there is nothing to free piecewise. Out of memory
 * aborts, in one place (memory.h). A limit set at birth bounds what input can make us allocate:
 * beyond it arena_over_limit() turns true and stays so, and the caller reports ERR_LIMIT at its next
 * check (allocations go on to succeed, so that nobody has to handle NULL). Not thread-safe. */
#ifndef SLOBURN_BASE_ARENA_H
#define SLOBURN_BASE_ARENA_H

#include <stdbool.h>
#include <stddef.h>

struct arena_block;

struct arena {
    struct arena_block *blocks; /* newest first */
    char *next;
    char *end;
    size_t used;  /* bytes handed out */
    size_t limit; /* 0: none */
};

/* Initialises in the caller's memory; nothing is allocated before the first use. */
void arena_init(struct arena *arena, size_t limit_bytes);
void arena_finish(struct arena *arena);
/* Forgets all that was allocated, keeps the largest block for reuse. */
void arena_clear(struct arena *arena);
/* Uninitialised memory; align is a power of two. Size 0 gives a valid pointer. */
void *arena_alloc(struct arena *arena, size_t size, size_t align);
void *arena_alloc_zero(struct arena *arena, size_t size, size_t align);
/* A larger copy of an array; in place when it is the last allocation and the block has room. */
void *arena_grow(struct arena *arena, void *old, size_t old_size, size_t new_size, size_t align);
bool arena_over_limit(const struct arena *arena);

#define ARENA_NEW(arena, type) ((type *)arena_alloc_zero((arena), sizeof(type), _Alignof(type)))
#define ARENA_ARRAY(arena, type, n)                                                                          \
    ((type *)arena_alloc((arena), arena_array_size((n), sizeof(type)), _Alignof(type)))
#define ARENA_ARRAY_ZERO(arena, type, n)                                                                     \
    ((type *)arena_alloc_zero((arena), arena_array_size((n), sizeof(type)), _Alignof(type)))

/* n * size; aborts on overflow. */
size_t arena_array_size(size_t n, size_t size);

#endif
