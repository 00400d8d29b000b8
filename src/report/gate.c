/* The gate's decision. */
#include "report/gate.h"

#include "base/buf.h"
#include "base/duration.h"
#include "base/number.h"
#include "engine/phrase.h"
#include "report/composite.h"

enum { REASON_MAX = 4096 };

static const char *const verdict_texts[] = {"pass", "warning", "no data", "refused"};

const char *gate_verdict_text(enum gate_verdict verdict)
{
    return verdict_texts[verdict];
}

bool gate_burn_parse(struct text t, struct gate_burn *burn, struct err *err)
{
    int64_t ms = 0;
    struct err ignored;
    size_t equals = text_find(t, '=');
    burn->window = text_part(t, 0, equals);
    bool good = duration_parse(burn->window, &ms, &ignored) && ms > 0 &&
                number_parse(text_part(t, equals + 1, t.len), &burn->most) && burn->most >= 0 &&
                burn->most < 1e9;
    return good || err_set(err, ERR_USAGE, "--max-burn %.*s: WINDOW=RATE is needed, as in 1h=6", TEXT_ARG(t));
}

bool gate_share_parse(struct text t, double *share, struct err *err)
{
    bool percent = text_ends(t, TEXT("%"));
    double value = 0;
    bool good = number_parse(text_trim(text_part(t, 0, t.len - percent)), &value);
    if (percent)
        value /= 100;
    if (!good || !(value >= 0 && value <= 1))
        return err_set(err, ERR_USAGE, "--min-budget %.*s: a share from 0%% to 100%% is needed, as in 10%%",
                       TEXT_ARG(t));
    *share = value;
    return true;
}

/* Why an SLO cannot be judged; false if it can. */
static bool say_no_data(const struct json *slo, const struct gate_limits *limits, struct buf *reason)
{
    const struct json *window = phrase_window(slo);
    double slot_ms = phrase_number(slo, "slot_ms");
    struct text health = text_of(phrase_text(slo, "health"));
    int64_t age_ms = limits->now_ms - (int64_t)slot_ms;
    if (slot_ms <= 0 || !window) {
        buf_puts(reason, "it was never evaluated");
    } else if (age_ms > limits->max_age_ms) {
        buf_puts(reason, "it was last evaluated ");
        duration_print_human(age_ms, reason);
        buf_puts(reason, " ago: is sloburn serve running?");
    } else if (text_is(health, "blind")) {
        buf_puts(reason, "the source of its samples does not answer");
    } else if (text_is(health, "misconfigured")) {
        if (!phrase_uncounted(slo, reason))
            buf_puts(reason, phrase_lacks_rate(slo) ? "there is no exchange rate for what it spends"
                                                    : "a selector of it has never matched a series");
    } else if (text_is(text_of(phrase_text(window, "verdict")), "insufficient")) {
        buf_printf(reason, "nothing was counted in %s", phrase_text(window, "name"));
    } else {
        return false;
    }
    return true;
}

static void say_budget(const struct json *slo, struct buf *reason)
{
    const struct json *window = phrase_window(slo);
    double left = phrase_number(window, "left_share");
    bool amount = json_is_number(json_get(window, "allowed"));
    if (left <= 0) {
        buf_printf(reason, "the %s budget is used up (", phrase_text(window, "name"));
        phrase_percent(left, reason);
        buf_puts(reason, amount ? " left: " : " left");
    } else {
        phrase_percent(left, reason);
        buf_printf(reason, " of the %s budget is left%s", phrase_text(window, "name"), amount ? " (" : "");
    }
    if (amount)
        phrase_left(slo, window, reason);
    if (amount || left <= 0)
        buf_putc(reason, ')');
}

static bool refuses_left(double left, struct text state, const struct gate_limits *limits, struct buf *reason)
{
    bool critical = text_is(state, "critical") || text_is(state, "exhausted");
    if (limits->has_min_budget ? left >= limits->min_budget : !critical)
        return false;
    if (limits->has_min_budget) {
        buf_puts(reason, ", ");
        phrase_percent(limits->min_budget, reason);
        buf_puts(reason, " is the least for a release");
    } else {
        buf_puts(reason, ", which is ");
        buf_add_text(reason, state);
        buf_puts(reason, ": the policy stops releases");
    }
    return true;
}

