/* Delivery, one message a step: first what evaluate could not store (the emergency queue), then the outbox.
 *
 *   obligation ──expand──► pending ──take──► in flight ──send──► delivered
 *                             ▲                  │
 *                             └──── retry ◄──────┴──► dead (refused for good)
 *
 * The row is in flight in the file before a byte goes out, and settled after the answer: killed in between,
 * it is found in flight at the next start and sent again, with the same key. A result that cannot be stored
 * is kept here until it can; meanwhile nothing else of the outbox is sent. */
#include "engine/deliver.h"

#include "base/arena.h"
#include "base/buf.h"
#include "base/duration.h"
#include "base/log.h"
#include "engine/lanes.h"
#include "store/outbox_rows.h"

#include <sys/random.h>
#include <time.h>

enum {
    EXPAND_AT_ONCE = 50,
    IDLE_MS = 1000,
    STORE_RETRY_MS = 500,
    URGENT_MAX = EMERGENCY_MAX,
    MESSAGE_MAX = 256 << 10
};

static const char not_stored[] = "not stored: sloburn cannot write its store; this may come again";

/* A message that is in no store. */
struct urgent {
    char *receiver;
    char *facts;
    int attempts;
    int64_t not_before_ms;
};

/* What came of a row's attempt, until it is stored. */
struct result {
    bool waiting;
    int64_t id;
    int attempts;
    struct delivery delivery;
    int64_t at_ms;
    int64_t not_before_ms;
};

struct deliver {
    struct deliver_options options;
    struct lanes lanes;
    struct arena arena; /* one step's */
    VEC(struct urgent) urgent;
    struct result result;
    int64_t observed_id; /* observe: rows up to here are in the log */
    bool store_failing;  /* said once */
};

static uint64_t random_bits(void)
{
    uint64_t bits = 0;
    if (getrandom(&bits, sizeof bits, 0) != (ssize_t)sizeof bits)
        bits = (uint64_t)time(NULL) * 2654435761u;
    return bits;
}

static int64_t monotonic_ms(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * SECOND_MS + now.tv_nsec / 1000000;
}

/* --- the store --- */

/* Says once that the store cannot be written, and once that it can again. */
static bool commit(struct deliver *deliver)
{
    struct err err;
    bool good = store_commit(deliver->options.store, &err);
    if (!good && !deliver->store_failing)
        log_line(LOG_ERROR, "delivery cannot write the store; messages wait", "error", err.message, NULL);
    if (good && deliver->store_failing)
        log_line(LOG_INFO, "delivery can write the store again", NULL);
    deliver->store_failing = !good;
    return good;
}

struct deliver *deliver_new(const struct deliver_options *options, struct err *err)
{
    struct database *db = store_begin(options->store);
    int64_t recovered = options->observe ? 0 : outbox_recover(db);
    if (!store_commit(options->store, err))
        return NULL;
    if (recovered > 0) {
        struct buf rows;
        buf_init(&rows, 32);
        buf_printf(&rows, "%lld", (long long)recovered);
        log_line(LOG_INFO, "messages were in flight when the last process ended; they are sent again",
                 "messages", buf_cstring(&rows), NULL);
        buf_finish(&rows);
    }
    struct deliver *deliver = memory_alloc_zero(1, sizeof *deliver);
    deliver->options = *options;
    arena_init(&deliver->arena, 0);
    return deliver;
}

void deliver_free(struct deliver *deliver)
{
    if (!deliver)
        return;
    for (size_t i = 0; i < deliver->urgent.len; i++) {
        memory_free(deliver->urgent.at[i].receiver);
        memory_free(deliver->urgent.at[i].facts);
    }
    VEC_FREE(&deliver->urgent);
    lanes_finish(&deliver->lanes);
    arena_finish(&deliver->arena);
    memory_free(deliver);
}

static bool store_result(struct deliver *deliver)
{
    struct result *result = &deliver->result;
    const struct delivery *delivery = &result->delivery;
    struct database *db = store_begin(deliver->options.store);
    if (delivery->outcome == DELIVERED)
        outbox_delivered(db, result->id, result->at_ms, delivery->http_status);
    else if (delivery->outcome == DELIVERY_REFUSED)
        outbox_dead(db, result->id, result->at_ms, delivery->http_status, text_of(delivery->err.message));
    else
        outbox_retry(db, result->id, result->not_before_ms, delivery->http_status,
                     text_of(delivery->err.message));
    result->waiting = !commit(deliver);
    return !result->waiting;
}

/* --- one message --- */

