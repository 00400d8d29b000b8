/* slo_group: the evaluation of a group of SLOs at one slot: fetch, count, burn rates, transitions, one
 * transaction. */
#ifndef SLOBURN_ENGINE_SLO_GROUP_H
#define SLOBURN_ENGINE_SLO_GROUP_H

#include "engine/engine.h"
#include "engine/selectors.h"
#include "engine/trouble.h"
#include "notify/facts.h"
#include "slo/budget.h"
#include "slo/correction.h"
#include "store/ledger_rows.h"
#include "store/state_rows.h"

struct findings;
struct source;
struct policies;
struct unit_notes;
struct running;

/* Budgets of one group of the ledger (the roll-up or one value of the fan-out), as last computed, and what
 * the store has of it. */
struct group_budgets {
    struct budget at[SLO_WINDOWS_MAX];
    struct period periods[SLO_WINDOWS_MAX];
    int64_t as_of_ms;      /* 0: never */
    int64_t status_minute; /* when state and status were last stored; 0: never */
    struct burn_state stored;
};

/* A bucket that is asked for besides those of the term's own selector. */
struct unit_bucket {
    size_t term;
    size_t selector; /* its index */
    struct text le;
};

/* One SLO of a group with its ledger and states. */
struct slo_unit {
    const struct slo *slo;
    struct ledger *ledger;
    struct ledger_ids ids;
    VEC(struct burn_state) states;     /* by group number */
    VEC(struct group_budgets) budgets; /* by group number */
    VEC(struct running *) running;     /* by group number: engine/slo_budgets.h */
    /* By group number, as long as `running`; NULL: the target never changed. */
    VEC(struct dated_targets *) targets;
    size_t first_term;               /* index in `asked` of its first term's selector */
    VEC(struct unit_bucket) buckets; /* engine/unit_buckets.h */
    int64_t look_ms;                 /* not before this the source's buckets are looked at again */
    struct findings *advice;         /* engine/unit_advice.h; NULL: none */
    size_t up;                       /* index of its up selector in the request, SIZE_MAX: none */
    size_t starts;
    size_t rate;                   /* of its exchange rate; SIZE_MAX: none, or a fixed one */
    bool first_start;              /* what holds at its first evaluation is told as a summary */
    struct slo_unit *availability; /* of the same service: while that pages, this one joins it; or NULL */
    struct unit_notes *notes;      /* engine/unit_notes.h; NULL: none */
    struct policies *policies;     /* engine/policies.h; NULL: none */
    struct ledger_change change;   /* of the present evaluation */
    struct burn_result *results;   /* by group number, in the evaluation's arena */
    size_t *told_to;               /* the same: where what is told of it ends */
    struct text *statuses;         /* the same: JSON for the store; empty: not due */
    char *refusal;                 /* what the source says to a selector it refuses; NULL: it answers */
    struct minute_spans excluded;  /* minutes that count in no budget */
    struct minute_spans muted;     /* of maintenance: in no burn rate, and nothing opens or resolves */
    bool muted_changed;            /* the ledger in memory is to be read anew */
    bool corrected;                /* all its budgets are due */
};

struct slo_group {
    struct text name;           /* in the store: "slo/30s/0" */
    VEC(struct slo_unit) units; /* availability first */
    VEC(size_t) asked;          /* term after term of unit after unit: index of its selector in the request */
    struct selectors selectors;
    struct label_table *table;  /* of ledgers and samples */
    size_t table_kept;          /* bytes of the table when it was made */
    struct arena arena;         /* lives as long as the group */
    int64_t corrections_change; /* of the set that units have */
    int64_t corrected_to_ms;    /* up to where recurring ones are laid out */
    int64_t interval_ms;
    int64_t slot_ms; /* last committed; 0: none */
    /* While the store cannot be written, evaluation goes on in memory up to here, so that pages go out; when
     * it can be again, ledger and states are read anew and the slots since slot_ms evaluated once more, to
     * the same incidents. 0: all is stored. */
    int64_t ahead_ms;
    int64_t replay_to_ms;
    int64_t retry_ms; /* not before this the store is tried again */
    int64_t retry_wait_ms;
    struct trouble unwritable; /* the store */
    struct trouble unreadable;
    struct trouble refused; /* some selectors are */
    bool lacks_history;     /* an SLO that was refused is answered again: its history is to be filled */
    int64_t refill_ms;      /* but not before this */
    bool evaluated;         /* a slot was stored since the group was made */
    int64_t blind_since_ms;
    int64_t fill_from_ms; /* where the filling from history began; 0: none under way (engine/slo_fill.h) */
    int64_t filled_to_ms;
    int64_t fill_chunk_ms; /* of one request for history; 0: not asked yet */
    size_t budget_cursor;  /* whose budgets are refreshed next */
};

/* What evaluations of all kinds share. */
struct evaluation_context {
    const struct config_view *config;
    struct store *store;
    struct database *reader; /* of the evaluate thread */
    struct source *source;
    struct counters *counters;
    struct emergency *emergency;
    int64_t now_ms;
    int64_t reloaded_ms;                      /* when the configuration was taken anew; 0: never */
    bool first_live;                          /* nothing was ever evaluated live in this store */
    const struct correction_set *corrections; /* NULL: none */
    /* Called inside the transaction of the first live evaluation. */
    void (*on_first_live)(void *context, struct database *db, int64_t now_ms);
    void *on_first_live_context;
};

/* Restores ledgers and states of the SLOs [first, first + n) of a list. */
NODISCARD struct slo_group *slo_group_new(const struct evaluation_context *context, struct text name,
                                          const struct slo *const *slos, size_t n, struct err *err);
void slo_group_free(struct slo_group *group);
/* Where most label sets of the group's table are of series that are gone, the group moves to another. Between
 * two evaluations; nothing in it can fail. */
void slo_group_renew_table(struct slo_group *group);
/* Memory of the table and the ledgers. */
size_t slo_group_bytes(const struct slo_group *group);
/* Takes the corrections in force; ledgers are read anew where these changed. Before each evaluation. */
void slo_group_correct(struct slo_group *group, const struct evaluation_context *context, int64_t slot_ms);

/* The definition by which a group is judged: the SLO's own, or one of its overrides. */
const struct slo *unit_slo(const struct slo_unit *unit, uint32_t group);

/* One slot. False: it could not be committed: ahead_ms. */
NODISCARD bool slo_group_evaluate(struct slo_group *group, const struct evaluation_context *context,
                                  int64_t slot_ms);
/* Tries the store again, and if it can be written, begins anew after slot_ms. */
NODISCARD bool slo_group_resume(struct slo_group *group, const struct evaluation_context *context);

#endif
