/* Runs the cases in tests/slo/cases: a service, what happens to it, and which pages and tickets must come of
 * it. docs of the language: tests/slo/cases/README.md. */
#include "support/cmocka_headers.h"

#include "base/buf.h"
#include "base/decimal.h"
#include "base/timezone.h"
#include "slo/budget.h"
#include "slo/burn.h"
#include "slo/case_world.h"
#include "slo/forecast.h"
#include "slo/ledger_keep.h"
#include "slo/tiers.h"

#include <dirent.h>
#include <inttypes.h>
#include <math.h>
#include <stdio.h>

struct expectation {
    enum burn_class class;
    enum burn_event event;
    int64_t from_ms;
    int64_t to_ms;
    struct text what; /* a tier's name, "down", "misconfigured", or "" for any */
    bool quiet;
    int line;
};

/* How the budget of the case's window stands at a slot. */
struct budget_expectation {
    int64_t at_ms;
    int64_t units;
    int64_t spent;
    int64_t allowed;
    struct text state;
    struct text period; /* as it is printed; "" for any */
    bool met;
    int line;
};

enum { CASE_BUDGETS = 16, CASE_MINUTES = 200000 };

struct text_case {
    struct text name;
    const char *file;
    int line;
    struct case_world world;
    struct slo slo;
    struct slo_term terms[CASE_TERMS];
    enum case_metric metrics[CASE_TERMS];
    int64_t evaluate_ms;
    int64_t history_ms;
    int64_t run_ms;
    bool first_start;
    struct expectation expected[CASE_EXPECTED];
    size_t n_expected;
    size_t n_met;
    struct budget_expectation budgets[CASE_BUDGETS];
    size_t n_budgets;
    struct timezone_zone *zone; /* of its window and of where it begins; NULL: UTC */
    bool sums;
    int64_t units;
    int64_t spent;
    int64_t hidden; /* -1: any */
    int64_t down;   /* minutes marked so; -1: any */
    int64_t unseen;
    struct text notes; /* a note that must have been made, "" none */
    struct text health;
    int n_failures;
};

static void complain(struct text_case *c, int line, const char *what)
{
    print_error("%s:%d: %.*s: %s\n", c->file, line, TEXT_ARG(c->name), what);
    c->n_failures++;
}

/* ---- reading ---- */

static struct text word(struct text *rest)
{
    *rest = text_trim(*rest);
    return text_cut(rest, ' ');
}

static int64_t time_of(struct text t)
{
    int64_t ms;
    struct err err;
    if (text_is(t, "0"))
        return 0;
    if (!duration_parse(t, &ms, &err))
        fail_msg("%s", err.message);
    return ms;
}

static double number_of(struct text t)
{
    char copy[32] = {0};
    memcpy(copy, t.at, t.len < 31 ? t.len : 31);
    return strtod(copy, NULL);
}

static int64_t billionths_of(struct text t)
{
    int64_t v;
    struct err err;
    if (t.len && t.at[t.len - 1] == '%') {
        t.len--;
        return decimal_parse(t, &v, &err) ? v / 100 : 0;
    }
    return decimal_parse(t, &v, &err) ? v : 0;
}

static void add_term(struct text_case *c, enum slo_role role, int64_t coefficient, bool scaled,
                     enum case_metric metric)
{
    c->metrics[c->slo.n_terms] = metric;
    c->terms[c->slo.n_terms++] =
        (struct slo_term){.role = role, .coefficient = coefficient, .scaled = scaled};
}

static void read_zone(struct text_case *c, struct text name)
{
    struct err err;
    if (!name.len || text_is(name, "UTC") || c->zone)
        return;
    c->zone = timezone_open(name, &err);
    if (!c->zone)
        fail_msg("%s", err.message);
}

/* over D | over day|week|month|quarter|year [ZONE] */
static void read_window(struct text_case *c, struct text rest)
{
    static const struct {
        const char *word;
        enum window_kind kind;
        int nominal_days;
    } calendars[] = {{"day", WINDOW_DAY, 1},
                     {"week", WINDOW_WEEK, 7},
                     {"month", WINDOW_MONTH, 30},
                     {"quarter", WINDOW_QUARTER, 90},
                     {"year", WINDOW_YEAR, 365}};
    struct slo_window *window = &c->slo.windows[0];
    struct text length = word(&rest);
    for (size_t i = 0; i < sizeof calendars / sizeof calendars[0]; i++) {
        if (!text_is(length, calendars[i].word))
            continue;
        read_zone(c, word(&rest));
        *window = (struct slo_window){
            .kind = calendars[i].kind, .length_ms = calendars[i].nominal_days * DAY_MS, .zone = c->zone};
        return;
    }
    window->length_ms = time_of(length);
}

