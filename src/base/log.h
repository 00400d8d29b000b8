/* log: structured lines on stderr, logfmt or JSON. Only edges log (engine, server, commands): functions
 * either log or return an error, never both. Thread-safe: a line is one write. Secrets never reach it. */
#ifndef SLOBURN_BASE_LOG_H
#define SLOBURN_BASE_LOG_H

#include "base/text.h"

enum log_level { LOG_DEBUG, LOG_INFO, LOG_WARN, LOG_ERROR };
enum log_format { LOG_LOGFMT, LOG_JSON };

/* Before the first thread starts; without it: from LOG_INFO on, logfmt. */
void log_setup(enum log_level lowest, enum log_format format);
/* log_line(LOG_INFO, "store opened", "path", path, "version", "3", NULL): message, then pairs of C strings,
 * at most 64, values cut at 4 KiB. Prints time=2026-11-21T00:31:00.000Z level=info msg="store opened" path=…
 * version=3. The time is the wall clock's, read here: the one exception in base. Keeps errno. */
void log_line(enum log_level level, const char *message, ...) __attribute__((sentinel));

#endif
