/* Runs the cases in tests/engine/timelines: the simulated service, what happens to it and to us, and which
 * lines of history must come of it. The language: tests/engine/timelines/README.md. */
#include "support/engine_world.h"

#include "base/arena.h"
#include "base/duration.h"
#include "base/file.h"
#include "base/json.h"
#include "base/timezone.h"
#include "base/vec.h"
#include "source/sim_log.h"
#include "store/ledger_rows.h"
#include "store/outbox_rows.h"
#include "store/state_rows.h"
#include "support/cmocka_headers.h"

#include <inttypes.h>
#include <stdlib.h>

enum { CONDITIONS_MAX = 32, EXPECTED_MAX = 32, ACTIONS_MAX = 16, HISTORY_MAX = 20000, ANY = -1 };

enum action_kind { ACTION_RESTART, ACTION_STOP, ACTION_CLOCK, ACTION_SLOS };

struct action {
    enum action_kind kind;
    int64_t at_ms;
    int64_t ms; /* how long it stops; by how much the clock steps */
    struct text file;
};

/* `n` lines of history that say `change` about `subject` ("" any) between the times. */
struct expectation {
    int line;
    int n;
    struct text change;
    struct text subject;
    int64_t from_ms;
    int64_t to_ms;
    int met;
};

struct timeline {
    const char *file;
    struct text name;
    int line;
    struct text slos;
    int64_t history_ms; /* before 0 */
    int64_t warm_ms;    /* how long before 0 we started */
    int64_t run_ms;
    double traffic; /* queries a minute; 0: the service's own */
    int64_t tenants;
    uint64_t seed;
    int64_t seeds; /* how many of them, from `seed` on */
    struct sim_condition conditions[CONDITIONS_MAX];
    size_t n_conditions;
    struct trouble troubles[TROUBLES_MAX];
    size_t n_troubles;
    struct action actions[ACTIONS_MAX];
    size_t n_actions;
    struct expectation expected[EXPECTED_MAX];
    size_t n_expected;
    int books;        /* line of "expect exact books", 0 without */
    int obligations;  /* line of "expect messages", 0 without */
    int64_t messages; /* how many */
    int health_line;
    struct text health; /* of availability, at the end */
    int minutes_line;
    int64_t unseen; /* minutes of availability since 0; -1: any */
    int64_t down;
    int failures;
};

static void complain(struct timeline *t, int line, const char *what, struct text detail)
{
    print_error("%s:%d: %.*s: %s %.*s\n", t->file, line, TEXT_ARG(t->name), what, TEXT_ARG(detail));
    t->failures++;
}

/* ---- reading ---- */

static struct text word(struct text *rest)
{
    *rest = text_trim(*rest);
    return text_cut(rest, ' ');
}

static bool begins_with(struct text *rest, const char *words)
{
    if (!text_starts(*rest, text_of(words)))
        return false;
    *rest = text_trim(text_part(*rest, strlen(words), rest->len));
    return true;
}

static int64_t span_of(struct text t)
{
    int64_t ms;
    struct err err;
    bool negative = text_starts(t, TEXT("-"));
    if (negative || text_starts(t, TEXT("+")))
        t = text_part(t, 1, t.len);
    if (!duration_parse(t, &ms, &err))
        fail_msg("%s", err.message);
    return negative ? -ms : ms;
}

static int64_t time_of(struct text t)
{
    return WORLD_ORIGIN_MS + span_of(t);
}

static double number_of(struct text t)
{
    char copy[32] = {0};
    memcpy(copy, t.at, t.len < 31 ? t.len : 31);
    return strtod(copy, NULL) / (text_ends(t, TEXT("%")) ? 100 : 1);
}

static int instance_of(struct text name)
{
    for (int i = 0; i < SIM_INSTANCES; i++)
        if (text_is(name, sim_instance_names[i]))
            return i;
    return text_is(name, "b") ? 1 : 0;
}

struct condition_word {
    const char *word;
    enum sim_condition_kind kind;
    bool valued;
};

