/* serve: the on-call team's command: evaluates, delivers and answers until SIGTERM or SIGINT; SIGHUP reloads.
 * `demo` runs it in its own process. */
#ifndef SLOBURN_COMMANDS_SERVE_H
#define SLOBURN_COMMANDS_SERVE_H

#include "base/err.h"

#include <stdint.h>

struct serve_options {
    const char *config_path;
    const char *listen; /* NULL: the configuration's */
    double speed;       /* of the engine's time; 1 but for a simulated service */
    bool observe;
    /* Called once, when the page can be opened, with its port; and after each first evaluation. May be NULL.
     */
    void (*on_listening)(void *context, int port);
    void (*on_ready)(void *context);
    void *context;
};

/* Runs until a signal; the exit code. Blocks SIGTERM, SIGINT and SIGHUP for all threads: call it before
 * making any (serve_block_signals does that earlier). */
int serve_run(const struct serve_options *options);
void serve_block_signals(void);

int command_serve(int argc, char **argv);

#endif
