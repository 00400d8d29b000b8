/* Whole files read and written, with what can go wrong on the way. */
#include "base/file.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

static char folder[] = "/tmp/sloburn-file-[x]-XXXXXX";
static struct buf path;

static const char *inside(const char *name)
{
    buf_clear(&path);
    buf_printf(&path, "%s/%s", folder, name);
    return path.at;
}

static int make_folder(void **unused)
{
    (void)unused;
    buf_init(&path, 1000);
    return mkdtemp(folder) ? 0 : 1;
}

static int remove_folder(void **unused)
{
    (void)unused;
    static const char *const names[] = {"a.yml", "b.yml", "c.txt", "secret"};
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
        (void)unlink(inside(names[i]));
    int result = rmdir(folder); /* fails if a temporary file was left behind */
    buf_finish(&path);
    return result;
}

static void write_file(const char *name, const char *content)
{
    struct err err;
    if (!file_write(inside(name), text_of(content), &err))
        fail_msg("%s", err.message);
}

static void what_is_written_is_read_again(void **unused)
{
    (void)unused;
    struct buf out;
    struct err err;
    buf_init(&out, 1 << 20);
    write_file("a.yml", "first");
    write_file("a.yml", "second");
    buf_puts(&out, "before ");
    assert_true(file_read(inside("a.yml"), &out, &err));
    assert_string_equal(out.at, "before second");
    buf_finish(&out);
}

static void a_replaced_file_keeps_its_mode(void **unused)
{
    (void)unused;
    struct stat about;
    write_file("a.yml", "x");
    assert_int_equal(chmod(inside("a.yml"), 0600), 0);
    write_file("a.yml", "y");
    assert_int_equal(stat(inside("a.yml"), &about), 0);
    assert_int_equal(about.st_mode & 0777, 0600);
}

static void a_file_above_the_limit_is_refused(void **unused)
{
    (void)unused;
    struct buf out;
    struct err err;
    buf_init(&out, 4);
    write_file("a.yml", "12345");
    assert_false(file_read(inside("a.yml"), &out, &err));
    assert_int_equal(err.kind, ERR_INPUT);
    assert_true(text_ends(text_of(err.message), TEXT("a.yml is larger than 4 bytes")));
    assert_int_equal(out.len, 0);
    buf_finish(&out);
}

static void missing_files_and_folders_are_named(void **unused)
{
    (void)unused;
    struct buf out;
    struct err err;
    buf_init(&out, 100);
    assert_false(file_read("/nonexistent/x", &out, &err));
    assert_string_equal(err.message, "cannot read /nonexistent/x: No such file or directory");
    assert_false(file_read("/", &out, &err));
    assert_string_equal(err.message, "cannot read /: it is a folder");
    assert_false(file_write("/nonexistent/x", TEXT("y"), &err));
    assert_true(text_starts(text_of(err.message), TEXT("cannot write /nonexistent/x.")));
    assert_false(file_write("/", TEXT("y"), &err));
    assert_string_equal(err.message, "cannot write /: it is a folder");
    buf_finish(&out);
}

static void what_is_no_file_is_written_in_place(void **unused)
{
    (void)unused;
    struct err err;
    struct stat about;
    assert_true(file_write("/dev/null", TEXT("y"), &err));
    assert_int_equal(stat("/dev/null", &about), 0);
    assert_true(S_ISCHR(about.st_mode));
}

static void a_secret_is_the_first_line(void **unused)
{
    (void)unused;
    struct buf out;
    struct err err;
    buf_init(&out, 100);
    write_file("secret", "s3cret\r\nsecond line\n");
    assert_int_equal(chmod(inside("secret"), 0640), 0);
    assert_true(file_read_secret(inside("secret"), &out, &err));
    assert_string_equal(out.at, "s3cret");
    buf_finish(&out);
}

static void a_secret_for_everybody_is_refused(void **unused)
{
    (void)unused;
    struct buf out;
    struct err err;
    buf_init(&out, 100);
    write_file("secret", "s3cret");
    assert_int_equal(chmod(inside("secret"), 0644), 0);
    assert_false(file_read_secret(inside("secret"), &out, &err));
    assert_true(text_ends(text_of(err.message),
                          TEXT("secret may be read by everybody: take that away with chmod o-r")));
    assert_int_equal(out.len, 0);
    buf_finish(&out);
}

static void an_empty_secret_is_refused(void **unused)
{
    (void)unused;
    struct buf out;
    struct err err;
    buf_init(&out, 100);
    write_file("secret", "\nx");
    assert_int_equal(chmod(inside("secret"), 0600), 0);
    assert_false(file_read_secret(inside("secret"), &out, &err));
    assert_true(text_ends(text_of(err.message), TEXT("secret has an empty first line")));
    buf_finish(&out);
}

static void note_name(void *context, const char *found)
{
    buf_puts(context, strrchr(found, '/') + 1);
    buf_putc(context, ' ');
}

static void check_globbed(const char *from, const char *pattern, const char *want)
{
    struct buf names;
    struct err err;
    buf_init(&names, 1000);
    if (!file_glob(from, pattern, note_name, &names, &err))
        fail_msg("%s", err.message);
    assert_string_equal(buf_cstring(&names), want);
    buf_finish(&names);
}

static void globs_are_sorted_and_relative_to_the_folder(void **unused)
{
    (void)unused;
    write_file("b.yml", "");
    write_file("a.yml", "");
    write_file("c.txt", "");
    check_globbed(folder, "*.yml", "a.yml b.yml ");
    check_globbed(folder, "[bc].*", "b.yml c.txt ");
    check_globbed(folder, "*.json", "");
    check_globbed(folder, "nowhere/*.yml", "");
    check_globbed(NULL, "/dev/nul?", "null ");
    check_globbed(folder, "/dev/nul?", "null ");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_written_is_read_again),
        cmocka_unit_test(a_replaced_file_keeps_its_mode),
        cmocka_unit_test(a_file_above_the_limit_is_refused),
        cmocka_unit_test(missing_files_and_folders_are_named),
        cmocka_unit_test(what_is_no_file_is_written_in_place),
        cmocka_unit_test(a_secret_is_the_first_line),
        cmocka_unit_test(a_secret_for_everybody_is_refused),
        cmocka_unit_test(an_empty_secret_is_refused),
        cmocka_unit_test(globs_are_sorted_and_relative_to_the_folder),
    };
    return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