static const struct condition_word condition_words[] = {
    {"traffic", SIM_TRAFFIC, true},   {"fail", SIM_FAIL, true},   {"slow", SIM_SLOW, true},
    {"cost", SIM_COST, true},         {"score", SIM_SCORE, true}, {"down", SIM_DOWN, false},
    {"crash", SIM_CRASH_LOOP, false}, {"gap", SIM_GAP, false},
};

static const char *const trouble_words[] = {"blind", "partial", "absent", "gone", "relabelled"};

/* from A to B [on INSTANCE]: WHAT [VALUE] */
static void read_span(struct timeline *t, struct text rest, int line)
{
    int64_t from_ms = time_of(word(&rest));
    int instance = SIM_ALL;
    (void)word(&rest); /* to */
    struct text until = word(&rest);
    if (text_is(until, "on") || text_ends(until, TEXT(":")))
        until = text_part(until, 0, until.len - 1);
    int64_t to_ms = time_of(until);
    if (begins_with(&rest, "on ")) {
        struct text name = word(&rest);
        instance = instance_of(text_part(name, 0, name.len - 1));
    }
    struct text what = word(&rest);
    for (size_t i = 0; i < sizeof condition_words / sizeof condition_words[0]; i++) {
        const struct condition_word *w = &condition_words[i];
        if (!text_is(what, w->word))
            continue;
        t->conditions[t->n_conditions++] = (struct sim_condition){
            w->kind, from_ms, to_ms, SIM_ALL, instance, w->valued ? number_of(word(&rest)) : 0};
        return;
    }
    for (size_t i = 0; i < sizeof trouble_words / sizeof trouble_words[0]; i++)
        if (text_is(what, trouble_words[i])) {
            t->troubles[t->n_troubles++] =
                (struct trouble){.kind = (enum trouble_kind)i, .from_ms = from_ms, .to_ms = to_ms};
            return;
        }
    complain(t, line, "unknown condition", what);
}

/* at T: restart | stop DURATION | clock STEP | slos FILE */
static void read_action(struct timeline *t, struct text rest, int line)
{
    struct text at = word(&rest);
    struct action *action = &t->actions[t->n_actions++];
    *action = (struct action){.at_ms = time_of(text_part(at, 0, at.len - 1))};
    struct text what = word(&rest);
    if (text_is(what, "restart")) {
        action->kind = ACTION_RESTART;
    } else if (text_is(what, "stop")) {
        action->kind = ACTION_STOP;
        action->ms = span_of(word(&rest));
    } else if (text_is(what, "clock")) {
        action->kind = ACTION_CLOCK;
        action->ms = span_of(word(&rest));
    } else if (text_is(what, "slos")) {
        action->kind = ACTION_SLOS;
        action->file = word(&rest);
    } else {
        complain(t, line, "unknown action", what);
    }
}

static struct text quoted(struct text *rest)
{
    (void)text_cut(rest, '"');
    return text_cut(rest, '"');
}

/* expect exact books | expect health H | expect messages N | expect unseen|down N
 * | expect N|any "CHANGE" [SUBJECT] [A..B] */
static void read_expectation(struct timeline *t, struct text rest, int line)
{
    if (begins_with(&rest, "exact books")) {
        t->books = line;
    } else if (begins_with(&rest, "health ")) {
        t->health = rest;
        t->health_line = line;
    } else if (text_starts(rest, TEXT("unseen ")) || text_starts(rest, TEXT("down "))) {
        bool down = text_is(word(&rest), "down");
        *(down ? &t->down : &t->unseen) = (int64_t)number_of(rest);
        t->minutes_line = line;
    } else if (begins_with(&rest, "messages ")) {
        t->messages = (int64_t)number_of(rest);
        t->obligations = line;
    } else {
        struct expectation *e = &t->expected[t->n_expected++];
        *e = (struct expectation){.line = line, .to_ms = INT64_MAX};
        struct text n = word(&rest);
        e->n = text_is(n, "any") ? ANY : (int)number_of(n);
        e->change = quoted(&rest);
        while (text_trim(rest).len) {
            struct text w = word(&rest);
            size_t dots = text_find(w, '.');
            if (dots < w.len) {
                e->from_ms = time_of(text_part(w, 0, dots));
                e->to_ms = time_of(text_part(w, dots + 2, w.len));
            } else {
                e->subject = w;
            }
        }
    }
}

