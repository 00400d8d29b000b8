/* arguments: a command's options as a table, from which parsing and help text are made. Long options only:
 * --name VALUE,
 * --name=VALUE, --flag; "--" ends them. --help is always there. */
#ifndef SLOBURN_COMMANDS_ARGUMENTS_H
#define SLOBURN_COMMANDS_ARGUMENTS_H

#include "base/err.h"

struct argument {
    const char *name;  /* without dashes */
    const char *value; /* what to call its value in the help ("FILE"); NULL: a flag */
    const char *help;
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

enum arguments_outcome { ARGUMENTS_OK, ARGUMENTS_HELP, ARGUMENTS_WRONG };

/* Fills in the values; operands (NULL-terminated, borrowed from argv) go to `operands`, which has room for
 * max_operands + 1. Help goes to stdout, an error (with "did you mean") to stderr: return 0 or 2 then. */
enum arguments_outcome arguments_parse(const struct command_line *line, int argc, char **argv,
                                       const char **operands);

/* All values of an option that may be given several times, in order; at most `most`, returns how many there
 * are. */
size_t arguments_all(int argc, char **argv, const char *name, const char **values, size_t most);

/* "sloburn COMMAND: message" on stderr (file:line:column first, where known); returns the exit code of its
 * kind. */
int complain(const char *command, const struct err *err);

#endif
