/* demo: sloburn on a simulated service, with a sink that stands for PagerDuty and Slack: everything on one
 * machine, nothing to configure. */
#ifndef SLOBURN_COMMANDS_DEMO_H
#define SLOBURN_COMMANDS_DEMO_H

#include "base/buf.h"
#include "base/err.h"

#include <sys/types.h>

/* The Prometheus of `demo --prometheus`: it scrapes `sloburn simulate`, with the history loaded. */
struct demo_prometheus {
    int port;
    int simulate_port;
    pid_t prometheus;
    pid_t simulate;
};

/* Starts both in the folder and waits until the history answers; says what it does on stdout. */
NODISCARD bool demo_prometheus_start(const char *folder, const char *seed, struct demo_prometheus *demo,
                                     struct err *err);
void demo_prometheus_stop(struct demo_prometheus *demo);
/* POST /incident to the simulated service. */
NODISCARD bool demo_prometheus_incident(const struct demo_prometheus *demo, struct err *err);

int command_demo(int argc, char **argv);

#endif