static void log_delivery(const struct facts *facts, struct text receiver, const struct delivery *delivery)
{
    static const char *const kinds[] = {"open", "update", "resolve", "summary"};
    struct buf to, incident, status;
    buf_init(&to, 1024);
    buf_init(&incident, 1024);
    buf_init(&status, 16);
    buf_add_text(&to, receiver);
    buf_add_text(&incident, facts->incident);
    buf_printf(&status, "%d", delivery->http_status);
    if (delivery->outcome == DELIVERED)
        log_line(LOG_INFO, "delivered", "receiver", buf_cstring(&to), "kind", kinds[facts->kind], "incident",
                 buf_cstring(&incident), "status", buf_cstring(&status), NULL);
    else
        log_line(delivery->outcome == DELIVERY_RETRY ? LOG_WARN : LOG_ERROR,
                 delivery->outcome == DELIVERY_RETRY ? "not delivered yet"
                                                     : "not delivered: refused for good",
                 "receiver", buf_cstring(&to), "kind", kinds[facts->kind], "incident", buf_cstring(&incident),
                 "status", buf_cstring(&status), "error", delivery->err.message, NULL);
    buf_finish(&to);
    buf_finish(&incident);
    buf_finish(&status);
}

static void count_delivery(struct counters *counters, const struct delivery *delivery)
{
    if (delivery->outcome == DELIVERED)
        count(&counters->deliveries, 1);
    else
        count(&counters->deliveries_failed, 1);
    if (delivery->outcome == DELIVERY_REFUSED)
        count(&counters->deliveries_dead, 1);
}

/* Sends to the receiver that the configuration in force has under this id. Returns the time when it ended. */
static int64_t send_to(struct deliver *deliver, struct text id, const struct facts *facts, int64_t now_ms,
                       struct delivery *delivery)
{
    struct config *config = current_get(deliver->options.current);
    const struct receiver *receiver = receiver_find(&config_view(config)->receivers, id);
    int64_t began_ms = monotonic_ms(), min_interval_ms = 0;
    if (receiver) {
        receiver_send(receiver, facts, deliver->options.aborted, deliver->options.aborted_context, delivery);
        min_interval_ms = receiver->class->min_interval_ms;
    } else {
        *delivery = (struct delivery){.outcome = DELIVERY_REFUSED};
        err_set(&delivery->err, ERR_INPUT, "the configuration has no receiver %.*s any more", TEXT_ARG(id));
    }
    int64_t ended_ms = now_ms + (monotonic_ms() - began_ms);
    lanes_note(&deliver->lanes, id, delivery, min_interval_ms, ended_ms, random_bits());
    count_delivery(deliver->options.counters, delivery);
    log_delivery(facts, id, delivery);
    config_unref(config);
    return ended_ms;
}

static int64_t again_ms(const struct delivery *delivery, int attempts, int64_t now_ms)
{
    int64_t wait_ms = delivery_backoff_ms(attempts, random_bits());
    return now_ms + (delivery->retry_after_ms > wait_ms ? delivery->retry_after_ms : wait_ms);
}

/* --- what is in no store --- */

static void gather_urgent(struct deliver *deliver)
{
    struct buf receiver, facts;
    buf_init(&receiver, 4096);
    buf_init(&facts, MESSAGE_MAX);
    while (deliver->options.emergency && deliver->urgent.len < URGENT_MAX &&
           emergency_take(deliver->options.emergency, &receiver, &facts)) {
        struct urgent urgent = {.receiver = memory_copy_text(receiver.at, receiver.len),
                                .facts = memory_copy_text(facts.at, facts.len)};
        VEC_PUSH(&deliver->urgent, urgent);
        buf_clear(&receiver);
        buf_clear(&facts);
    }
    buf_finish(&receiver);
    buf_finish(&facts);
}

static void mark_not_stored(struct facts *facts, struct arena *arena)
{
    struct text *lines = ARENA_ARRAY(arena, struct text, facts->n_lines + 1);
    lines[0] = text_of(not_stored);
    for (size_t i = 0; i < facts->n_lines; i++)
        lines[i + 1] = facts->lines[i];
    facts->lines = lines;
    facts->n_lines++;
}

static void drop_urgent(struct deliver *deliver, size_t at)
{
    struct urgent *urgent = &deliver->urgent.at[at];
    memory_free(urgent->receiver);
    memory_free(urgent->facts);
    memmove(urgent, urgent + 1, (--deliver->urgent.len - at) * sizeof *urgent);
}

/* True if an earlier one, for the same receiver, is still there: order is kept. */
static bool is_behind(const struct deliver *deliver, size_t at)
{
    for (size_t i = 0; i < at; i++)
        if (strcmp(deliver->urgent.at[i].receiver, deliver->urgent.at[at].receiver) == 0)
            return true;
    return false;
}

