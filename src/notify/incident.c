/* Incident keys and the routing of owners' incidents. */
#include "notify/incident.h"

#include "base/arena.h"
#include "base/buf.h"
#include "base/digest.h"
#include "base/labels.h"
#include "base/timezone.h"

enum { KEY_MAX = 255, KEY_TAIL = 40, WHOLE_MAX = 64 << 10 };

void incident_key_print(struct text subject, const struct labels *labels, enum incident_class class_,
                        int64_t episode_slot_ms, struct buf *out)
{
    struct buf name;
    buf_init(&name, WHOLE_MAX);
    buf_add_text(&name, subject);
    if (labels && labels->len)
        labels_print(labels, &name);
    if (name.len > KEY_MAX - KEY_TAIL) {
        struct digest digest = digest_of(buf_text(&name));
        char hex[2 * DIGEST_BYTES + 1];
        digest_hex(&digest, hex);
        size_t keep = KEY_MAX - KEY_TAIL - 34;
        while (keep && ((unsigned char)name.at[keep] & 0xc0) == 0x80)
            keep--; /* not inside a character */
        buf_truncate(&name, keep);
        buf_printf(&name, "#%.32s", hex);
    }
    buf_add_text(out, buf_text(&name));
    buf_printf(out, "/%s/", incident_class_name(class_));
    civil_print(NULL, episode_slot_ms, out);
    buf_finish(&name);
}

static struct text explain(struct arena *arena, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

static struct text explain(struct arena *arena, const char *format, ...)
{
    struct buf out;
    buf_init(&out, 1024);
    va_list args;
    va_start(args, format);
    buf_vprintf(&out, format, args);
    va_end(args);
    struct text copy = text_copy(arena, buf_text(&out));
    buf_finish(&out);
    return copy;
}

struct route_decision route_decide(const struct owners *owners, struct text owner, enum incident_class class_,
                                   struct arena *arena)
{
    const struct owner *found = NULL;
    for (size_t i = 0; i < owners->len && !found; i++)
        if (text_eq(owners->at[i].name, owner))
            found = &owners->at[i];
    const char *which = found ? "owner" : "unknown owner, default";
    if (!found)
        found = owners->fallback;
    const char *class_name = incident_class_name(class_);
    struct route_decision decision = {0};
    if (!found) {
        decision.reason = explain(arena, "no owner \"%.*s\" and no default owner", TEXT_ARG(owner));
        return decision;
    }
    decision.receivers = class_ == CLASS_PAGE ? found->page : found->ticket;
    decision.n_receivers = class_ == CLASS_PAGE ? found->n_page : found->n_ticket;
    decision.reason = explain(arena, "%s %.*s: %s%s", which, TEXT_ARG(found->name), class_name,
                              decision.n_receivers ? "" : " has no receivers");
    return decision;
}
