/* arguments: a command's options as a table, from which parsing and help text are made. Long options only:
 * --name VALUE, --name=VALUE, --flag; "--" ends them. --help is always there. */
#ifndef SLOBURN_COMMANDS_ARGUMENTS_H
#define SLOBURN_COMMANDS_ARGUMENTS_H

#include "base/err.h"

#include <stdint.h>

struct argument {
    const char *name;  /* without dashes */
    const char *value; /* what to call its value in the help ("FILE"); NULL: a flag */
    const char *help;  /* one line, or several */
    const char **text; /* where its value goes (the last wins); or */
    bool *flag;        /* what it turns on */
};

struct command_line {
    const char *command;  /* "serve" */
    const char *synopsis; /* behind "usage: sloburn " */
    const char *about;    /* one paragraph */
    const char *epilogue; /* exit codes, examples; may be NULL */
    const struct argument *arguments;
    size_t n_arguments;
    size_t max_operands;
};

/* Fills in the values; operands (NULL-terminated, borrowed from argv) go to `operands`, which has room for
 * max_operands + 1, and may be NULL where there are none. False: the command ends with *code; help went to
 * stdout (0), or an error, with "did you mean", to stderr (2). */
NODISCARD bool arguments_parse(const struct command_line *line, int argc, char **argv, const char **operands,
                               int *code);

/* All values of an option that may be given several times, in order; at most `most`, returns how many there
 * are. */
size_t arguments_all(int argc, char **argv, const char *name, const char **values, size_t most);

/* The value of --NAME as a whole number of a range, and as how often faster than the clock time runs;
 * ERR_USAGE names the option, its value and what is wanted. */
struct argument_range {
    int64_t least, most;
};
NODISCARD bool argument_integer(const char *name, const char *value, struct argument_range range,
                                int64_t *number, struct err *err);
NODISCARD bool argument_speed(const char *name, const char *value, double *speed, struct err *err);

/* "sloburn COMMAND: message" on stderr (file:line:column first, where known); returns the exit code of its
 * kind. */
int complain(const char *command, const struct err *err);

#endif
