/* The one place where memory comes from the system, and where running out of it ends the program. */
#include "base/memory.h"

#include <malloc.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

_Noreturn void memory_exhausted(void)
{
    fputs("sloburn: out of memory\n", stderr);
    abort();
}

void *memory_alloc(size_t size)
{
    void *result = malloc(size ? size : 1);
    if (!result)
        memory_exhausted();
    return result;
}

void *memory_alloc_zero(size_t n, size_t size)
{
    void *result = calloc(n ? n : 1, size ? size : 1);
    if (!result)
        memory_exhausted();
    return result;
}

void *memory_resize(void *old, size_t n, size_t size)
{
    if (size && n > SIZE_MAX / size)
        memory_exhausted();
    size_t bytes = n * size;
    void *result = realloc(old, bytes ? bytes : 1);
    if (!result)
        memory_exhausted();
    return result;
}

char *memory_copy_text(const char *at, size_t len)
{
    char *copy = memory_alloc(len + 1);
    if (len)
        memcpy(copy, at, len);
    copy[len] = '\0';
    return copy;
}

void memory_advise_huge(void *at, size_t size)
{
    /* Outwards to whole pages, so that neighbours' areas join: advice does no harm to what else lies there.
     */
    size_t page = (size_t)sysconf(_SC_PAGESIZE);
    size_t before = (uintptr_t)at % page;
    size_t length = (before + size + page - 1) / page * page;
    (void)madvise((char *)at - before, length, MADV_HUGEPAGE);
}

void memory_give_back(void)
{
#ifdef __GLIBC__
    (void)malloc_trim(0);
#endif
}

void memory_free(void *old)
{
    free(old);
}
