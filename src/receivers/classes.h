/* classes: the types of receivers there are, one file each. */
#ifndef SLOBURN_RECEIVERS_CLASSES_H
#define SLOBURN_RECEIVERS_CLASSES_H

#include "receivers/receiver.h"

extern const struct receiver_class pagerduty_class; /* Events API v2 */
extern const struct receiver_class slack_class;     /* incoming webhooks */
extern const struct receiver_class webhook_class;   /* actions of policies */

/* The endpoint where the configuration names none. */
#define PAGERDUTY_URL "https://events.pagerduty.com/v2/enqueue"

/* The block_id of a Slack message's context block is this and the incident's key; that of its header is
 * "open", "update", "resolve" or "summary". */
#define SLACK_INCIDENT_ID "incident:"

/* Messages and answers are never larger. */
enum { RECEIVER_BODY_MAX = 512000, RECEIVER_ANSWER_MAX = 64 << 10 };

/* May messages go there? https anywhere, http only to this machine (a sink of one's own). ERR_INPUT with a
 * message that does not hold the URL. */
NODISCARD bool receiver_url_check(struct text url, struct err *err);
bool receiver_url_is_loopback(struct text url);

#endif
