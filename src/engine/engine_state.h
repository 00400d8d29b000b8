/* engine_state: what an engine holds between two steps. Internal to engine.c, which makes it and gives it a
 * new configuration, and engine_step.c, which lets what is due have its turn. */
#ifndef SLOBURN_ENGINE_ENGINE_STATE_H
#define SLOBURN_ENGINE_ENGINE_STATE_H

#include "engine/blindness.h"
#include "engine/corrections.h"
#include "engine/engine.h"
#include "engine/history_fill.h"
#include "engine/recount.h"
#include "engine/rule_group.h"
#include "engine/slo_group.h"
#include "engine/unit_advice.h"
#include "engine/upkeep.h"

struct engine {
    struct engine_options options;
    struct evaluation_context context;
    struct source *source;
    VEC(struct slo_group *) slo_groups;
    VEC(struct rule_group_state *) rule_groups;
    VEC(bool) filled; /* by SLO group */
    struct history_fill fill;
    int64_t clock_told_ms; /* when the log last said that the clock is behind */
    struct blindness blindness;
    struct recount recount;
    struct advice_round advice;
    struct upkeep upkeep;
    struct corrections corrections;
    bool settled;      /* the store was not restored, or all is a first state no more */
    int64_t corrected; /* the store's number when they were read; -1: never */
};

/* Reads corrections anew where the store has others than those in force. */
void engine_follow_corrections(struct engine *engine);

#endif
