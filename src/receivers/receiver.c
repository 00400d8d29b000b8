/* Sending: a client of its own for each message, so that nothing of one receiver (a kept connection,
 * credentials) is ever used for another, and no request goes out twice by itself. */
#include "receivers/classes.h"

#include "base/arena.h"
#include "base/buf.h"
#include "base/duration.h"
#include "base/file.h"
#include "net/http_client.h"
#include "net/url.h"
#include "receivers/contract.h"
#include "receivers/webhook.h"

enum { SECRET_BYTES_MAX = 4096, BACKOFF_SHIFT_MAX = 16, IDEMPOTENCY_KEY_MAX = 4096 };

#define BACKOFF_FIRST_MS SECOND_MS
#define BACKOFF_MAX_MS   (5 * MINUTE_MS)
/* What a server may ask for by Retry-After; more is cut, so that no answer silences a receiver for a day. */
#define RETRY_AFTER_MAX_MS (15 * MINUTE_MS)

const struct receiver *receiver_find(const struct receivers *receivers, struct text id)
{
    for (size_t i = 0; i < receivers->len; i++)
        if (text_eq(receivers->at[i].id, id))
            return &receivers->at[i];
    /* Rows that were made when the receiver had only one integration, or more than one: "rag" and
     * "rag/slack". */
    for (size_t i = 0; i < receivers->len; i++) {
        struct text name = receivers->at[i].name;
        bool was_single = text_eq(name, id);
        bool was_several = text_starts(id, name) && id.len > name.len && id.at[name.len] == '/' &&
                           text_is(text_part(id, name.len + 1, id.len), receivers->at[i].class->type);
        if (was_single || was_several)
            return &receivers->at[i];
    }
    return webhook_of_past(id);
}

size_t receiver_ids(const struct receivers *receivers, struct text name, struct text *ids, size_t most)
{
    size_t n = 0;
    for (size_t i = 0; i < receivers->len && n < most; i++)
        if (text_eq(receivers->at[i].name, name))
            ids[n++] = receivers->at[i].id;
    return n;
}

int64_t delivery_backoff_ms(int attempts, uint64_t random)
{
    int64_t most = BACKOFF_MAX_MS;
    if (attempts >= 0 && attempts < BACKOFF_SHIFT_MAX && (BACKOFF_FIRST_MS << attempts) < most)
        most = BACKOFF_FIRST_MS << attempts;
    return (int64_t)(random % (uint64_t)(most + 1));
}

bool receiver_url_is_loopback(struct text url)
{
    struct text host = url_host(url);
    return text_is(host, "localhost") || text_is(host, "::1") || text_starts(host, TEXT("127."));
}

bool receiver_url_check(struct text url, struct err *err)
{
    bool https = text_starts(url, TEXT("https://"));
    if (!https && !text_starts(url, TEXT("http://")))
        return err_set(err, ERR_INPUT, "must begin with https://");
    if (url_host(url).len == 0)
        return err_set(err, ERR_INPUT, "has no host");
    for (size_t i = 0; i < url.len; i++)
        if ((unsigned char)url.at[i] <= ' ' || url.at[i] == 0x7f)
            return err_set(err, ERR_INPUT, "holds a space or a control character");
    if (!https && !receiver_url_is_loopback(url))
        return err_set(err, ERR_INPUT, "must begin with https:// (http only to this machine)");
    return true;
}

/* A secret as it is now: the file is read again for each message, so that it can be rotated. */
static bool secret_now(struct text direct, struct text path, struct arena *arena, struct text *secret,
                       struct err *err)
{
    *secret = direct;
    if (path.len == 0)
        return true;
    struct buf read;
    buf_init(&read, SECRET_BYTES_MAX);
    bool good = file_read_secret(path.at, &read, err);
    if (good)
        *secret = text_copy(arena, text_trim(buf_text(&read)));
    if (read.at)
        explicit_bzero(read.at, read.cap);
    buf_finish(&read);
    return good;
}

static bool resolve_secrets(const struct receiver *receiver, struct arena *arena, struct receiver *resolved,
                            struct err *err)
{
    *resolved = *receiver;
    if (!secret_now(receiver->url, receiver->url_file, arena, &resolved->url, err) ||
        !secret_now(receiver->key, receiver->key_file, arena, &resolved->key, err))
        return false;
    if (!receiver->class->own_service && !receiver_url_check(resolved->url, err))
        return err_context(err, "url in %.*s", TEXT_ARG(receiver->url_file));
    if (receiver->class == &pagerduty_class && resolved->key.len != PAGERDUTY_ROUTING_KEY_LEN)
        return err_set(err, ERR_INPUT, "the routing key in %.*s has %zu characters, not %d",
                       TEXT_ARG(receiver->key_file), resolved->key.len, PAGERDUTY_ROUTING_KEY_LEN);
    return true;
}

