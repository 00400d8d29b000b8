/* A ring of messages under a mutex. */
#include "engine/emergency.h"

#include "base/buf.h"
#include "base/memory.h"
#include "base/vec.h"

#include <pthread.h>

enum { FACTS_MAX = 256 << 10 };

struct message {
    char *receiver;
    char *facts;
};

/* A message that was taken since the store failed. */
struct handed {
    char *incident;
    char *receiver;
    enum fact_kind kind;
    int64_t slot_ms;
    bool delivered;
};

struct emergency {
    pthread_mutex_t mutex;
    struct message ring[EMERGENCY_MAX];
    size_t first;
    size_t len;
    VEC(struct handed) handed;
};

struct emergency *emergency_new(void)
{
    struct emergency *emergency = memory_alloc_zero(1, sizeof *emergency);
    pthread_mutex_init(&emergency->mutex, NULL);
    return emergency;
}

static void message_release(struct message *message)
{
    memory_free(message->receiver);
    memory_free(message->facts);
    *message = (struct message){NULL, NULL};
}

static void forget(struct emergency *emergency);

void emergency_free(struct emergency *emergency)
{
    if (!emergency)
        return;
    for (size_t i = 0; i < emergency->len; i++)
        message_release(&emergency->ring[(emergency->first + i) % EMERGENCY_MAX]);
    forget(emergency);
    VEC_FREE(&emergency->handed);
    pthread_mutex_destroy(&emergency->mutex);
    memory_free(emergency);
}

static bool is_for(const struct handed *handed, const struct facts *facts, struct text receiver)
{
    return text_is(receiver, handed->receiver) && text_is(facts->incident, handed->incident);
}

static struct handed *find(struct emergency *emergency, const struct facts *facts, struct text receiver)
{
    for (size_t i = 0; i < emergency->handed.len; i++) {
        struct handed *handed = &emergency->handed.at[i];
        if (handed->kind == facts->kind && handed->slot_ms == facts->slot_ms &&
            is_for(handed, facts, receiver))
            return handed;
    }
    return NULL;
}

static bool was_opened(const struct emergency *emergency, const struct facts *facts, struct text receiver)
{
    for (size_t i = 0; i < emergency->handed.len; i++)
        if (emergency->handed.at[i].kind == FACT_OPEN && is_for(&emergency->handed.at[i], facts, receiver))
            return true;
    return false;
}

static void forget(struct emergency *emergency)
{
    for (size_t i = 0; i < emergency->handed.len; i++) {
        memory_free(emergency->handed.at[i].incident);
        memory_free(emergency->handed.at[i].receiver);
    }
    VEC_CLEAR(&emergency->handed);
}

static void take(struct emergency *emergency, const struct facts *facts, struct text receiver)
{
    struct message *message = &emergency->ring[(emergency->first + emergency->len++) % EMERGENCY_MAX];
    struct buf json;
    buf_init(&json, FACTS_MAX);
    facts_write_json(facts, &json);
    message->receiver = memory_copy_text(receiver.at, receiver.len);
    message->facts = memory_copy_text(json.at, json.len);
    buf_finish(&json);
    VEC_PUSH(&emergency->handed,
             (struct handed){.incident = memory_copy_text(facts->incident.at, facts->incident.len),
                             .receiver = memory_copy_text(receiver.at, receiver.len),
                             .kind = facts->kind,
                             .slot_ms = facts->slot_ms});
}

bool emergency_put(struct emergency *emergency, const struct facts *facts, struct text receiver, bool known)
{
    pthread_mutex_lock(&emergency->mutex);
    bool opens = facts->kind == FACT_OPEN || facts->kind == FACT_SUMMARY;
    bool wanted = opens || known || was_opened(emergency, facts, receiver);
    bool room = emergency->len < EMERGENCY_MAX;
    wanted = wanted && !find(emergency, facts, receiver);
    if (wanted && room)
        take(emergency, facts, receiver);
    pthread_mutex_unlock(&emergency->mutex);
    return !wanted || room;
}

void emergency_delivered(struct emergency *emergency, const struct facts *facts, struct text receiver)
{
    pthread_mutex_lock(&emergency->mutex);
    struct handed *handed = find(emergency, facts, receiver);
    if (handed)
        handed->delivered = true;
    pthread_mutex_unlock(&emergency->mutex);
}

bool emergency_has_delivered(struct emergency *emergency, const struct facts *facts, struct text receiver)
{
    pthread_mutex_lock(&emergency->mutex);
    const struct handed *handed = find(emergency, facts, receiver);
    bool delivered = handed && handed->delivered;
    pthread_mutex_unlock(&emergency->mutex);
    return delivered;
}

void emergency_over(struct emergency *emergency)
{
    pthread_mutex_lock(&emergency->mutex);
    forget(emergency);
    pthread_mutex_unlock(&emergency->mutex);
}

bool emergency_take(struct emergency *emergency, struct buf *receiver, struct buf *facts_json)
{
    pthread_mutex_lock(&emergency->mutex);
    bool there = emergency->len > 0;
    if (there) {
        struct message *message = &emergency->ring[emergency->first];
        buf_puts(receiver, message->receiver);
        buf_puts(facts_json, message->facts);
        message_release(message);
        emergency->first = (emergency->first + 1) % EMERGENCY_MAX;
        emergency->len--;
    }
    pthread_mutex_unlock(&emergency->mutex);
    return there;
}
