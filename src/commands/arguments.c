/* Parsing of options from a table, and the help text from the same. */
#include "commands/arguments.h"

#include "base/buf.h"
#include "base/number.h"
#include "base/vec.h"

#include <stdio.h>

enum { HELP_MAX = 64 << 10, HELP_COLUMN = 24, SPEED_MAX = 1000 };

enum outcome { OUTCOME_GOOD, OUTCOME_HELP, OUTCOME_WRONG };

/* The first line starts where the buffer stands, the others below it. */
static void print_lines(const char *lines, struct buf *out)
{
    struct text rest = text_of(lines);
    for (int indent = 0; rest.len > 0; indent = HELP_COLUMN) {
        struct text line = text_cut(&rest, '\n');
        buf_printf(out, "%*s%.*s\n", indent, "", TEXT_ARG(line));
    }
}

static void print_help(const struct command_line *line)
{
    struct buf out;
    buf_init(&out, HELP_MAX);
    buf_printf(&out, "usage: sloburn %s\n\n%s\n\n", line->synopsis, line->about);
    for (size_t i = 0; i < line->n_arguments; i++) {
        const struct argument *argument = &line->arguments[i];
        size_t start = out.len;
        buf_printf(&out, "  --%s%s%s", argument->name, argument->value ? " " : "",
                   argument->value ? argument->value : "");
        do
            buf_putc(&out, ' ');
        while (out.len - start < HELP_COLUMN);
        print_lines(argument->help, &out);
    }
    buf_printf(&out, "  %-*s%s\n", HELP_COLUMN - 2, "--help", "this text");
    if (line->epilogue)
        buf_printf(&out, "\n%s\n", line->epilogue);
    fputs(buf_cstring(&out), stdout);
    buf_finish(&out);
}

static const struct argument *find(const struct command_line *line, struct text name)
{
    for (size_t i = 0; i < line->n_arguments; i++)
        if (text_is(name, line->arguments[i].name))
            return &line->arguments[i];
    return NULL;
}

static enum outcome wrong(const struct command_line *line, const char *format, struct text what)
{
    fprintf(stderr, "sloburn %s: ", line->command);
    struct buf out;
    buf_init(&out, 4096);
    buf_printf(&out, "%s%.*s", format, TEXT_ARG(what));
    fprintf(stderr, "%s (sloburn %s --help)\n", buf_cstring(&out), line->command);
    buf_finish(&out);
    return OUTCOME_WRONG;
}

static enum outcome unknown(const struct command_line *line, struct text name)
{
    VEC(const char *) names = {0};
    for (size_t i = 0; i < line->n_arguments; i++)
        VEC_PUSH(&names, line->arguments[i].name);
    int nearest = text_nearest(name, names.at, names.len);
    struct buf out;
    buf_init(&out, 4096);
    buf_printf(&out, "unknown option --%.*s", TEXT_ARG(name));
    if (nearest >= 0 && names.at)
        buf_printf(&out, "; did you mean --%s?", names.at[nearest]);
    enum outcome outcome = wrong(line, "", buf_text(&out));
    buf_finish(&out);
    VEC_FREE(&names);
    return outcome;
}

/* One option at argv[*at]; moves *at to its last word. */
static enum outcome take_option(const struct command_line *line, int argc, char **argv, int *at)
{
    struct text word = text_of(argv[*at] + 2);
    size_t equals = text_find(word, '=');
    struct text name = text_part(word, 0, equals);
    if (text_is(name, "help"))
        return OUTCOME_HELP;
    const struct argument *argument = find(line, name);
    if (!argument)
        return unknown(line, name);
    if (!argument->value) {
        if (equals < word.len)
            return wrong(line, "this option takes no value: --", name);
        *argument->flag = true;
        return OUTCOME_GOOD;
    }
    if (equals < word.len)
        *argument->text = word.at + equals + 1;
    else if (*at + 1 < argc)
        *argument->text = argv[++*at];
    else
        return wrong(line, "a value is missing behind --", name);
    return OUTCOME_GOOD;
}

bool arguments_parse(const struct command_line *line, int argc, char **argv, const char **operands, int *code)
{
    size_t n = 0;
    bool options = true;
    for (int i = 1; i < argc; i++) {
        bool dashes = argv[i][0] == '-' && argv[i][1] == '-';
        enum outcome outcome = OUTCOME_GOOD;
        if (options && dashes && argv[i][2] == '\0')
            options = false;
        else if (options && dashes)
            outcome = take_option(line, argc, argv, &i);
        else if (options && text_is(text_of(argv[i]), "-h"))
            outcome = OUTCOME_HELP;
        else if (n < line->max_operands)
            operands[n++] = argv[i];
        else
            outcome = wrong(line, "one argument too many: ", text_of(argv[i]));
        if (outcome == OUTCOME_HELP)
            print_help(line);
        if (outcome != OUTCOME_GOOD) {
            *code = outcome == OUTCOME_HELP ? 0 : err_exit_code(ERR_USAGE);
            return false;
        }
    }
    if (operands)
        operands[n] = NULL;
    return true;
}

size_t arguments_all(int argc, char **argv, const char *name, const char **values, size_t most)
{
    size_t n = 0;
    for (int i = 1; i < argc && !text_is(text_of(argv[i]), "--"); i++) {
        struct text word = text_of(argv[i]);
        if (!text_starts(word, TEXT("--")))
            continue;
        size_t equals = text_find(word, '=');
        if (!text_is(text_part(word, 2, equals), name))
            continue;
        const char *value = equals < word.len ? argv[i] + equals + 1 : i + 1 < argc ? argv[++i] : NULL;
        if (value && n < most)
            values[n] = value;
        n += value != NULL;
    }
    return n;
}

bool argument_integer(const char *name, const char *value, struct argument_range range, int64_t *number,
                      struct err *err)
{
    int64_t parsed;
    if (!integer_parse(text_of(value), &parsed) || parsed < range.least || parsed > range.most)
        return err_set(err, ERR_USAGE, "--%s %s: a whole number from %lld to %lld is needed", name, value,
                       (long long)range.least, (long long)range.most);
    *number = parsed;
    return true;
}

bool argument_speed(const char *name, const char *value, double *speed, struct err *err)
{
    double parsed;
    if (!number_parse(text_of(value), &parsed) || !(parsed > 0 && parsed <= SPEED_MAX))
        return err_set(err, ERR_USAGE, "--%s %s: a number above 0, at most %d, is needed", name, value,
                       SPEED_MAX);
    *speed = parsed;
    return true;
}

int complain(const char *command, const struct err *err)
{
    struct buf out;
    buf_init(&out, 8192);
    err_print(err, &out);
    fprintf(stderr, "sloburn %s: %s\n", command, buf_cstring(&out));
    buf_finish(&out);
    return err_exit_code(err->kind);
}
