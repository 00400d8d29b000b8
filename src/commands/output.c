/* Writing a command's result. */
#include "commands/output.h"

#include "base/file.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

bool output_write(const char *path, const struct buf *content, struct err *err)
{
    if (content->overflowed)
        return err_set(err, ERR_LIMIT,
                       "the output is larger than %d MiB: ask for less (--slo, --service, --owner)",
                       (int)(content->max >> 20));
    if (path && !text_is(text_of(path), "-"))
        return file_write(path, buf_text(content), err);
    if (fwrite(buf_text(content).at, 1, content->len, stdout) != content->len || fflush(stdout) != 0)
        return err_set(err, ERR_INPUT, "cannot write to the standard output: %s", strerror(errno));
    return true;
}

bool output_colours(void)
{
    const char *refused = getenv("NO_COLOR");
    return isatty(STDOUT_FILENO) && !(refused && *refused);
}

int output_choice(const char *option, const char *word, const char *const *words, struct err *err)
{
    struct buf list;
    buf_init(&list, 1024);
    int found = -1;
    for (int i = 0; words[i]; i++) {
        if (text_is(text_of(word), words[i]))
            found = i;
        buf_printf(&list, "%s%s", i ? ", " : "", words[i]);
    }
    if (found < 0)
        err_set(err, ERR_USAGE, "--%s %s: there are %s", option, word, buf_cstring(&list));
    buf_finish(&list);
    return found;
}
