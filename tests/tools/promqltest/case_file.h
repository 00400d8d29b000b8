/* case_file: text cases, one a line: KIND⇥input⇥expected. Input and expected are JSON strings, or plain text
 * where they do not start with a quote. \udc80 to \udcff stand for the bytes 0x80 to 0xff, so that a case may
 * hold what is not UTF-8. Empty lines and lines that start with # are skipped. */
#ifndef PROMQLTEST_CASE_FILE_H
#define PROMQLTEST_CASE_FILE_H

#include "base/text.h"

#include <stdbool.h>

struct arena;

struct text_case {
    const char *file;
    int line;
    struct text kind;
    struct text input;
    struct text expected; /* "" if absent */
};

struct case_file {
    struct text_case *at;
    size_t len;
};

/* False, with a line on stderr, if it cannot be read or a line is no case. */
bool case_file_read(const char *path, struct arena *arena, struct case_file *cases);

#endif