/* As many as written; ten times as many where trials are many (`./run test long`). */
static void read_seeds(struct timeline *t, struct text rest)
{
    const char *trials = getenv("SLOBURN_TRIALS");
    t->seeds = (int64_t)number_of(rest) * (trials && strtol(trials, NULL, 10) >= 10000 ? 10 : 1);
}

static void read_line(struct timeline *t, struct text rest, int line)
{
    if (begins_with(&rest, "slos "))
        t->slos = rest;
    else if (begins_with(&rest, "history "))
        t->history_ms = span_of(rest);
    else if (begins_with(&rest, "warm "))
        t->warm_ms = begins_with(&rest, "0") ? 0 : span_of(rest);
    else if (begins_with(&rest, "run "))
        t->run_ms = span_of(rest);
    else if (begins_with(&rest, "traffic "))
        t->traffic = number_of(rest);
    else if (begins_with(&rest, "seeds "))
        read_seeds(t, rest);
    else if (begins_with(&rest, "seed "))
        t->seed = (uint64_t)number_of(rest);
    else if (begins_with(&rest, "tenants "))
        t->tenants = (int64_t)number_of(rest);
    else if (begins_with(&rest, "from "))
        read_span(t, rest, line);
    else if (begins_with(&rest, "at "))
        read_action(t, rest, line);
    else if (begins_with(&rest, "expect "))
        read_expectation(t, rest, line);
    else
        complain(t, line, "unknown line", rest);
}

/* ---- running ---- */

/* Conditions that make the service's own traffic the one that is wanted; it goes with the hour of the day. */
static double traffic_factor(const struct timeline *t)
{
    struct err err;
    struct sim_options options = {.seed = 1, .origin_ms = WORLD_ORIGIN_MS, .history_ms = HOUR_MS};
    struct sim *sim = sim_new(&options, &err);
    double rate = 0;
    assert_non_null(sim);
    for (int tenant = 0; tenant < SIM_TENANTS; tenant++)
        rate += sim_rate(sim, tenant, WORLD_ORIGIN_MS);
    sim_free(sim);
    return t->traffic / 60 / rate;
}

static void put_slos(struct engine_world *world, struct text name)
{
    struct buf path;
    struct buf content;
    struct err err;
    buf_init(&path, 4096);
    buf_init(&content, 1 << 20);
    buf_printf(&path, "%s/tests/engine/timelines/%.*s.yml", getenv("SLOBURN_ROOT"), TEXT_ARG(name));
    if (!file_read(buf_cstring(&path), &content, &err))
        fail_msg("%s", err.message);
    engine_world_write(world, "all.slo.yml", buf_cstring(&content));
    buf_finish(&content);
    buf_finish(&path);
}

static void begin_world(struct timeline *t, struct engine_world *world)
{
    struct sim_options options = {.seed = t->seed,
                                  .history_ms = t->history_ms,
                                  .plain_history = true,
                                  .conditions = t->conditions,
                                  .n_conditions = t->n_conditions};
    if (t->traffic > 0)
        t->conditions[options.n_conditions++] = (struct sim_condition){
            SIM_TRAFFIC,      WORLD_ORIGIN_MS - t->history_ms, WORLD_ORIGIN_MS + t->run_ms, SIM_ALL, SIM_ALL,
            traffic_factor(t)};
    engine_world_init(world, options);
    for (size_t i = 0; i < t->n_troubles; i++)
        scripted_source_add(world->source, t->troubles[i]);
    scripted_source_set_tenants(world->source, (size_t)t->tenants);
    engine_world_write_config(world);
    put_slos(world, t->slos);
    world->now_ms = WORLD_ORIGIN_MS - t->warm_ms;
    engine_world_start(world);
}

