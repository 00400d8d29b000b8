/* output: where a command's result goes. */
#ifndef SLOBURN_COMMANDS_OUTPUT_H
#define SLOBURN_COMMANDS_OUTPUT_H

#include "base/buf.h"
#include "base/err.h"

enum { OUTPUT_MAX = 256 << 20 };

/* To the file (written whole or not at all), or to stdout where `path` is NULL or "-". ERR_LIMIT: it
 * overflowed; ERR_INPUT: it cannot be written. */
NODISCARD bool output_write(const char *path, const struct buf *content, struct err *err);
/* Is stdout a terminal that wants colours? (NO_COLOR turns them off.) */
bool output_colours(void);
/* Index of a word among n, or -1 and err (ERR_USAGE): "--format xml: there are text, json". */
NODISCARD int output_choice(const char *option, const char *word, const char *const *words, struct err *err);

#endif
