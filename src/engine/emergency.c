/* A ring of messages under a mutex. */
#include "engine/emergency.h"

#include "base/buf.h"
#include "base/memory.h"
#include "base/vec.h"

#include <pthread.h>

struct message {
    char *receiver;
    char *facts;
};

struct emergency {
    pthread_mutex_t mutex;
    struct message ring[EMERGENCY_MAX];
    size_t first;
    size_t len;
    VEC(char *) identities; /* of what was handed over since the store failed */
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
    VEC_FREE(&emergency->identities);
    pthread_mutex_destroy(&emergency->mutex);
    memory_free(emergency);
}

static bool handed_over_before(struct emergency *emergency, struct text identity)
{
    for (size_t i = 0; i < emergency->identities.len; i++)
        if (text_is(identity, emergency->identities.at[i]))
            return true;
    return false;
}

static void forget(struct emergency *emergency)
{
    for (size_t i = 0; i < emergency->identities.len; i++)
        memory_free(emergency->identities.at[i]);
    VEC_CLEAR(&emergency->identities);
}

bool emergency_put(struct emergency *emergency, struct text identity, struct text receiver,
                   struct text facts_json)
{
    pthread_mutex_lock(&emergency->mutex);
    bool known = handed_over_before(emergency, identity);
    bool room = emergency->len < EMERGENCY_MAX;
    if (!known && room) {
        struct message *message = &emergency->ring[(emergency->first + emergency->len++) % EMERGENCY_MAX];
        message->receiver = memory_copy_text(receiver.at, receiver.len);
        message->facts = memory_copy_text(facts_json.at, facts_json.len);
        VEC_PUSH(&emergency->identities, memory_copy_text(identity.at, identity.len));
    }
    pthread_mutex_unlock(&emergency->mutex);
    return known || room;
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
