/* From tiers to incidents, one page and one ticket at most.
 *
 *             a reason appears                 worse or better: refresh
 *      none ──────────────────────► open ───────────────────────────────► open
 *        ▲                            │ the last reason goes, or (a ticket) a page opens that says it
 *        └────────────────────────────┘
 *
 * Reasons of the page: a page tier is open, or the service is down. Of the ticket: a ticket tier is open, or
 * nothing has ever matched, or what matches cannot be counted; both fold into an open page. When a page
 * resolves, a ticket tier that is still open opens the ticket in the same evaluation: what still burns slowly
 * is told as a ticket. */
#include "slo/burn.h"

#include "slo/burn_tiers.h"

#include <assert.h>

#define DOWN_MS          (2 * MINUTE_MS) /* until "down" pages, and until "up" is believed */
#define MISCONFIGURED_MS (5 * MINUTE_MS)

enum { SEVERITY_PAGE = 1, SEVERITY_TICKET = 3, NO_SEVERITY = 99 };

static const char *const REASON_TEXT[] = {
    [BURN_REASON_NONE] = "nothing",
    [BURN_REASON_TIER] = "the budget burns too fast",
    [BURN_REASON_DOWN] = "every target is down or gone",
    [BURN_REASON_MISCONFIGURED] = "what it counts by has never been seen, or cannot be counted",
    [BURN_REASON_WORSE] = "it got worse",
    [BURN_REASON_BETTER] = "it got better, and is not over",
    [BURN_REASON_OVER] = "no tier holds any more",
    [BURN_REASON_FOLDED] = "an open page says it",
    [BURN_REASON_UP] = "a target has been up for 2 minutes",
    [BURN_REASON_MATCHED] = "what it counts by is there",
};

const char *burn_reason_text(enum burn_reason reason)
{
    return REASON_TEXT[reason];
}

/* What a class has to say at this slot. */
struct claim {
    enum burn_reason reason; /* NONE: nothing */
    int tier;
    int severity;
};

static bool is_of(const struct slo_tier *tier, enum burn_class class)
{
    return tier->page == (class == BURN_PAGE);
}

static struct claim claim_of(const struct slo *slo, const struct burn_state *state, enum burn_class class)
{
    struct claim claim = {BURN_REASON_NONE, -1, NO_SEVERITY};
    for (size_t i = 0; i < slo->n_tiers; i++) {
        if (!is_of(&slo->tiers[i], class) || !state->tiers[i].open_ms ||
            slo->tiers[i].severity >= claim.severity)
            continue;
        claim = (struct claim){BURN_REASON_TIER, (int)i, slo->tiers[i].severity};
    }
    return claim;
}

/* Down pages after 2 minutes; it is over when a target has been up for 2. Blind says nothing of either. */
static void follow_down(const struct burn_input *input, struct burn_state *state)
{
    bool maintenance = input->maintenance;
    if (input->health == HEALTH_DOWN) {
        if (input->down_pages && !maintenance && input->now_ms - input->health_since_ms >= DOWN_MS)
            state->down = true;
        state->up_ms = 0;
    } else if (state->down && input->health != HEALTH_BLIND) {
        if (!state->up_ms)
            state->up_ms = input->now_ms < input->health_since_ms ? input->now_ms : input->health_since_ms;
        if (input->now_ms - state->up_ms >= DOWN_MS && !maintenance) {
            state->down = false;
            state->up_ms = 0;
        }
    }
}

static struct claim page_claim(const struct slo *slo, const struct burn_state *state)
{
    struct claim claim = claim_of(slo, state, BURN_PAGE);
    if (state->down)
        return (struct claim){BURN_REASON_DOWN, claim.tier, SEVERITY_PAGE};
    return claim;
}

static struct claim ticket_claim(const struct slo *slo, const struct burn_input *input,
                                 const struct burn_state *state)
{
    const struct burn_incident *ticket = &state->incidents[BURN_TICKET];
    bool already = ticket->episode_ms && ticket->reason == BURN_REASON_MISCONFIGURED;
    bool misconfigured = input->health == HEALTH_MISCONFIGURED && !input->maintenance &&
                         input->now_ms - state->born_ms >= MISCONFIGURED_MS &&
                         input->now_ms - input->uncounted_since_ms >= MISCONFIGURED_MS;
    if (input->refused && input->health == HEALTH_BLIND && !input->maintenance)
        misconfigured = input->now_ms - input->health_since_ms >= MISCONFIGURED_MS;
    if (misconfigured ||
        (already && (input->health == HEALTH_BLIND || input->health == HEALTH_MISCONFIGURED)))
        return (struct claim){BURN_REASON_MISCONFIGURED, -1, SEVERITY_TICKET};
    return claim_of(slo, state, BURN_TICKET);
}

static void tell(struct burn_result *result, enum burn_class class, enum burn_event event,
                 enum burn_reason reason, const struct burn_incident *incident)
{
    result->transitions[result->n_transitions++] = (struct burn_transition){
        class, event, reason, incident->tier, incident->severity, incident->episode_ms, incident->quiet};
}

static enum burn_reason why_over(const struct burn_incident *incident, bool folded)
{
    if (folded)
        return BURN_REASON_FOLDED;
    if (incident->reason == BURN_REASON_DOWN)
        return BURN_REASON_UP;
    return incident->reason == BURN_REASON_MISCONFIGURED ? BURN_REASON_MATCHED : BURN_REASON_OVER;
}

static void take_claim(struct burn_incident *incident, const struct claim *claim)
{
    incident->tier = claim->tier;
    incident->severity = claim->severity;
    incident->reason = (int32_t)claim->reason;
}