static const char *optional_cstring(struct text t, struct arena *arena)
{
    return t.len ? text_copy(arena, t).at : NULL;
}

/* Names are resolved to public addresses only (a name that was made to point inside does not help), unless
 * the file says that the receiver is one's own: a URL on this machine, a CA or a proxy of one's own. */
static struct http_client *client_for(const struct receiver *receiver, struct arena *arena,
                                      bool (*aborted)(void *context), void *context, struct err *err)
{
    bool own = receiver->class->own_service || receiver_url_is_loopback(receiver->url) ||
               receiver->ca_file.len || receiver->proxy_url.len;
    struct http_client_options options = {
        .url = text_copy(arena, receiver->url).at,
        .bearer_token = receiver->class == &webhook_class ? optional_cstring(receiver->key, arena) : NULL,
        .ca_file = optional_cstring(receiver->ca_file, arena),
        .insecure_skip_verify = receiver->insecure_skip_verify,
        .proxy_url = optional_cstring(receiver->proxy_url, arena),
        .timeout_ms = receiver->timeout_ms,
        .max_response_bytes = RECEIVER_ANSWER_MAX,
        .public_only = !own,
        .secret_path = receiver->class != &pagerduty_class,
        .fresh_connection = true,
        .aborted = aborted,
        .aborted_context = context,
    };
    return http_client_new(&options, err);
}

/* Whatever keeps an answer from coming is tried again, a bad secret file, too: it may be mended, and the page
 * must not be lost meanwhile. Only a receiver's own word is a refusal. */
static void post(struct http_client *client, const struct receiver *receiver, const struct facts *facts,
                 struct text body, struct delivery *delivery)
{
    struct http_request request = {.method = "POST", .content_type = "application/json", .body = body};
    struct http_header header = {.name = "Idempotency-Key"};
    struct buf key;
    buf_init(&key, IDEMPOTENCY_KEY_MAX);
    if (receiver->class == &webhook_class) {
        webhook_print_key(facts, &key);
        header.value = buf_cstring(&key);
        request.headers = &header;
        request.n_headers = 1;
    }
    struct http_response response;
    http_response_init(&response);
    bool answered = http_send(client, &request, &response, &delivery->err);
    delivery->http_status = response.status;
    if (answered)
        receiver->class->understand(response.status, buf_text(&response.body), delivery);
    if (delivery->outcome == DELIVERY_RETRY && response.retry_after_ms > 0)
        delivery->retry_after_ms =
            response.retry_after_ms < RETRY_AFTER_MAX_MS ? response.retry_after_ms : RETRY_AFTER_MAX_MS;
    http_response_finish(&response);
    buf_finish(&key);
}

void receiver_send(const struct receiver *receiver, const struct facts *facts, bool (*aborted)(void *context),
                   void *context, struct delivery *delivery)
{
    struct arena arena;
    struct buf body;
    struct receiver chosen = *receiver, resolved;
    if (receiver->class == &webhook_class)
        chosen = webhook_for(receiver, facts);
    *delivery = (struct delivery){.outcome = DELIVERY_RETRY};
    arena_init(&arena, 0);
    buf_init(&body, RECEIVER_BODY_MAX);
    bool wanted = facts->kind != FACT_RESOLVE || chosen.send_resolved;
    if (!wanted) {
        delivery->outcome = DELIVERED;
    } else if (resolve_secrets(&chosen, &arena, &resolved, &delivery->err)) {
        if (!receiver->class->render(&resolved, facts, &body, &delivery->err)) {
            delivery->outcome = DELIVERY_REFUSED;
        } else if (body.len == 0) {
            delivery->outcome = DELIVERED;
        } else {
            struct http_client *client = client_for(&resolved, &arena, aborted, context, &delivery->err);
            if (client)
                post(client, &resolved, facts, buf_text(&body), delivery);
            http_client_free(client);
        }
    }
    if (body.at)
        explicit_bzero(body.at, body.cap);
    buf_finish(&body);
    arena_finish(&arena);
}
