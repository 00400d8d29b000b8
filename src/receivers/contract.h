/* contract: what a receiver's documented format allows. One contract_NAME.c a receiver; used by the sink and
 * by tests, never to send. All violations are found at once, each a line of text.
 *
 * Sources: PagerDuty's "Events API v2" and "Send an alert event"; Slack's "Sending messages using incoming
 * webhooks", "Reference: blocks", "Composition objects", "Formatting text". Where these leave open how
 * characters are counted, UTF-16 units are. */
#ifndef SLOBURN_RECEIVERS_CONTRACT_H
#define SLOBURN_RECEIVERS_CONTRACT_H

#include "base/text.h"

#include <stdbool.h>

struct buf;
struct json;

enum {
    PAGERDUTY_EVENT_MAX = 512000, /* bytes */
    PAGERDUTY_ROUTING_KEY_LEN = 32,
    PAGERDUTY_DEDUP_KEY_MAX = 255,
    PAGERDUTY_SUMMARY_MAX = 1024,
    PAGERDUTY_URL_MAX = 2000, /* ours: what every browser takes */

    SLACK_TEXT_MAX = 4000, /* cut at 40,000; keep below 4,000 */
    SLACK_ATTACHMENTS_MAX = 20,
    SLACK_BLOCKS_MAX = 50,
    SLACK_BLOCKS_TEXT_MAX = 13200, /* all texts of a message's blocks together; not documented */
    SLACK_SECTION_MAX = 3000,
    SLACK_FIELDS_MAX = 10,
    SLACK_FIELD_MAX = 2000,
    SLACK_HEADER_MAX = 150,
    SLACK_CONTEXT_MAX = 10,
    SLACK_ACTIONS_MAX = 25,
    SLACK_BUTTON_TEXT_MAX = 75,
    SLACK_URL_MAX = 3000,
    SLACK_VALUE_MAX = 2000,
    SLACK_ID_MAX = 255,
};

struct contract_request {
    struct text method;
    struct text path; /* without the query */
    struct text content_type;
    struct text body;
};

/* True if the request keeps the contract; else a line for each violation is appended. */
bool contract_pagerduty(const struct contract_request *request, struct buf *violations);
bool contract_slack(const struct contract_request *request, struct buf *violations);

/* For the contract files: */
void contract_violation(struct buf *violations, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
/* POST with a JSON object; NULL with violations if it is none. The caller frees. */
struct json *contract_json_object(const struct contract_request *request, struct buf *violations);
/* A string of 1 to `most` characters at the key; absent is fine unless needed. Returns it, or "". */
struct text contract_string(const struct json *object, const char *where, const char *key, size_t most,
                            bool needed, struct buf *violations);
/* The same for an http or https URL without characters that no URL has. */
void contract_url(const struct json *object, const char *where, const char *key, size_t most, bool needed,
                  struct buf *violations);
/* Reports keys that the format does not have. */
void contract_keys(const struct json *object, const char *where, const char *const *known, size_t n_known,
                   struct buf *violations);

#endif