static void send_urgent(struct deliver *deliver, size_t at, int64_t now_ms)
{
    struct urgent *urgent = &deliver->urgent.at[at];
    struct delivery delivery = {.outcome = DELIVERY_REFUSED};
    struct facts facts;
    if (facts_read_json(text_of(urgent->facts), &deliver->arena, &facts, &delivery.err)) {
        mark_not_stored(&facts, &deliver->arena);
        int64_t ended_ms = send_to(deliver, text_of(urgent->receiver), &facts, now_ms, &delivery);
        urgent->not_before_ms = again_ms(&delivery, urgent->attempts++, ended_ms);
        if (delivery.outcome == DELIVERED) {
            emergency_delivered(deliver->options.emergency, &facts, text_of(urgent->receiver));
            count(&deliver->options.counters->emergency_deliveries, 1);
        }
    } else {
        log_line(LOG_ERROR, "a message of the emergency queue cannot be read", "error", delivery.err.message,
                 NULL);
    }
    if (delivery.outcome != DELIVERY_RETRY)
        drop_urgent(deliver, at);
}

/* True if one was sent. */
static bool step_urgent(struct deliver *deliver, int64_t now_ms)
{
    gather_urgent(deliver);
    for (size_t i = 0; i < deliver->urgent.len; i++) {
        const struct urgent *urgent = &deliver->urgent.at[i];
        if (urgent->not_before_ms <= now_ms && !is_behind(deliver, i) &&
            !lanes_is_held(&deliver->lanes, text_of(urgent->receiver), now_ms)) {
            send_urgent(deliver, i, now_ms);
            return true;
        }
    }
    return false;
}

/* --- the outbox --- */

static void send_item(struct deliver *deliver, const struct outbox_item *item, int64_t now_ms)
{
    struct result *result = &deliver->result;
    *result = (struct result){.waiting = true, .id = item->id, .attempts = item->attempts};
    result->at_ms = send_to(deliver, item->receiver, &item->facts, now_ms, &result->delivery);
    result->not_before_ms = again_ms(&result->delivery, item->attempts, result->at_ms);
    store_result(deliver);
}

/* When something may be due next, after nothing was. A row that is due but whose receiver is held waits for
 * that. */
static int64_t next_due(struct deliver *deliver, int64_t outbox_ms, int64_t now_ms)
{
    int64_t due_ms = outbox_ms > now_ms ? outbox_ms : now_ms + IDLE_MS;
    int64_t free_ms = lanes_next_free(&deliver->lanes, now_ms);
    if (free_ms < due_ms)
        due_ms = free_ms;
    for (size_t i = 0; i < deliver->urgent.len; i++) {
        int64_t urgent_ms = deliver->urgent.at[i].not_before_ms;
        if (urgent_ms > now_ms && urgent_ms < due_ms)
            due_ms = urgent_ms;
    }
    return due_ms < now_ms + IDLE_MS ? due_ms : now_ms + IDLE_MS;
}

static int64_t step_outbox(struct deliver *deliver, int64_t now_ms)
{
    struct outbox_item item;
    size_t n_held;
    const struct text *held = lanes_held(&deliver->lanes, now_ms, &deliver->arena, &n_held);
    struct database *db = store_begin(deliver->options.store);
    size_t expanded = obligations_expand(db, now_ms, EXPAND_AT_ONCE);
    bool taken = outbox_take(db, now_ms, held, n_held, &deliver->arena, &item);
    int64_t outbox_ms = taken ? now_ms : outbox_next_due(db);
    if (!commit(deliver))
        return now_ms + STORE_RETRY_MS;
    if (taken)
        send_item(deliver, &item, now_ms);
    if (taken || expanded == EXPAND_AT_ONCE)
        return now_ms;
    return next_due(deliver, outbox_ms, now_ms);
}

static void log_observed(void *context, const struct outbox_item *item)
{
    struct deliver *deliver = context;
    struct buf to, what;
    buf_init(&to, 1024);
    buf_init(&what, 4096);
    buf_add_text(&to, item->receiver);
    buf_printf(&what, "%s %.*s: %.*s", severity_name(item->facts.severity), TEXT_ARG(item->facts.incident),
               TEXT_ARG(item->facts.what));
    log_line(LOG_INFO, "observing: would have sent", "receiver", buf_cstring(&to), "message",
             buf_cstring(&what), NULL);
    deliver->observed_id = item->id;
    buf_finish(&to);
    buf_finish(&what);
}

static int64_t step_observing(struct deliver *deliver, int64_t now_ms)
{
    struct database *db = store_begin(deliver->options.store);
    size_t expanded = obligations_expand(db, now_ms, EXPAND_AT_ONCE);
    outbox_each_after(db, deliver->observed_id, EXPAND_AT_ONCE, &deliver->arena, log_observed, deliver);
    commit(deliver);
    return expanded == EXPAND_AT_ONCE ? now_ms : now_ms + IDLE_MS;
}

int64_t deliver_step(struct deliver *deliver, int64_t now_ms)
{
    arena_clear(&deliver->arena);
    if (deliver->options.observe)
        return step_observing(deliver, now_ms);
    if (step_urgent(deliver, now_ms))
        return now_ms;
    if (deliver->result.waiting && !store_result(deliver))
        return now_ms + STORE_RETRY_MS;
    return step_outbox(deliver, now_ms);
}