/* slo KIND OBJECTIVE [over WINDOW] */
static void read_slo(struct text_case *c, struct text rest)
{
    struct slo *slo = &c->slo;
    struct text kind = word(&rest);
    slo->scale = 1;
    slo->target_billionths = billionths_of(word(&rest));
    slo->allowance_billionths = DECIMAL_ONE - slo->target_billionths;
    if (text_is(kind, "events")) {
        add_term(c, SLO_UNITS, 1, false, CASE_UNITS);
        add_term(c, SLO_SPENT, 1, false, CASE_BAD);
    } else if (text_is(kind, "percentile")) {
        slo->kind = SLO_PERCENTILE;
        add_term(c, SLO_UNITS, 1, false, CASE_UNITS);
        add_term(c, SLO_SPENT, 1, false, CASE_UNITS);
        add_term(c, SLO_SPENT, -1, false, CASE_GOOD);
    } else if (text_is(kind, "mean")) {
        slo->kind = SLO_MEAN;
        slo->scale = 1000000;
        slo->allowance_billionths = slo->target_billionths;
        add_term(c, SLO_UNITS, 1, false, CASE_UNITS);
        add_term(c, SLO_SPENT, 1, true, CASE_SUM);
    } else if (text_is(kind, "score")) {
        slo->kind = SLO_SCORE;
        slo->scale = 1000000;
        slo->range_max = 1;
        add_term(c, SLO_UNITS, 1, false, CASE_UNITS);
        add_term(c, SLO_SPENT, 1, false, CASE_UNITS);
        add_term(c, SLO_SPENT, -1, true, CASE_SUM);
    } else if (text_is(kind, "minutes")) {
        slo->kind = SLO_MINUTES;
        slo->n_expressions = 1;
    } else {
        complain(c, c->line, "unknown kind");
    }
    slo->windows[0] = (struct slo_window){.kind = WINDOW_ROLLING, .length_ms = 30 * DAY_MS};
    if (text_is(word(&rest), "over"))
        read_window(c, rest);
    slo->n_windows = 1;
    slo->terms = c->terms;
}

static const struct {
    const char *word;
    enum span_what what;
    bool number;
} SPANS[] = {{"bad", SPAN_BAD, true},      {"traffic", SPAN_TRAFFIC, true}, {"value", SPAN_VALUE, true},
             {"down", SPAN_DOWN, false},   {"gone", SPAN_GONE, false},      {"absent", SPAN_ABSENT, false},
             {"blind", SPAN_BLIND, false}, {"crash", SPAN_CRASH, false},    {"relabel", SPAN_RELABEL, false}};

static int instance_of(struct text_case *c, struct text name)
{
    for (size_t i = 0; i < c->world.n_instances; i++)
        if (text_eq(c->world.instances[i].name, name))
            return (int)i;
    complain(c, c->line, "unknown instance");
    return 0;
}

/* from A to B [on INSTANCE]: WHAT [NUMBER] [every D] */
static void read_span(struct text_case *c, struct text rest, int line)
{
    struct span span = {.instance = -1, .every_ms = INT64_MAX};
    struct text when = text_cut(&rest, ':');
    span.from_ms = time_of(word(&when));
    span.to_ms = span.from_ms + 1000;
    for (struct text w = word(&when); w.len; w = word(&when)) {
        if (text_is(w, "to"))
            span.to_ms = time_of(word(&when));
        else
            span.instance = instance_of(c, word(&when));
    }
    struct text what = word(&rest);
    size_t i = 0;
    while (i < sizeof SPANS / sizeof SPANS[0] && !text_is(what, SPANS[i].word))
        i++;
    if (i == sizeof SPANS / sizeof SPANS[0] || c->world.n_spans == CASE_SPANS) {
        complain(c, line, "unknown event");
        return;
    }
    span.what = SPANS[i].what;
    if (SPANS[i].number)
        span.number = number_of(word(&rest));
    if (text_is(word(&rest), "every"))
        span.every_ms = time_of(word(&rest));
    c->world.spans[c->world.n_spans++] = span;
}