static void act(struct timeline *t, struct engine_world *world, const struct action *action)
{
    engine_world_run(world, action->at_ms);
    switch (action->kind) {
    case ACTION_RESTART:
        engine_world_stop(world);
        engine_world_start(world);
        break;
    case ACTION_STOP:
        engine_world_stop(world);
        world->now_ms += action->ms;
        engine_world_start(world);
        break;
    case ACTION_CLOCK:
        world->offset_ms += action->ms;
        break;
    case ACTION_SLOS:
        put_slos(world, action->file);
        if (!engine_world_reload(world))
            complain(t, t->line, "the reload is refused:", action->file);
        break;
    }
}

/* ---- judging ---- */

/* A line of history that opens or ends an incident. */
struct key_line {
    int64_t at_ms;
    bool opens;
    bool summary; /* of first states: its key has no slot of its own */
    bool over;    /* of one that opens: its end was seen */
    char *key;
};

struct history {
    struct timeline *timeline;
    size_t rows;
    VEC(struct key_line) keys; /* the newest first */
};

/* A value of a fan-out has tickets only, whatever tier of it is open. */
static void judge_value(struct history *history, struct text subject, struct text detail)
{
    struct err err;
    if (text_find(subject, '{') == subject.len)
        return;
    struct json *facts = json_parse(detail, &err);
    const char *key = json_string(json_get(facts, "incident"), "");
    if (!strstr(key, "/ticket/"))
        complain(history->timeline, history->timeline->line, "a value of a fan-out pages:", text_of(key));
    json_free(facts);
}

static void note_key(struct history *history, int64_t at_ms, struct text change, struct text detail)
{
    struct err err;
    struct key_line line = {.at_ms = at_ms, .summary = text_is(change, "first state told")};
    line.opens = line.summary || text_ends(change, TEXT(" opened"));
    if (!line.opens && !text_ends(change, TEXT(" resolved")))
        return;
    struct json *facts = json_parse(detail, &err);
    line.key = strdup(json_string(json_get(facts, "incident"), ""));
    VEC_PUSH(&history->keys, line);
    json_free(facts);
}

static bool names_slot(const struct key_line *line)
{
    struct buf slot;
    buf_init(&slot, 64);
    civil_print(NULL, line->at_ms, &slot);
    bool names = text_ends(text_of(line->key), buf_text(&slot));
    buf_finish(&slot);
    return names;
}

/* Keys are made of facts alone: what opens has a key of its own that names the slot at which it did, and what
 * is over has the key of what opened. */
static void judge_keys(struct history *history)
{
    struct timeline *t = history->timeline;
    for (size_t i = history->keys.len; i-- > 0;) {
        struct key_line *line = &history->keys.at[i], *opened = NULL;
        for (size_t k = history->keys.len; k-- > i + 1;)
            if (history->keys.at[k].opens && strcmp(history->keys.at[k].key, line->key) == 0)
                opened = &history->keys.at[k];
        if (line->opens && opened)
            complain(t, t->line, "opens a second time:", text_of(line->key));
        if (line->opens && !line->summary && !names_slot(line))
            complain(t, t->line, "its key does not name its slot:", text_of(line->key));
        if (!line->opens && (!opened || opened->over))
            complain(t, t->line, "is over and was not open:", text_of(line->key));
        if (!line->opens && opened)
            opened->over = true;
    }
    for (size_t i = 0; i < history->keys.len; i++)
        free(history->keys.at[i].key);
    VEC_FREE(&history->keys);
}

static void print_time(int64_t at_ms, struct buf *out)
{
    buf_putc(out, at_ms < WORLD_ORIGIN_MS ? '-' : '+');
    duration_print(at_ms < WORLD_ORIGIN_MS ? WORLD_ORIGIN_MS - at_ms : at_ms - WORLD_ORIGIN_MS, out);
}

