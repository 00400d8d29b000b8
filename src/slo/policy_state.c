/* The life of an action: see the header's drawing. */
#include "slo/policy_state.h"

#include "base/duration.h"

const char *policy_event_text(enum policy_event event)
{
    static const char *const texts[] = {"unchanged", "started", "ended", "held back"};
    return texts[event];
}

const char *policy_reason_text(enum policy_reason reason)
{
    static const char *const texts[] = {
        "the budget's state", "its tier is open",          "it has started as often today as it may",
        "it is over",         "it is in the file no more",
    };
    return texts[reason];
}

static bool tier_open(const struct policy_input *input, struct text name)
{
    for (size_t i = 0; i < input->slo->n_tiers; i++)
        if (text_eq(input->slo->tiers[i].name, name))
            return input->burn->tiers[i].open_ms != 0;
    return false;
}

/* A state that is not known neither begins nor ends anything. */
static bool is_known(const struct policy_trigger *trigger, const struct policy_input *input)
{
    return trigger->is_tier || input->has_budget;
}

static bool begins(const struct policy_action *action, const struct policy_input *input)
{
    return is_known(&action->when, input) &&
           policy_begins(&action->when, input->state, tier_open(input, action->when.tier));
}

static bool ends(const struct policy_action *action, const struct policy_input *input)
{
    return is_known(&action->when, input) && is_known(&action->until, input) &&
           policy_ends(&action->until, input->state, tier_open(input, action->until.tier));
}

static struct policy_change end(struct policy_action_state *state, enum policy_reason reason)
{
    struct policy_change change = {POLICY_END, reason, state->active_ms, state->quiet};
    state->active_ms = 0;
    state->quiet = false;
    return change;
}

static struct policy_change start(const struct policy_action *action, const struct policy_input *input,
                                  struct policy_action_state *state)
{
    state->held = false;
    state->active_ms = input->now_ms;
    state->quiet = input->first_start;
    state->started += !state->quiet;
    return (struct policy_change){POLICY_START,
                                  action->when.is_tier ? POLICY_REASON_TIER : POLICY_REASON_STATE,
                                  state->active_ms, state->quiet};
}

static struct policy_change judge_active(const struct policy_action *action, const struct policy_input *input,
                                         struct policy_action_state *state)
{
    if (input->blind || begins(action, input) || !ends(action, input))
        return (struct policy_change){.event = POLICY_NOTHING};
    return end(state, POLICY_REASON_OVER);
}

static struct policy_change judge_idle(const struct policy_action *action, const struct policy_input *input,
                                       struct policy_action_state *state)
{
    int64_t day = input->now_ms / DAY_MS;
    if (input->blind)
        return (struct policy_change){.event = POLICY_NOTHING};
    if (day != state->day)
        state->started = 0;
    state->day = day;
    if (!begins(action, input)) {
        state->held = false;
        return (struct policy_change){.event = POLICY_NOTHING};
    }
    if (input->first_start || state->started < action->per_day)
        return start(action, input, state);
    bool told = state->held;
    state->held = true;
    return (struct policy_change){told ? POLICY_NOTHING : POLICY_HELD, POLICY_REASON_LIMIT, 0, true};
}

struct policy_change policy_judge(const struct policy_action *action, const struct policy_input *input,
                                  struct policy_action_state *state)
{
    if (input->now_ms <= state->slot_ms)
        return (struct policy_change){.event = POLICY_NOTHING};
    state->slot_ms = input->now_ms;
    if (!action)
        return state->active_ms ? end(state, POLICY_REASON_REMOVED)
                                : (struct policy_change){.event = POLICY_NOTHING};
    return state->active_ms ? judge_active(action, input, state) : judge_idle(action, input, state);
}
