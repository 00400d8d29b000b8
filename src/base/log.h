/* log: structured lines on stderr, logfmt or JSON. Only edges log (engine, server, commands): functions either
 * log or return an error, never both. Thread-safe: a line is one write. Secrets never reach it. */
#ifndef SLOBURN_BASE_LOG_H
#define SLOBURN_BASE_LOG_H

#include "base/text.h"

enum log_level { LOG_DEBUG, LOG_INFO, LOG_WARN, LOG_ERROR };
enum log_format { LOG_LOGFMT, LOG_JSON };

/* Before the first thread starts. */
void log_setup(enum log_level lowest, enum log_format format);
/* log_line(LOG_INFO, "store opened", "path", path, "version", "3", NULL): message, then pairs of C strings. */
void log_line(enum log_level level, const char *message, ...) __attribute__((sentinel));

#endif
