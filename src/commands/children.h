/* children: programs that the demo starts and ends: they die with it. */
#ifndef SLOBURN_COMMANDS_CHILDREN_H
#define SLOBURN_COMMANDS_CHILDREN_H

#include "base/err.h"

#include <sys/types.h>

enum { CHILD_WORDS_MAX = 32 };

/* Starts a program (found in PATH) with its output in a file; -1 and err if it cannot be started. */
pid_t child_start(const char *const words[], const char *log_path, struct err *err);
/* Runs one to its end. False and err if it fails; the message names its log. */
NODISCARD bool child_run(const char *const words[], const char *log_path, struct err *err);
/* SIGTERM, and waits. */
void child_stop(pid_t pid);
/* A loopback port that is free now; 0 if none can be had. */
int free_port(int preferred);

#endif