/* budget T UNITS SPENT ALLOWED STATE [PERIOD] */
static void read_budget(struct text_case *c, struct text rest, int line)
{
    if (c->n_budgets == CASE_BUDGETS) {
        complain(c, line, "too many budgets");
        return;
    }
    struct budget_expectation *e = &c->budgets[c->n_budgets++];
    *e = (struct budget_expectation){.line = line};
    e->at_ms = time_of(word(&rest));
    e->units = (int64_t)number_of(word(&rest));
    e->spent = (int64_t)number_of(word(&rest));
    e->allowed = (int64_t)number_of(word(&rest));
    e->state = word(&rest);
    e->period = text_trim(rest);
}

/* sum UNITS SPENT [hidden N] */
static void read_sum(struct text_case *c, struct text rest)
{
    c->sums = true;
    c->units = (int64_t)number_of(word(&rest));
    c->spent = (int64_t)number_of(word(&rest));
    if (text_is(word(&rest), "hidden"))
        c->hidden = (int64_t)number_of(word(&rest));
}

/* expect page|ticket opens|resolves|refreshes A..B [TIER] [quiet]; expect sum|budget|unseen|down|note|health
 * …
 */
static void read_expectation(struct text_case *c, struct text rest, int line)
{
    struct text what = word(&rest);
    if (text_is(what, "sum")) {
        read_sum(c, rest);
        return;
    }
    if (text_is(what, "budget")) {
        read_budget(c, rest, line);
        return;
    }
    if (text_is(what, "unseen") || text_is(what, "down")) {
        *(text_is(what, "down") ? &c->down : &c->unseen) = (int64_t)number_of(word(&rest));
        return;
    }
    if (text_is(what, "note")) {
        c->notes = text_trim(rest);
        return;
    }
    if (text_is(what, "health")) {
        c->health = text_trim(rest);
        return;
    }
    if (c->n_expected == CASE_EXPECTED)
        return;
    struct expectation *e = &c->expected[c->n_expected++];
    struct text event = word(&rest);
    struct text when = word(&rest);
    size_t dots = text_find(when, '.');
    *e = (struct expectation){.class = text_is(what, "page") ? BURN_PAGE : BURN_TICKET, .line = line};
    e->event = text_is(event, "opens") ? BURN_OPEN : text_is(event, "resolves") ? BURN_RESOLVE : BURN_REFRESH;
    e->from_ms = time_of(text_part(when, 0, dots));
    e->to_ms = time_of(text_part(when, dots + 2, when.len));
    for (struct text w = word(&rest); w.len; w = word(&rest)) {
        if (text_is(w, "quiet"))
            e->quiet = true;
        else
            e->what = w;
    }
}

/* begins TIME [ZONE] */
static void read_begin(struct text_case *c, struct text rest)
{
    struct err err;
    struct text time = word(&rest);
    read_zone(c, word(&rest));
    if (!civil_parse(c->zone, time, &c->world.origin_ms, &err))
        fail_msg("%s", err.message);
}

static void read_line(struct text_case *c, struct text line, int number)
{
    struct text rest = line;
    struct text key = word(&rest);
    if (text_is(key, "slo"))
        read_slo(c, rest);
    else if (text_is(key, "scrape"))
        c->world.scrape_ms = time_of(word(&rest));
    else if (text_is(key, "evaluate"))
        c->evaluate_ms = time_of(word(&rest));
    else if (text_is(key, "history"))
        c->history_ms = time_of(word(&rest));
    else if (text_is(key, "run"))
        c->run_ms = time_of(word(&rest));
    else if (text_is(key, "traffic"))
        c->world.traffic = number_of(word(&rest));
    else if (text_is(key, "value"))
        c->world.value = number_of(word(&rest));
    else if (text_is(key, "begins"))
        read_begin(c, rest);
    else if (text_is(key, "burning")) /* before PERCENT: the history's last 2 hours are bad already */
        c->world.spans[c->world.n_spans++] =
            (struct span){SPAN_BAD, -2 * HOUR_MS, 0, -1, number_of((word(&rest), word(&rest))), INT64_MAX};
    else if (text_is(key, "first"))
        c->first_start = true;
    else if (text_is(key, "from") || text_is(key, "at"))
        read_span(c, rest, number);
    else if (text_is(key, "expect"))
        read_expectation(c, rest, number);
    else if (text_is(key, "instances"))
        for (struct text w = (c->world.n_instances = 0, word(&rest)); w.len; w = word(&rest))
            c->world.instances[c->world.n_instances++ % CASE_INSTANCES].name = w;
    else
        complain(c, number, "unknown line");
}

