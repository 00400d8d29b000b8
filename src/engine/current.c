/* A reference behind a mutex. */
#include "engine/current.h"

#include "base/memory.h"

#include <pthread.h>

struct current {
    pthread_mutex_t mutex;
    struct config *config;
};

struct current *current_new(struct config *config)
{
    struct current *current = memory_alloc_zero(1, sizeof *current);
    pthread_mutex_init(&current->mutex, NULL);
    current->config = config_ref(config);
    return current;
}

void current_free(struct current *current)
{
    if (!current)
        return;
    config_unref(current->config);
    pthread_mutex_destroy(&current->mutex);
    memory_free(current);
}

struct config *current_get(struct current *current)
{
    pthread_mutex_lock(&current->mutex);
    struct config *config = config_ref(current->config);
    pthread_mutex_unlock(&current->mutex);
    return config;
}

void current_set(struct current *current, struct config *config)
{
    pthread_mutex_lock(&current->mutex);
    struct config *old = current->config;
    current->config = config_ref(config);
    pthread_mutex_unlock(&current->mutex);
    config_unref(old);
}
