/* Sending again what may be sent again: after 429, 5xx and when the server could not be reached, with pauses
 * that double and are spread by jitter, so that many clients do not come back at the same moment. */
#include "net/http_handle.h"

#include <sys/random.h>
#include <time.h>

enum { ATTEMPTS = 4, FIRST_PAUSE_MS = 250, SLICE_MS = 100 };

static int64_t monotonic_ms(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

/* In slices, so that a stop is noticed. False if there was one. */
static bool pause_unless_aborted(struct http_client *client, int64_t until_ms)
{
    for (int64_t left = until_ms - monotonic_ms(); left > 0; left = until_ms - monotonic_ms()) {
        if (http_client_aborted(client))
            return false;
        int64_t slice = left < SLICE_MS ? left : SLICE_MS;
        nanosleep(&(struct timespec){.tv_nsec = (long)slice * 1000000}, NULL);
    }
    return !http_client_aborted(client);
}

/* 50 to 150 % of it. */
static int64_t with_jitter(int64_t pause_ms)
{
    uint32_t random = 0;
    if (getrandom(&random, sizeof random, 0) != (ssize_t)sizeof random)
        return pause_ms;
    return pause_ms / 2 + (int64_t)((double)random / (double)UINT32_MAX * (double)pause_ms);
}

static bool is_worth_another(bool answered, const struct http_response *response, const struct err *err)
{
    if (!answered)
        return err->kind == ERR_UNREACHABLE;
    return response->status == 429 || response->status >= 500;
}

bool http_send_retrying(struct http_client *client, const struct http_request *request,
                        const struct http_retry *retry, struct http_response *response, struct err *err)
{
    int64_t deadline = monotonic_ms() + retry->deadline_ms;
    int64_t pause_ms = retry->first_pause_ms > 0 ? retry->first_pause_ms : FIRST_PAUSE_MS;
    int attempts = retry->attempts > 0 ? retry->attempts : ATTEMPTS;
    struct http_request attempt = *request;
    for (int i = 1;; i++) {
        int64_t left = deadline - monotonic_ms();
        int64_t timeout_ms = http_client_timeout_ms(client, request);
        attempt.timeout_ms = left < 1 ? 1 : left < timeout_ms ? left : timeout_ms;
        struct err failed = {0};
        bool answered = http_send(client, &attempt, response, &failed);
        int64_t wait_ms = response->retry_after_ms >= 0 ? response->retry_after_ms : with_jitter(pause_ms);
        int64_t again = monotonic_ms() + wait_ms;
        bool last = i >= attempts || again >= deadline || !is_worth_another(answered, response, &failed);
        if (last || !pause_unless_aborted(client, again)) {
            if (!answered)
                *err = failed;
            return answered;
        }
        pause_ms *= 2;
    }
}
