/* file: reading and writing whole files, with limits. */
#ifndef SLOBURN_BASE_FILE_H
#define SLOBURN_BASE_FILE_H

#include "base/buf.h"
#include "base/err.h"

/* Appends the content to `out` (whose maximum is the limit). ERR_INPUT: missing, unreadable, a folder, too large. */
NODISCARD bool file_read(const char *path, struct buf *out, struct err *err);
/* Writes to a temporary file beside it, fsyncs and renames, so that the path is always whole. */
NODISCARD bool file_write(const char *path, struct text content, struct err *err);
/* A file's first line without line end: for secrets. Refuses files that others may read, if `secret`. */
NODISCARD bool file_read_secret(const char *path, struct buf *out, struct err *err);
/* Paths that match a glob pattern, sorted; relative to `folder`. Calls back for each. */
NODISCARD bool file_glob(const char *folder, const char *pattern, void (*each)(void *context, const char *path),
                         void *context, struct err *err);

#endif
