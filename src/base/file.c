/* Whole files in, whole files out. A written file is never seen half: it grows under another name in the same
 * folder, reaches the disk, and only then takes its name. */
#include "base/file.h"

#include "base/memory.h"

#include <errno.h>
#include <fcntl.h>
#include <glob.h>
#include <stdio.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

enum { PIECE = 64 << 10, SECRET_MAX = 64 << 10, PATH_LIMIT = 8192 };

static bool fail_with_errno(struct err *err, const char *verb, const char *path)
{
    return err_set(err, ERR_INPUT, "cannot %s %s: %s", verb, path, strerror(errno));
}

static bool read_all(int fd, const char *path, struct buf *out, struct err *err)
{
    size_t start = out->len;
    char *piece = memory_alloc(PIECE);
    ssize_t n;
    while ((n = read(fd, piece, PIECE)) != 0) {
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            break;
        buf_add(out, piece, (size_t)n);
        if (out->overflowed)
            break;
    }
    int failure = errno;
    explicit_bzero(piece, PIECE);
    memory_free(piece);
    if (n == 0)
        return true;
    bool too_large = out->overflowed;
    buf_truncate(out, start);
    errno = failure;
    return too_large ? err_set(err, ERR_INPUT, "%s is larger than %zu bytes", path, out->max)
                     : fail_with_errno(err, "read", path);
}

/* *about is what fstat tells. */
static int open_for_reading(const char *path, struct stat *about, struct err *err)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0) {
        fail_with_errno(err, "read", path);
        return -1;
    }
    if (fstat(fd, about) == 0 && !S_ISDIR(about->st_mode))
        return fd;
    err_set(err, ERR_INPUT, "cannot read %s: it is a folder", path);
    close(fd);
    return -1;
}

bool file_read(const char *path, struct buf *out, struct err *err)
{
    struct stat about;
    int fd = open_for_reading(path, &about, err);
    if (fd < 0)
        return false;
    bool ok = read_all(fd, path, out, err);
    close(fd);
    return ok;
}

bool file_read_secret(const char *path, struct buf *out, struct err *err)
{
    struct stat about;
    int fd = open_for_reading(path, &about, err);
    if (fd < 0)
        return false;
    if (about.st_mode & S_IROTH) {
        close(fd);
        return err_set(err, ERR_INPUT,
                       "secret file %s may be read by everybody: take that away with chmod o-r", path);
    }
    struct buf content;
    buf_init(&content, SECRET_MAX);
    bool ok = read_all(fd, path, &content, err);
    close(fd);
    if (ok) {
        struct text line = {buf_cstring(&content), content.len};
        line = text_part(line, 0, text_find(line, '\n'));
        if (text_ends(line, TEXT("\r")))
            line.len--;
        if (line.len)
            buf_add_text(out, line);
        else
            ok = err_set(err, ERR_INPUT, "secret file %s has an empty first line", path);
    }
    if (content.at)
        explicit_bzero(content.at, content.cap);
    buf_finish(&content);
    return ok;
}

static bool write_all(int fd, struct text content)
{
    while (content.len) {
        ssize_t n = write(fd, content.at, content.len);
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return false;
        content = text_part(content, (size_t)n, content.len);
    }
    return true;
}

/* /dev/stdout, a pipe: there is nothing to rename. */
static bool write_in_place(const char *path, struct text content, struct err *err)
{
    int fd = open(path, O_WRONLY | O_CLOEXEC);
    if (fd < 0)
        return fail_with_errno(err, "write", path);
    bool ok = write_all(fd, content);
    if (!ok)
        fail_with_errno(err, "write", path);
    close(fd);
    return ok;
}

/* The folder's entry must reach the disk too; where that is not supported the rename still holds. */
static void sync_folder(const char *path)
{
    const char *slash = strrchr(path, '/');
    size_t len = slash ? (size_t)(slash - path) : 0;
    char *folder = slash ? memory_copy_text(path, len ? len : 1) : memory_copy_text(".", 1);
    int fd = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd >= 0) {
        (void)fsync(fd);
        close(fd);
    }
    memory_free(folder);
}

static bool write_beside(const char *path, const char *beside, mode_t mode, struct text content,
                         struct err *err)
{
    int fd = open(beside, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, mode);
    if (fd < 0)
        return fail_with_errno(err, "write", beside);
    bool ok = write_all(fd, content) && fsync(fd) == 0;
    int failure = errno;
    ok = close(fd) == 0 && ok;
    if (ok && rename(beside, path) == 0) {
        sync_folder(path);
        return true;
    }
    errno = ok ? errno : failure;
    fail_with_errno(err, "write", path);
    (void)unlink(beside);
    return false;
}

bool file_write(const char *path, struct text content, struct err *err)
{
    struct stat about;
    bool exists = stat(path, &about) == 0;
    if (exists && S_ISDIR(about.st_mode))
        return err_set(err, ERR_INPUT, "cannot write %s: it is a folder", path);
    if (exists && !S_ISREG(about.st_mode))
        return write_in_place(path, content, err);
    struct buf beside;
    buf_init(&beside, PATH_LIMIT);
    struct timespec now = {0};
    clock_gettime(CLOCK_MONOTONIC, &now); /* only to make the name new */
    buf_printf(&beside, "%s.%ld.%ld%09ld.new", path, (long)getpid(), (long)now.tv_sec, now.tv_nsec);
    bool ok = beside.overflowed
                  ? err_set(err, ERR_INPUT, "cannot write: the path is longer than %d bytes", PATH_LIMIT)
                  : write_beside(path, beside.at, exists ? about.st_mode & 0777 : 0666, content, err);
    buf_finish(&beside);
    return ok;
}

/* folder "/" pattern, the folder's own special characters escaped. */
static void join(const char *folder, const char *pattern, struct buf *out)
{
    if (pattern[0] != '/' && folder && folder[0]) {
        for (const char *p = folder; *p; p++) {
            if (strchr("*?[]\\", *p))
                buf_putc(out, '\\');
            buf_putc(out, *p);
        }
        if (out->at[out->len - 1] != '/')
            buf_putc(out, '/');
    }
    buf_puts(out, pattern);
}

bool file_glob(const char *folder, const char *pattern, void (*each)(void *context, const char *path),
               void *context, struct err *err)
{
    struct buf joined;
    buf_init(&joined, PATH_LIMIT);
    join(folder, pattern, &joined);
    glob_t found = {0};
    bool ok = true;
    if (joined.overflowed) {
        ok = err_set(err, ERR_INPUT, "pattern %.100s… is longer than %d bytes", pattern, PATH_LIMIT);
    } else {
        int result = glob(buf_cstring(&joined), GLOB_ERR, NULL, &found);
        if (result == GLOB_NOSPACE)
            memory_exhausted();
        if (result == GLOB_ABORTED && errno != ENOENT)
            ok = fail_with_errno(err, "look for", joined.at);
    }
    for (size_t i = 0; ok && i < found.gl_pathc; i++)
        each(context, found.gl_pathv[i]);
    globfree(&found);
    buf_finish(&joined);
    return ok;
}