static void begin_case(struct text_case *c, const char *file, struct text name, int line)
{
    *c = (struct text_case){.name = name, .file = file, .line = line, .hidden = -1, .down = -1, .unseen = -1};
    c->world = (struct case_world){.scrape_ms = 15000, .traffic = 20, .value = 1, .n_instances = 1};
    c->world.instances[0].name = TEXT("a");
    c->world.origin_ms = 20000 * DAY_MS + 10 * HOUR_MS;
    c->evaluate_ms = 30000;
    c->history_ms = 3 * DAY_MS;
    c->run_ms = HOUR_MS;
}

/* ---- running ---- */

static struct text subject(const struct text_case *c, const struct burn_transition *t,
                           const struct burn_state *before)
{
    enum burn_reason reason = t->reason;
    if (t->event != BURN_OPEN)
        reason = (enum burn_reason)before->incidents[t->class].reason;
    if (reason == BURN_REASON_DOWN)
        return TEXT("down");
    if (reason == BURN_REASON_MISCONFIGURED)
        return TEXT("misconfigured");
    return t->tier >= 0 ? c->slo.tiers[t->tier].name : TEXT("");
}

static void meet(struct text_case *c, const struct burn_transition *t, struct text what, int64_t at_ms)
{
    static const char *const classes[] = {"page", "ticket"};
    static const char *const events[] = {"opens", "refreshes", "resolves"};
    const struct expectation *e = c->n_met < c->n_expected ? &c->expected[c->n_met] : NULL;
    if (t->event == BURN_REFRESH && (!e || e->event != BURN_REFRESH))
        return;
    bool met = e && e->class == t->class && e->event == t->event && at_ms >= e->from_ms &&
               at_ms <= e->to_ms && e->quiet == t->quiet && (!e->what.len || text_eq(e->what, what));
    if (met) {
        c->n_met++;
        return;
    }
    struct buf buf;
    buf_init(&buf, 1000);
    buf_printf(&buf, "at %gm: %s %s, %.*s%s (%s)", (double)at_ms / 60000, classes[t->class], events[t->event],
               TEXT_ARG(what), t->quiet ? ", quiet" : "", burn_reason_text(t->reason));
    complain(c, e ? e->line : c->line, buf.at);
    buf_finish(&buf);
    if (e && e->event == t->event && e->class == t->class)
        c->n_met++;
}

static void take(struct text_case *c, struct ledger *ledger, struct keep *keep, int64_t now_ms)
{
    static struct series series[CASE_METRICS][64];
    struct series_set sets[CASE_METRICS];
    struct series_set terms[CASE_TERMS];
    int64_t at_ms = c->world.origin_ms + now_ms;
    struct ledger_batch batch = {.from_ms = ledger_wanted_from_ms(ledger), .to_ms = at_ms, .now_ms = at_ms};
    struct minute_value value = {.at_ms = at_ms, .units = 1, .spent = c->world.bad_minute};
    if (!batch.from_ms)
        batch.from_ms = c->world.origin_ms - c->history_ms - MINUTE_MS;
    for (int m = 0; m < CASE_METRICS; m++)
        sets[m] = (struct series_set){
            series[m], case_series(&c->world, (enum case_metric)m, batch.from_ms, at_ms, series[m])};
    for (size_t i = 0; i < c->slo.n_terms; i++)
        terms[i] = sets[c->metrics[i]];
    batch.terms = terms;
    batch.up = &sets[CASE_UP];
    batch.starts = &sets[CASE_START];
    if (c->slo.n_expressions && now_ms % MINUTE_MS == 0) {
        batch.values = &value;
        batch.n_values = 1;
        c->world.bad_minute = false;
    }
    if (case_span(&c->world, SPAN_BLIND, SIZE_MAX, now_ms))
        batch.answer = LEDGER_FAILED;
    struct ledger_change change;
    ledger_take(ledger, &batch, &change);
    keep_change(keep, ledger, &change);
}

