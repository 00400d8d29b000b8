/* burn: burn-rate alerts of one group of an SLO. Tiers open and close with hysteresis; out come at most two
 * incidents, the page and the ticket (DESIGN.md, "Burn-rate alerts"). Pure: the state is a plain struct that
 * the store keeps.
 *
 * A tier opens when both its windows burn at its rate with every hidden unit good; it closes when the short
 * window, with every hidden unit bad, has stayed under 0.75 of the rate for two short windows (at most 15
 * minutes). Where it can do neither, it keeps its state: a gap neither silences nor invents a page. */
#ifndef SLOBURN_SLO_BURN_H
#define SLOBURN_SLO_BURN_H

#include "slo/ledger_health.h"

enum burn_class { BURN_PAGE, BURN_TICKET, BURN_CLASSES };

enum burn_reason {
    BURN_REASON_NONE,
    BURN_REASON_TIER,          /* a tier of its class holds */
    BURN_REASON_DOWN,          /* every target is down or gone */
    BURN_REASON_MISCONFIGURED, /* nothing has ever matched */
    BURN_REASON_WORSE,         /* the same, a more severe tier */
    BURN_REASON_BETTER,        /* the same, only a less severe tier */
    BURN_REASON_OVER,          /* no tier of its class holds any more */
    BURN_REASON_FOLDED,        /* a ticket that an open page says already */
    BURN_REASON_UP,            /* a target has been up for 2 minutes */
    BURN_REASON_MATCHED,       /* something matches now */
};

const char *burn_reason_text(enum burn_reason reason);

/* Per tier, stored under the tier's name: at the index that it has in the SLO's definition. */
struct burn_tier_state {
    int64_t open_ms; /* the slot at which it opened; 0: closed */
    int64_t calm_ms; /* since when it could close; 0: it could not */
};

/* Per class, stored. */
struct burn_incident {
    int64_t episode_ms; /* the slot at which it opened; 0: none is open */
    int32_t severity;   /* 1..4 */
    int32_t tier;       /* index of the tier it stands for; -1: down, misconfigured, or a tier that is gone */
    int32_t reason;     /* enum burn_reason: TIER, DOWN, MISCONFIGURED */
    bool quiet;         /* recorded at a first start: told in the owner's summary, not as a page */
};

/* Zero-initialise for an SLO that is new. */
struct burn_state {
    int64_t born_ms; /* first evaluation; 0: none yet */
    int64_t slot_ms; /* last evaluation: an earlier or equal one changes nothing */
    struct burn_tier_state tiers[SLO_TIERS_MAX];
    struct burn_incident incidents[BURN_CLASSES];
    bool down;     /* the availability page's own reason holds */
    int64_t up_ms; /* since when up again while down holds; 0 */
};

enum burn_verdict {
    BURN_QUIET,        /* under its rate */
    BURN_HOLDS,        /* at or above its rate */
    BURN_LINGERS,      /* was open, below its rate, not yet calm long enough */
    BURN_KEPT,         /* was open, what is hidden could hold it */
    BURN_UNSURE,       /* closed, what is hidden could open it */
    BURN_INSUFFICIENT, /* too few units or bad units */
    BURN_TOO_NEW,      /* holds, in the first hour of an SLO that may only open outage and fast */
    BURN_BLIND,        /* not evaluated */
};

const char *burn_verdict_text(enum burn_verdict verdict);

struct burn_tier_result {
    struct burn_sum long_window;
    struct burn_sum short_window;
    double long_rate; /* burn rates with hidden units good, for people; judged in 128 bits */
    double short_rate;
    double short_rate_worst; /* with hidden units bad */
    enum burn_verdict verdict;
    bool open; /* after this evaluation */
};

enum burn_event { BURN_OPEN, BURN_REFRESH, BURN_RESOLVE };

struct burn_transition {
    enum burn_class class;
    enum burn_event event;
    enum burn_reason reason;
    int tier; /* -1: none */
    int severity;
    int64_t episode_ms;
    bool quiet;
};

enum { BURN_TRANSITIONS_MAX = 4 };

struct burn_input {
    const struct recent *recent;
    enum ledger_health health;
    int64_t health_since_ms;
    int64_t uncounted_since_ms; /* of what is misconfigured, if samples cannot be counted; else 0 */
    int64_t now_ms;             /* the slot */
    bool first_start; /* first start, new SLO, restored backup: what holds now is recorded quietly */
    bool down_pages;  /* it is its service's availability: "down" opens its page */
    bool refused;     /* it is blind since health_since_ms, and others of the source are not */
    bool maintenance; /* nothing opens, nothing resolves */
};

struct burn_result {
    struct burn_tier_result tiers[SLO_TIERS_MAX];
    size_t n_tiers;
    struct burn_transition transitions[BURN_TRANSITIONS_MAX];
    size_t n_transitions;
    /* Burn of the SLO now, for forecasts and the page: of the longest tier window that holds, else the first
     * tier's. */
    double rate;
    int64_t rate_window_ms;
};

/* Whether two states say the same, whenever they were evaluated. */
bool burn_state_same(const struct burn_state *a, const struct burn_state *b);

/* Lays out for `slo` a state whose tiers were those of `names`, in that order: states move with their tier's
 * name. A tier that is gone lets go: at the next slot its incident is over, or passes to another tier that is
 * open. A new one begins closed. */
void burn_state_move(struct burn_state *state, const struct text names[], size_t n, const struct slo *slo);

/* A page or a ticket of it is open. */
static inline bool burn_state_is_open(const struct burn_state *state)
{
    return state->incidents[BURN_PAGE].episode_ms || state->incidents[BURN_TICKET].episode_ms;
}

void burn_evaluate(const struct slo *slo, const struct burn_input *input, struct burn_state *state,
                   struct burn_result *result);

/* spent / (allowance x units): Inf for units 0 and spent above 0, 0 for both 0. */
double burn_rate(const struct slo *slo, int64_t units, int64_t spent);
/* burn_rate >= rate_billionths x percent / 100, exactly. No units: false. */
bool burn_at_least(const struct slo *slo, int64_t units, int64_t spent, int64_t rate_billionths, int percent);

#endif
