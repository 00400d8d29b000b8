/* clip: text from anywhere (labels, annotations, answers) made fit for a receiver's message: bytes that are
 * not UTF-8 become U+FFFD, control characters a space, and what is too long is cut between characters with an
 * "…" behind it.
 *
 * Lengths are counted in UTF-16 units, the strictest way in which a service that says "characters" may mean
 * it. */
#ifndef SLOBURN_RECEIVERS_CLIP_H
#define SLOBURN_RECEIVERS_CLIP_H

#include "base/text.h"

struct buf;

enum clip_form {
    CLIP_PLAIN,  /* one line */
    CLIP_MRKDWN, /* Slack's: & < > as entities, which are never cut; what would format (* ~ `) does not */
};

/* Appends at most `most` units, the … included. Returns how many. */
size_t clip(struct text t, size_t most, enum clip_form form, struct buf *out);
/* True if nothing but space would be left. */
bool clip_is_blank(struct text t);
/* Length in UTF-16 units; bytes that are not UTF-8 count one each. */
size_t clip_length(struct text t);
/* Appends a URL fit for a link: http or https with a host, what a URL may not hold as %XX. False, and nothing
 * appended, if it is none, or is longer than `most` bytes then (half a link leads nowhere). */
bool clip_url(struct text url, size_t most, struct buf *out);

#endif