static void match_row(void *context, int64_t at_ms, struct text subject, struct text change,
                      struct text detail)
{
    struct history *history = context;
    struct timeline *t = history->timeline;
    struct buf said;
    history->rows++;
    note_key(history, at_ms, change, detail);
    judge_value(history, subject, detail);
    struct text name = subject;
    if (text_starts(name, TEXT("prod/rag-api/")))
        name = text_part(name, strlen("prod/rag-api/"), name.len);
    for (size_t i = 0; i < t->n_expected; i++) {
        struct expectation *e = &t->expected[i];
        bool same = text_eq(e->change, change) && (e->subject.len == 0 || text_eq(e->subject, name));
        if (!same || at_ms < e->from_ms || at_ms > e->to_ms || e->met == e->n)
            continue;
        e->met++;
        return;
    }
    buf_init(&said, 4096);
    print_time(at_ms, &said);
    buf_printf(&said, " \"%.*s\" %.*s", TEXT_ARG(change), TEXT_ARG(subject));
    complain(t, t->line, "not expected:", buf_text(&said));
    buf_finish(&said);
}

static void judge_history(struct timeline *t, struct engine_world *world)
{
    struct history history = {.timeline = t};
    struct database *db = store_begin(world->store);
    history_each(db, 0, INT64_MAX, TEXT(""), HISTORY_MAX, match_row, &history);
    store_rollback(world->store);
    judge_keys(&history);
    for (size_t i = 0; i < t->n_expected; i++) {
        const struct expectation *e = &t->expected[i];
        if (e->n != ANY && e->met != e->n)
            complain(t, e->line, "did not come (so often):", e->change);
    }
}

static const struct slo *slo_named(const struct engine_world *world, const char *name)
{
    const struct slo_list *slos = &config_view(world->config)->slos;
    for (size_t i = 0; i < slos->len; i++)
        if (text_is(slos->at[i].name, name))
            return &slos->at[i];
    fail_msg("no SLO %s", name);
    return NULL;
}

static int64_t end_of_books(const struct timeline *t, const struct engine_world *world)
{
    return WORLD_ORIGIN_MS + t->run_ms + (world->offset_ms < 0 ? world->offset_ms : 0);
}

/* What the ledger holds of availability's roll-up since the origin. */
static struct window_sum books_since_origin(const struct timeline *t, struct engine_world *world)
{
    struct arena arena;
    struct window_source source;
    struct window_sum sum = {0};
    struct ledger_ids ids = {0};
    struct err err;
    int64_t from = WORLD_ORIGIN_MS / MINUTE_MS, to = end_of_books(t, world) / MINUTE_MS;
    struct database *db = store_begin(world->store);
    arena_init(&arena, 0);
    assert_true(ledger_find(db, slo_named(world, "availability"), &ids));
    struct minute_span window = {from, to};
    ledger_windows_source(db, ids.groups.at[0], &window, 1, NULL, 0, &arena, &source);
    assert_true(window_sum_over(&source, from, to, NULL, 0, &sum, &err));
    ledger_ids_finish(&ids);
    arena_finish(&arena);
    store_rollback(world->store);
    return sum;
}

/* It equals the service's own log of what its scrapes show. */
static void judge_books(struct timeline *t, struct engine_world *world)
{
    struct window_sum sum = books_since_origin(t, world);
    struct sim_log log;
    struct buf said;
    buf_init(&said, 4096);
    sim_log_read(world->sim, SIM_ALL, WORLD_ORIGIN_MS, end_of_books(t, world), &log);
    if (t->books && (sum.units != log.shown.units || sum.spent != log.shown.failed)) {
        buf_printf(&said, "%" PRId64 " units and %" PRId64 " spent, the log %" PRId64 " and %" PRId64,
                   sum.units, sum.spent, log.shown.units, log.shown.failed);
        complain(t, t->books, "the books have", buf_text(&said));
    }
    buf_clear(&said);
    if ((t->unseen >= 0 && sum.unseen_minutes != t->unseen) ||
        (t->down >= 0 && sum.down_minutes != t->down)) {
        buf_printf(&said, "%" PRId64 " unseen and %" PRId64 " down", sum.unseen_minutes, sum.down_minutes);
        complain(t, t->minutes_line, "of the minutes are", buf_text(&said));
    }
    buf_finish(&said);
}

