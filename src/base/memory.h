/* memory: the heap, for objects that outlive an arena. Out of memory is not handled anywhere: it
 * aborts here, with one line on stderr. What a user can enlarge is bounded before it is allocated. */
#ifndef SLOBURN_BASE_MEMORY_H
#define SLOBURN_BASE_MEMORY_H

#include <stddef.h>

void *memory_alloc(size_t size);                /* uninitialised */
void *memory_alloc_zero(size_t n, size_t size); /* n objects, zeroed; overflow aborts */
void *memory_resize(void *old, size_t n, size_t size);
char *memory_copy_text(const char *at, size_t len); /* NUL-terminated; memory_free() it */
void memory_free(void *old);
/* Advice that these pages are best huge, for a large piece all of which will be used: page faults are a third
 * of what reading a month of samples costs. Where the kernel has none, nothing changes. */
void memory_advise_huge(void *at, size_t size);
/* After work that needed much more memory than what follows: what was freed goes back to the system. Takes
 * about a millisecond. */
void memory_give_back(void);
_Noreturn void memory_exhausted(void);

#endif