static void evaluate(struct text_case *c, struct ledger *ledger, struct burn_state *state, int64_t now_ms,
                     bool first)
{
    struct burn_input input = {.recent = ledger_recent(ledger, 0),
                               .now_ms = c->world.origin_ms + now_ms,
                               .down_pages = true,
                               .first_start = first && c->first_start};
    struct burn_result result;
    struct burn_state before = *state;
    input.health = ledger_health_at(ledger, input.now_ms, &input.health_since_ms);
    burn_evaluate(&c->slo, &input, state, &result);
    for (size_t i = 0; i < result.n_transitions; i++)
        meet(c, &result.transitions[i], subject(c, &result.transitions[i], &before), now_ms);
}

static struct minute minutes[CASE_MINUTES];

/* Of [from, to), minute by minute from what is kept. */
static struct window_sum sum_kept(struct keep *keep, int64_t from_minute, int64_t to_minute)
{
    struct window_sum sum = {0};
    size_t n = keep_minutes(keep, 0, minutes, CASE_MINUTES);
    assert_true(n < CASE_MINUTES);
    for (size_t i = 0; i < n; i++)
        if (minutes[i].minute >= from_minute && minutes[i].minute < to_minute)
            window_sum_minute(&sum, &minutes[i]);
    return sum;
}

static int64_t expected_units(struct keep *keep, const struct period *period, int64_t now_ms,
                              const struct window_sum *so_far)
{
    struct forecast_ranges ranges = forecast_wanted(period, now_ms, keep->head.first_minute);
    struct window_sum weeks[FORECAST_WEEKS], parts[FORECAST_WEEKS];
    for (size_t i = 0; i < ranges.n; i++) {
        weeks[i] = sum_kept(keep, ranges.week_from[i], ranges.week_to[i]);
        parts[i] = sum_kept(keep, ranges.part_from[i], ranges.part_to[i]);
    }
    struct window_sum history = sum_kept(keep, now_ms / MINUTE_MS - DAY_MINUTES, now_ms / MINUTE_MS);
    return forecast_units(&ranges, weeks, parts, so_far, &history);
}

static void check_budget(struct text_case *c, struct keep *keep, int64_t now_ms, struct budget_expectation *e)
{
    int64_t at_ms = c->world.origin_ms + now_ms;
    struct budget_input input = {.period = period_at(&c->slo.windows[0], at_ms),
                                 .now_ms = at_ms,
                                 .expected_units = -1,
                                 .first_minute = keep->head.first_minute};
    struct budget budget;
    struct buf period, said;
    input.sum = sum_kept(keep, input.period.from_ms / MINUTE_MS, minute_of(at_ms) + 1);
    if (!input.period.rolling)
        input.expected_units = expected_units(keep, &input.period, at_ms, &input.sum);
    budget_compute(&c->slo, &input, &budget);
    buf_init(&period, 200);
    buf_init(&said, 1000);
    period_print(&c->slo.windows[0], &input.period, &period);
    buf_printf(&said, "the budget is %" PRId64 " %" PRId64 " %" PRId64 " %s %s", budget.units, budget.spent,
               budget.allowed, budget_state_text(budget.state), buf_cstring(&period));
    e->met = budget.units == e->units && budget.spent == e->spent && budget.allowed == e->allowed &&
             text_is(e->state, budget_state_text(budget.state)) &&
             (!e->period.len || text_eq(e->period, buf_text(&period)));
    if (!e->met)
        complain(c, e->line, buf_cstring(&said));
    e->met = true;
    buf_finish(&said);
    buf_finish(&period);
}

static void check_budgets(struct text_case *c, struct keep *keep, int64_t now_ms)
{
    for (size_t i = 0; i < c->n_budgets; i++)
        if (c->budgets[i].at_ms == now_ms && !c->budgets[i].met)
            check_budget(c, keep, now_ms, &c->budgets[i]);
}