static void judge_health(void *context, struct text identity, struct text labels, struct text status,
                         int64_t slot_ms, int64_t group_id)
{
    struct timeline *t = context;
    struct buf wanted;
    (void)slot_ms;
    (void)group_id;
    if (!text_ends(identity, TEXT("/availability")) || !text_is(labels, "{}"))
        return;
    buf_init(&wanted, 256);
    buf_printf(&wanted, "\"health\":\"%.*s\"", TEXT_ARG(t->health));
    if (!memmem(status.at, status.len, buf_cstring(&wanted), wanted.len))
        complain(t, t->health_line, "status:", status);
    buf_finish(&wanted);
}

static int run_once(struct timeline *t)
{
    struct engine_world world;
    begin_world(t, &world);
    for (size_t i = 0; i < t->n_actions; i++)
        act(t, &world, &t->actions[i]);
    engine_world_run(&world, WORLD_ORIGIN_MS + t->run_ms);
    judge_history(t, &world);
    if (t->books || t->minutes_line)
        judge_books(t, &world);
    if (t->obligations && atomic_load(&world.counters.obligations) != t->messages)
        complain(t, t->obligations, "other obligations were made than", TEXT("expected"));
    if (t->health.len) {
        struct database *db = store_begin(world.store);
        slo_statuses_each(db, judge_health, t);
        store_rollback(world.store);
    }
    engine_world_finish(&world);
    return t->failures;
}

/* Once for each seed, each time as it was read. */
static int run_case(const struct timeline *written)
{
    static struct timeline t;
    int failures = 0;
    for (int64_t i = 0; i < written->seeds; i++) {
        t = *written;
        t.seed += (uint64_t)i;
        if (!run_once(&t))
            continue;
        failures++;
        print_error("%s:%d: that was seed %" PRIu64 "\n", t.file, t.line, t.seed);
    }
    return failures + written->failures;
}

static int run_text(struct text rest, const char *file, int *n_cases)
{
    static struct timeline t;
    int failures = 0;
    bool any = false;
    for (int number = 1; rest.len; number++) {
        struct text line = text_trim(text_cut(&rest, '\n'));
        if (!line.len || line.at[0] == '#')
            continue;
        if (!begins_with(&line, "case ")) {
            read_line(&t, line, number);
            continue;
        }
        failures += any ? run_case(&t) : 0;
        t = (struct timeline){.file = file,
                              .name = line,
                              .line = number,
                              .slos = TEXT("rag"),
                              .seed = 1,
                              .seeds = 1,
                              .history_ms = 5 * HOUR_MS,
                              .warm_ms = 70 * MINUTE_MS,
                              .run_ms = HOUR_MS,
                              .unseen = -1,
                              .down = -1};
        any = true;
        ++*n_cases;
    }
    return failures + (any ? run_case(&t) : 0);
}

static void run_file(void *context, const char *path)
{
    int *totals = context; /* cases, failures */
    const char *only = getenv("SLOBURN_TIMELINE");
    struct buf content;
    struct err err;
    if (only && !strstr(path, only))
        return;
    buf_init(&content, 1 << 20);
    if (!file_read(path, &content, &err))
        fail_msg("%s", err.message);
    totals[1] += run_text(buf_text(&content), strrchr(path, '/') + 1, &totals[0]);
    buf_finish(&content);
}

static void all_timelines_come_out_as_written(void **unused)
{
    const char *root = getenv("SLOBURN_ROOT");
    int totals[2] = {0, 0};
    struct err err;
    (void)unused;
    if (!root)
        skip();
    assert_true(file_glob(root, "tests/engine/timelines/*.txt", run_file, totals, &err));
    print_message("%d cases\n", totals[0]);
    assert_true(totals[0] > 0);
    assert_int_equal(totals[1], 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(all_timelines_come_out_as_written)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
