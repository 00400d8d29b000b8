// rooms: receivers
/* Receivers: whatever facts say, the message keeps the format's contract; and a contract takes any bytes. */
#include "receivers/classes.h"
#include "receivers/contract.h"

#include "base/buf.h"
#include "receivers/clip.h"
#include "receivers/random_facts.h"

#include <stdio.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void expect_kept(bool kept, const char *format, struct buf *violations)
{
    if (kept)
        return;
    fprintf(stderr, "%s: %s", format, buf_cstring(violations));
    abort();
}

static void render_pagerduty(const struct facts *facts, struct buf *body, struct buf *violations)
{
    struct err err;
    struct receiver receiver = {.key = TEXT("0123456789abcdef0123456789abcdef")};
    bool rendered = pagerduty_class.render(&receiver, facts, body, &err);
    if (rendered != (facts->kind == FACT_SUMMARY || !clip_is_blank(facts->incident)))
        abort();
    struct contract_request request = {TEXT("POST"), TEXT("/v2/enqueue"), TEXT("application/json"),
                                       buf_text(body)};
    if (body->len)
        expect_kept(contract_pagerduty(&request, violations), "PagerDuty", violations);
}

static void render_slack(const struct facts *facts, struct buf *body, struct buf *violations)
{
    struct err err;
    struct receiver receiver = {0};
    if (!slack_class.render(&receiver, facts, body, &err))
        abort();
    struct contract_request request = {TEXT("POST"), TEXT("/services/T1/B1/x"), TEXT("application/json"),
                                       buf_text(body)};
    expect_kept(contract_slack(&request, violations), "Slack", violations);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct arena arena;
    struct facts facts;
    struct buf body, violations;
    struct random_bytes bytes = {data, size};
    arena_init(&arena, 0);
    buf_init(&violations, 1 << 20);
    buf_init(&body, RECEIVER_BODY_MAX);
    random_facts(&bytes, &arena, &facts);
    render_pagerduty(&facts, &body, &violations);
    buf_clear(&body);
    render_slack(&facts, &body, &violations);
    struct contract_request any = {
        TEXT("POST"), TEXT("/v2/enqueue"), TEXT("application/json"), {(const char *)data, size}};
    contract_pagerduty(&any, &violations);
    contract_slack(&any, &violations);
    buf_finish(&body);
    buf_finish(&violations);
    arena_finish(&arena);
    return 0;
}
