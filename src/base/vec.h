/* vec: a growing array of any type on the heap. VEC(int) numbers = {0}; VEC_PUSH(&numbers, 7);
 * numbers.at[0]; VEC_FREE(&numbers). The only generic container; a map is base/map.h. */
#ifndef SLOBURN_BASE_VEC_H
#define SLOBURN_BASE_VEC_H

#include "base/memory.h"

#include <stddef.h>

#define VEC(type)                                                                                            \
    struct {                                                                                                 \
        type *at;                                                                                            \
        size_t len;                                                                                          \
        size_t cap;                                                                                          \
    }

#define VEC_RESERVE(vec, wanted)                                                                             \
    do {                                                                                                     \
        size_t vec_wanted = (wanted);                                                                        \
        if ((vec)->cap < vec_wanted) {                                                                       \
            size_t vec_cap = (vec)->cap ? (vec)->cap * 2 : 8;                                                \
            if (vec_cap < vec_wanted)                                                                        \
                vec_cap = vec_wanted;                                                                        \
            (vec)->at = memory_resize((vec)->at, vec_cap, sizeof *(vec)->at);                                \
            (vec)->cap = vec_cap;                                                                            \
        }                                                                                                    \
    } while (0)

#define VEC_PUSH(vec, ...)                                                                                   \
    do {                                                                                                     \
        VEC_RESERVE((vec), (vec)->len + 1);                                                                  \
        (vec)->at[(vec)->len++] = (__VA_ARGS__);                                                             \
    } while (0)

#define VEC_CLEAR(vec) ((void)((vec)->len = 0))

#define VEC_FREE(vec)                                                                                        \
    do {                                                                                                     \
        memory_free((vec)->at);                                                                              \
        (vec)->at = NULL;                                                                                    \
        (vec)->len = (vec)->cap = 0;                                                                         \
    } while (0)

#endif