static bool budget_refuses(const struct json *slo, const struct gate_limits *limits, struct buf *reason)
{
    const struct json *window = phrase_window(slo);
    struct text state = text_of(phrase_text(window, "state"));
    say_budget(slo, reason);
    return refuses_left(phrase_number(window, "left_share"), state, limits, reason);
}

/* The burn rate over a window that some tier looks at. False if none does. */
static bool burn_over(const struct json *slo, struct text window, double *rate)
{
    const struct json *tiers = json_get(slo, "tiers");
    for (const struct json *tier = json_first(tiers); tier; tier = json_next(tier)) {
        bool is_long = text_is(window, phrase_text(tier, "long"));
        if (!is_long && !text_is(window, phrase_text(tier, "short")))
            continue;
        *rate = phrase_number(tier, is_long ? "long_rate" : "short_rate");
        return true;
    }
    return false;
}

static enum gate_verdict burn_verdict(const struct json *slo, const struct gate_burn *burn,
                                      struct buf *reason)
{
    double rate = 0;
    if (!burn_over(slo, burn->window, &rate)) {
        buf_printf(reason, "; no tier of it looks at %.*s, so its burn rate is not known",
                   TEXT_ARG(burn->window));
        return GATE_NO_DATA;
    }
    if (rate <= burn->most)
        return GATE_PASS;
    buf_puts(reason, "; it burns ");
    phrase_rate(rate, reason);
    buf_printf(reason, " over %.*s, at most ", TEXT_ARG(burn->window));
    phrase_rate(burn->most, reason);
    buf_puts(reason, " is allowed");
    return GATE_REFUSED;
}

static enum gate_verdict softened(enum gate_verdict verdict, enum gate_answer answer)
{
    static const enum gate_verdict answers[] = {GATE_PASS, GATE_WARN, GATE_NO_DATA};
    return verdict == GATE_NO_DATA ? answers[answer] : verdict;
}

static enum gate_verdict judge_one(const struct json *slo, const struct gate_limits *limits,
                                   struct buf *reason)
{
    if (say_no_data(slo, limits, reason))
        return softened(GATE_NO_DATA, limits->on_no_data);
    enum gate_verdict verdict = budget_refuses(slo, limits, reason) ? GATE_REFUSED : GATE_PASS;
    for (size_t i = 0; i < limits->n_burns; i++) {
        enum gate_verdict next = softened(burn_verdict(slo, &limits->burns[i], reason), limits->on_no_data);
        verdict = next > verdict ? next : verdict;
    }
    if (verdict == GATE_PASS && text_is(text_of(phrase_text(phrase_window(slo), "state")), "warning")) {
        buf_puts(reason, ": little enough to be careful");
        verdict = GATE_WARN;
    }
    return verdict;
}

/* Why a composite cannot be judged by this part; false if it can. */
static bool say_part_lacks(const struct json *part, const struct gate_limits *limits, struct buf *reason)
{
    double slot_ms = phrase_number(part, "slot_ms");
    struct text health = text_of(phrase_text(part, "health")), id = text_of(phrase_text(part, "id"));
    int64_t age_ms = limits->now_ms - (int64_t)slot_ms;
    const char *why = slot_ms <= 0                       ? "was never evaluated"
                      : age_ms > limits->max_age_ms      ? "was last evaluated "
                      : text_is(health, "blind")         ? "cannot be seen: its source does not answer"
                      : text_is(health, "misconfigured") ? "is misconfigured"
                      : text_is(text_of(phrase_verdict(part)), "insufficient data") ? "has not enough data"
                                                                                    : NULL;
    if (!why)
        return false;
    (void)text_cut(&id, '/');
    buf_puts(reason, "; its part ");
    buf_add_text(reason, id);
    buf_printf(reason, " %s", why);
    if (slot_ms > 0 && age_ms > limits->max_age_ms) {
        duration_print_human(age_ms, reason);
        buf_puts(reason, " ago");
    }
    return true;
}

static bool has_slo(const struct json *slos, const char *id)
{
    for (const struct json *slo = json_first(slos); slo; slo = json_next(slo))
        if (text_is(text_of(id), phrase_text(slo, "id")))
            return true;
    return false;
}

