/* file: reading and writing whole files, with limits. */
#ifndef SLOBURN_BASE_FILE_H
#define SLOBURN_BASE_FILE_H

#include "base/buf.h"
#include "base/err.h"

/* Appends the content to `out` (whose maximum is the limit). ERR_INPUT: missing, unreadable, a folder, too
 * large; then `out` has what it had before. */
NODISCARD bool file_read(const char *path, struct buf *out, struct err *err);
/* Writes to a temporary file beside it, fsyncs and renames, so that the path is always whole. The mode of a
 * file that is replaced is kept. What is not a file (/dev/stdout, a pipe) is written in place. */
NODISCARD bool file_write(const char *path, struct text content, struct err *err);
/* Appends a file's first line without its line end, for secrets. Refuses files that everybody may read, empty
 * first lines, and more than 64 KiB; leaves no copy of its own in memory. */
NODISCARD bool file_read_secret(const char *path, struct buf *out, struct err *err);
/* Calls back for each path that matches a glob pattern (* ? [a-z]), sorted bytewise. A relative pattern is
 * meant from `folder` (NULL: the working folder). No match is no error; a folder that cannot be read is. */
NODISCARD bool file_glob(const char *folder, const char *pattern,
                         void (*each)(void *context, const char *path), void *context, struct err *err);

#endif
