/* promqldoc: keeps the list of functions in docs/promql.md equal to the function table.
 *
 *     promqldoc --write FILE    puts the list between the file's two markers
 *     promqldoc --check FILE    exit code 1 if it is not what is there */
#include "base/buf.h"
#include "base/err.h"
#include "base/file.h"
#include "promql/function.h"

#include <stdio.h>
#include <stdlib.h>

enum { DOCUMENT_MAX = 1 << 20 };

static const char BEGIN[] = "<!-- functions: made by promqldoc from src/promql/function_table.c -->\n";
static const char END[] = "<!-- end of functions -->\n";

static const char *const FAMILIES[] = {
    "rate", "over time", "trend",        "histogram", "native histogram", "absence", "labels",
    "sort", "math",      "trigonometry", "time",      "scalar",           "query",
};

static const char *type_word(enum value_type type)
{
    switch (type) {
    case VALUE_SCALAR:
        return "scalar";
    case VALUE_VECTOR:
        return "vector";
    case VALUE_MATRIX:
        return "range";
    case VALUE_STRING:
        return "string";
    case VALUE_NONE:
        break;
    }
    return "";
}

/* Arguments from `required` on may be left out. */
static int required_arguments(const struct promql_function *f)
{
    return f->variadic == 0 ? f->n_args : f->n_args - 1;
}

static void print_signature(const struct promql_function *f, struct buf *out)
{
    buf_printf(out, "`%s(", f->name);
    for (int i = 0; i < f->n_args; i++) {
        bool optional = i >= required_arguments(f);
        buf_puts(out, optional ? "[" : "");
        buf_puts(out, i > 0 ? ", " : "");
        buf_puts(out, type_word(f->args[i]));
        buf_puts(out, optional && f->variadic != 1 ? ", …" : "");
        buf_puts(out, optional ? "]" : "");
    }
    buf_printf(out, ")` → %s", type_word(f->returns));
    if (f->experimental)
        buf_puts(out, ", experimental");
}

/* In a table a bar would end the cell. */
static void print_cell(const char *text, struct buf *out)
{
    for (; *text; text++) {
        if (*text == '|')
            buf_putc(out, '\\');
        buf_putc(out, *text);
    }
}

static void print_family(const char *family, struct buf *out)
{
    size_t n;
    const struct promql_function *rows = promql_functions(&n);
    buf_printf(out, "\n### %c%s\n\n| function | gives | example |\n|---|---|---|\n", family[0] - 'a' + 'A',
               family + 1);
    for (size_t i = 0; i < n; i++) {
        if (!text_is(text_of(rows[i].family), family))
            continue;
        buf_puts(out, "| ");
        print_signature(&rows[i], out);
        buf_puts(out, " | ");
        print_cell(rows[i].summary, out);
        buf_puts(out, " | `");
        print_cell(rows[i].example, out);
        buf_puts(out, "` |\n");
    }
}

/* A family that is not in the list would be missing from the document. */
static bool families_complete(void)
{
    size_t n;
    const struct promql_function *rows = promql_functions(&n);
    for (size_t i = 0; i < n; i++) {
        bool known = false;
        for (size_t k = 0; k < sizeof FAMILIES / sizeof FAMILIES[0]; k++)
            known = known || text_is(text_of(rows[i].family), FAMILIES[k]);
        if (!known) {
            fprintf(stderr, "promqldoc: family \"%s\" of %s() is not in promqldoc.c\n", rows[i].family,
                    rows[i].name);
            return false;
        }
    }
    return true;
}

static void print_functions(struct buf *out)
{
    for (size_t i = 0; i < sizeof FAMILIES / sizeof FAMILIES[0]; i++)
        print_family(FAMILIES[i], out);
    buf_putc(out, '\n');
}

static size_t find(struct text whole, const char *part)
{
    struct text wanted = text_of(part);
    for (size_t i = 0; i + wanted.len <= whole.len; i++) {
        if (text_eq(text_part(whole, i, i + wanted.len), wanted))
            return i;
    }
    return whole.len;
}

/* The document with the list as it should be. */
static bool renewed(struct text old, struct buf *out)
{
    size_t begin = find(old, BEGIN);
    size_t end = find(old, END);
    if (begin == old.len || end == old.len || end < begin) {
        fprintf(stderr, "promqldoc: the document lacks its markers\n");
        return false;
    }
    buf_add_text(out, text_part(old, 0, begin + sizeof BEGIN - 1));
    print_functions(out);
    buf_add_text(out, text_part(old, end, old.len));
    return !out->overflowed;
}

static int run(const char *mode, const char *path)
{
    struct buf old;
    struct buf new;
    struct err err;
    buf_init(&old, DOCUMENT_MAX);
    buf_init(&new, DOCUMENT_MAX);
    int code = EXIT_FAILURE;
    if (!file_read(path, &old, &err)) {
        fprintf(stderr, "promqldoc: %s\n", err.message);
    } else if (families_complete() && renewed(buf_text(&old), &new)) {
        bool equal = text_eq(buf_text(&old), buf_text(&new));
        if (text_is(text_of(mode), "--write")) {
            code = equal || file_write(path, buf_text(&new), &err) ? EXIT_SUCCESS : EXIT_FAILURE;
        } else {
            code = equal ? EXIT_SUCCESS : EXIT_FAILURE;
            if (!equal)
                fprintf(stderr, "promqldoc: %s is not up to date: promqldoc --write %s\n", path, path);
        }
    }
    buf_finish(&old);
    buf_finish(&new);
    return code;
}

int main(int argc, char **argv)
{
    if (argc != 3 || (!text_is(text_of(argv[1]), "--write") && !text_is(text_of(argv[1]), "--check"))) {
        fprintf(stderr, "usage: promqldoc --write|--check FILE\n");
        return 2;
    }
    return run(argv[1], argv[2]);
}