/* By what is left; no data where a part of it cannot be judged, or burns unseen by this gate. */
static enum gate_verdict judge_composite(const struct json *composite, const struct json *slos,
                                         const struct gate_limits *limits, struct buf *reason)
{
    enum gate_verdict verdict = GATE_PASS;
    struct text state = text_of(phrase_text(composite, "state"));
    if (phrase_number(composite, "known_parts") > 0) {
        double left = phrase_number(composite, "left_share");
        phrase_percent(left, reason);
        buf_puts(reason, " of its budget is left");
        if (refuses_left(left, state, limits, reason))
            verdict = GATE_REFUSED;
        else if (text_is(state, "warning"))
            verdict = GATE_WARN;
        composite_parts(composite, reason);
    } else {
        buf_puts(reason, "what is left of its budget is not known");
    }
    for (const struct json *part = json_first(json_get(composite, "parts")); part; part = json_next(part)) {
        enum gate_verdict of_part = GATE_PASS;
        if (say_part_lacks(part, limits, reason)) {
            of_part = softened(GATE_NO_DATA, limits->on_no_data);
        } else if (limits->n_burns && !has_slo(slos, phrase_text(part, "id"))) {
            struct text id = text_of(phrase_text(part, "id"));
            (void)text_cut(&id, '/');
            buf_printf(reason, "; the burn rate of its part %.*s is not asked for", TEXT_ARG(id));
            of_part = softened(GATE_NO_DATA, limits->on_no_data);
        }
        verdict = of_part > verdict ? of_part : verdict;
    }
    return verdict;
}

static double left_of(const struct gate_item *item)
{
    const struct json *window = phrase_window(item->slo);
    if (json_get(item->slo, "parts"))
        return phrase_number(item->slo, "left_share");
    return window ? phrase_number(window, "left_share") : 2;
}

/* Worst first; insertion sort keeps the document's order among equals. */
static void sort_items(struct gate_item *items, size_t n)
{
    for (size_t i = 1; i < n; i++) {
        struct gate_item moved = items[i];
        size_t to = i;
        for (; to > 0 &&
               (items[to - 1].verdict < moved.verdict ||
                (items[to - 1].verdict == moved.verdict && left_of(&items[to - 1]) > left_of(&moved)));
             to--)
            items[to] = items[to - 1];
        items[to] = moved;
    }
}

static void add_item(struct gate_result *result, const struct json *slo, enum gate_verdict verdict,
                     struct text reason)
{
    result->items[result->n++] = (struct gate_item){slo, verdict, reason};
    result->count[verdict]++;
    if (verdict > result->verdict)
        result->verdict = verdict;
}

void gate_judge(const struct json *document, const struct gate_limits *limits, struct arena *arena,
                struct gate_result *result)
{
    const struct json *slos = json_get(document, "slos"), *composites = json_get(document, "composites");
    size_t n = json_length(slos) + json_length(composites);
    struct buf reason;
    buf_init(&reason, REASON_MAX);
    *result = (struct gate_result){
        .items = ARENA_ARRAY_ZERO(arena, struct gate_item, n), .now_ms = limits->now_ms, .error = TEXT("")};
    for (const struct json *slo = json_first(slos); slo; slo = json_next(slo)) {
        buf_clear(&reason);
        enum gate_verdict verdict = judge_one(slo, limits, &reason);
        add_item(result, slo, verdict, text_copy(arena, buf_text(&reason)));
    }
    for (const struct json *c = json_first(composites); c; c = json_next(c)) {
        buf_clear(&reason);
        enum gate_verdict verdict = judge_composite(c, slos, limits, &reason);
        add_item(result, c, verdict, text_copy(arena, buf_text(&reason)));
    }
    buf_finish(&reason);
    sort_items(result->items, result->n);
    if (result->n == 0) {
        result->error = TEXT("there is no SLO to judge");
        result->verdict = softened(GATE_NO_DATA, limits->on_no_data);
    }
}

int gate_exit_code(const struct gate_result *result)
{
    static const int codes[] = {0, 0, 3, 1};
    return result->warn_only ? 0 : codes[result->verdict];
}