static bool is_now_down(const struct burn_incident *incident, const struct claim *claim)
{
    return claim->reason == BURN_REASON_DOWN && incident->reason != BURN_REASON_DOWN;
}

/* Moves one incident to what is claimed. A quiet one that gets worse is no longer what the summary told: it
 * opens anew, as an incident that is told. */
static void follow_claim(enum burn_class class, const struct claim *claim, bool folded,
                         const struct burn_input *input, struct burn_incident *incident,
                         struct burn_result *result)
{
    bool claimed = claim->reason != BURN_REASON_NONE && !folded;
    if (!incident->episode_ms) {
        if (!claimed)
            return;
        take_claim(incident, claim);
        incident->episode_ms = input->now_ms;
        incident->quiet = input->first_start;
        tell(result, class, BURN_OPEN, claim->reason, incident);
        return;
    }
    if (!claimed) {
        tell(result, class, BURN_RESOLVE, why_over(incident, folded), incident);
        *incident = (struct burn_incident){.tier = -1};
        return;
    }
    bool graver = claim->severity < incident->severity;
    bool worse = graver || (claim->severity == incident->severity && claim->tier < incident->tier);
    bool same = claim->severity == incident->severity && claim->tier == incident->tier &&
                (int32_t)claim->reason == incident->reason;
    if (same)
        return;
    /* Quiet since a burn that is ending, a page is deaf to an outage of the same severity otherwise. */
    bool outage = class == BURN_PAGE && (worse || is_now_down(incident, claim));
    take_claim(incident, claim);
    if ((graver || outage) && incident->quiet && !input->first_start) {
        incident->quiet = false;
        incident->episode_ms = input->now_ms;
        tell(result, class, BURN_OPEN, claim->reason, incident);
        return;
    }
    tell(result, class, BURN_REFRESH, worse ? BURN_REASON_WORSE : BURN_REASON_BETTER, incident);
}

/* The rate that forecasts assume: of the longest window of a tier that is open, else of the longest window of
 * all. */
static void choose_rate(const struct slo *slo, struct burn_result *result)
{
    bool open = false;
    for (size_t i = 0; i < result->n_tiers; i++) {
        const struct burn_tier_result *tier = &result->tiers[i];
        if (open && !tier->open)
            continue;
        if (open == tier->open && slo->tiers[i].long_ms < result->rate_window_ms)
            continue;
        open = tier->open;
        result->rate = tier->long_rate;
        result->rate_window_ms = slo->tiers[i].long_ms;
    }
}

void burn_evaluate(const struct slo *slo, const struct burn_input *input, struct burn_state *state,
                   struct burn_result *result)
{
    result->n_transitions = 0;
    result->n_tiers = slo->n_tiers;
    result->rate = 0;
    result->rate_window_ms = 0;
    if (!state->born_ms)
        state->born_ms = input->now_ms;
    struct burn_state before = *state;
    for (size_t i = 0; i < slo->n_tiers; i++)
        burn_tier_evaluate(slo, i, input, state->born_ms, &state->tiers[i], &result->tiers[i]);
    choose_rate(slo, result);
    if (input->now_ms <= before.slot_ms) {
        *state = before;
        return;
    }
    state->slot_ms = input->now_ms;
    follow_down(input, state);
    struct claim page = page_claim(slo, state);
    struct claim ticket = ticket_claim(slo, input, state);
    follow_claim(BURN_PAGE, &page, false, input, &state->incidents[BURN_PAGE], result);
    bool folded = state->incidents[BURN_PAGE].episode_ms != 0;
    follow_claim(BURN_TICKET, &ticket, folded, input, &state->incidents[BURN_TICKET], result);
}

static bool same_incident(const struct burn_incident *a, const struct burn_incident *b)
{
    return a->episode_ms == b->episode_ms && a->severity == b->severity && a->tier == b->tier &&
           a->reason == b->reason && a->quiet == b->quiet;
}

static int32_t tier_named(const struct slo *slo, struct text name)
{
    for (size_t i = 0; i < slo->n_tiers; i++)
        if (text_eq(slo->tiers[i].name, name))
            return (int32_t)i;
    return -1;
}

void burn_state_move(struct burn_state *state, const struct text names[], size_t n, const struct slo *slo)
{
    struct burn_tier_state moved[SLO_TIERS_MAX] = {0};
    int32_t to[SLO_TIERS_MAX];
    assert(n <= SLO_TIERS_MAX);
    for (size_t i = 0; i < n; i++) {
        to[i] = tier_named(slo, names[i]);
        if (to[i] >= 0)
            moved[to[i]] = state->tiers[i];
    }
    memcpy(state->tiers, moved, sizeof moved);
    for (int class = 0; class < BURN_CLASSES; class ++) {
        struct burn_incident *incident = &state->incidents[class];
        bool known = incident->episode_ms && incident->tier >= 0 && (size_t)incident->tier < n;
        incident->tier = known ? to[incident->tier] : -1;
    }
}

bool burn_state_same(const struct burn_state *a, const struct burn_state *b)
{
    bool same = a->born_ms == b->born_ms && a->down == b->down && a->up_ms == b->up_ms;
    for (int i = 0; i < SLO_TIERS_MAX; i++)
        same =
            same && a->tiers[i].open_ms == b->tiers[i].open_ms && a->tiers[i].calm_ms == b->tiers[i].calm_ms;
    for (int i = 0; i < BURN_CLASSES; i++)
        same = same && same_incident(&a->incidents[i], &b->incidents[i]);
    return same;
}