static void check_end(struct text_case *c, struct ledger *ledger, struct keep *keep)
{
    struct window_sum sum = sum_kept(keep, c->world.origin_ms / MINUTE_MS, INT64_MAX);
    int64_t since_ms;
    struct buf buf;
    buf_init(&buf, 1000);
    buf_printf(&buf,
               "%" PRId64 " units, %" PRId64 " spent, %" PRId64 " hidden; %" PRId64
               " minutes unseen, %" PRId64 " down",
               sum.units, sum.spent, sum.hidden, sum.unseen_minutes, sum.down_minutes);
    if ((c->sums && (sum.units != c->units || sum.spent != c->spent)) ||
        (c->hidden >= 0 && sum.hidden != c->hidden) || (c->unseen >= 0 && sum.unseen_minutes != c->unseen) ||
        (c->down >= 0 && sum.down_minutes != c->down))
        complain(c, c->line, buf.at);
    buf_finish(&buf);
    enum ledger_health health = ledger_health_at(ledger, c->world.origin_ms + c->run_ms, &since_ms);
    if (c->health.len && !text_is(c->health, ledger_health_text(health)))
        complain(c, c->line, ledger_health_text(health));
    bool noted = !c->notes.len;
    for (int i = 0; i < NOTE_CODES; i++)
        noted |= keep->notes[i] && text_is(c->notes, ledger_note_text((enum ledger_note_code)i));
    if (!noted)
        complain(c, c->line, "the note was not made");
    for (; c->n_met < c->n_expected; c->n_met++)
        complain(c, c->expected[c->n_met].line, "did not come");
    for (size_t i = 0; i < c->n_budgets; i++)
        if (!c->budgets[i].met)
            complain(c, c->budgets[i].line, "is no slot of the case");
}

static int run_case(struct text_case *c)
{
    struct keep keep = {.head.first_minute = INT64_MAX};
    struct burn_state state = {0};
    c->world.table = label_table_new(NULL);
    c->slo.n_tiers = slo_default_tiers(&c->slo, c->slo.tiers);
    for (size_t i = 0; i < c->world.n_instances; i++)
        c->world.instances[i].process_start_ms = -c->history_ms;
    struct ledger *ledger = ledger_new(&c->slo, c->world.table, TEXT(""));
    bool first = true;
    if (c->history_ms)
        state.born_ms = c->world.origin_ms - c->history_ms;
    for (int64_t now = -c->history_ms; now <= c->run_ms; now += 1000) {
        case_second(&c->world, now);
        bool slot = now >= 0 ? now % c->evaluate_ms == 0 : now % HOUR_MS == 0;
        if (c->slo.n_expressions && now % MINUTE_MS == 0)
            slot = true;
        if (slot)
            take(c, ledger, &keep, now);
        if (slot && now >= 0) {
            check_budgets(c, &keep, now);
            evaluate(c, ledger, &state, now, first);
            first = false;
        }
        /* A restart in the middle changes nothing. */
        if (now == c->run_ms / 2 / c->evaluate_ms * c->evaluate_ms) {
            ledger_free(ledger);
            ledger = keep_restore(&keep, &c->slo, c->world.table);
            take(c, ledger, &keep, now);
        }
    }
    check_end(c, ledger, &keep);
    ledger_free(ledger);
    keep_finish(&keep);
    case_world_finish(&c->world);
    label_table_free(c->world.table);
    timezone_close(c->zone);
    return c->n_failures;
}

static int run_file(const char *path, const char *name, int *n_cases)
{
    static char content[1 << 18];
    static struct text_case c;
    FILE *file = fopen(path, "r");
    assert_non_null(file);
    size_t len = fread(content, 1, sizeof content - 1, file);
    fclose(file);
    struct text rest = {content, len};
    int failures = 0;
    bool any = false;
    for (int number = 1; rest.len; number++) {
        struct text line = text_trim(text_cut(&rest, '\n'));
        if (!line.len || line.at[0] == '#')
            continue;
        if (!text_starts(line, TEXT("case "))) {
            read_line(&c, line, number);
            continue;
        }
        failures += any ? run_case(&c) : 0;
        begin_case(&c, name, text_part(line, 5, line.len), number);
        any = true;
        ++*n_cases;
    }
    return failures + (any ? run_case(&c) : 0);
}

static void all_text_cases_come_out_as_written(void **unused)
{
    (void)unused;
    const char *root = getenv("SLOBURN_ROOT");
    char folder[4096];
    char path[8192];
    int failures = 0;
    int n_cases = 0;
    if (!root)
        skip();
    (void)snprintf(folder, sizeof folder, "%s/tests/slo/cases", root);
    DIR *dir = opendir(folder);
    assert_non_null(dir);
    for (struct dirent *entry; (entry = readdir(dir));) {
        size_t len = strlen(entry->d_name);
        if (len < 5 || strcmp(entry->d_name + len - 4, ".txt") != 0)
            continue;
        (void)snprintf(path, sizeof path, "%s/%s", folder, entry->d_name);
        failures += run_file(path, entry->d_name, &n_cases);
    }
    closedir(dir);
    print_message("%d cases\n", n_cases);
    assert_true(n_cases > 0);
    assert_int_equal(failures, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(all_text_cases_come_out_as_written)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
