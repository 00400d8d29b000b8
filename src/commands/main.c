/* sloburn: dispatches to its subcommands. */
#include "base/text.h"
#include "base/vec.h"
#include "commands/commands.h"

#include <stdio.h>

static int help(FILE *out)
{
    fputs("sloburn " SLOBURN_VERSION ": SLOs, error budgets and burn-rate alerts over Prometheus\n\n"
          "usage: sloburn COMMAND [OPTION...]\n\n",
          out);
    for (const struct command *command = commands; command->name; command++)
        fprintf(out, "  %-10s %s\n", command->name, command->about);
    fputs("\nsloburn COMMAND --help tells more about one.\n", out);
    return out == stdout ? 0 : 2;
}

static int unknown(const char *name)
{
    VEC(const char *) names = {0};
    for (const struct command *command = commands; command->name; command++)
        VEC_PUSH(&names, command->name);
    int nearest = names.at ? text_nearest(text_of(name), names.at, names.len) : -1;
    fprintf(stderr, "sloburn: there is no command \"%s\"%s%s%s (sloburn help)\n", name,
            nearest >= 0 ? "; did you mean " : "", nearest >= 0 ? names.at[nearest] : "",
            nearest >= 0 ? "?" : "");
    VEC_FREE(&names);
    return 2;
}

int main(int argc, char **argv)
{
    if (argc < 2)
        return help(stderr);
    struct text name = text_of(argv[1]);
    if (text_is(name, "help") || text_is(name, "--help") || text_is(name, "-h"))
        return help(stdout);
    if (text_is(name, "version") || text_is(name, "--version")) {
        puts("sloburn " SLOBURN_VERSION);
        return 0;
    }
    for (const struct command *command = commands; command->name; command++)
        if (text_is(name, command->name))
            return command->run(argc - 1, argv + 1);
    return unknown(argv[1]);
}
