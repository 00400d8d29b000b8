/* commands: every subcommand's entry. argv[0] is the subcommand's name; the result is the exit code. */
#ifndef SLOBURN_COMMANDS_COMMANDS_H
#define SLOBURN_COMMANDS_COMMANDS_H

typedef int command_main(int argc, char **argv);

struct command {
    const char *name;
    command_main *run;
    const char *about; /* one line */
};

command_main command_backup, command_check, command_correct, command_explain, command_gate, command_query,
    command_report, command_restore, command_status, command_verify;

/* Sorted as `sloburn help` shows them; ends with a NULL name. */
extern const struct command commands[];

#endif
