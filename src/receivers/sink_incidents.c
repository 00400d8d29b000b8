/* What a receiver knows of incidents, as PagerDuty does: a trigger with the key of an open one opens nothing,
 * with the key of a resolved one a new incident. */
#include "receivers/sink_incidents.h"

#include "base/buf.h"

enum { NAME_MAX_BYTES = 8192 };

void sink_incidents_finish(struct sink_incidents *incidents)
{
    for (size_t i = 0; i < incidents->at.len; i++)
        memory_free(incidents->at.at[i].name);
    VEC_FREE(&incidents->at);
    map_finish(&incidents->by_hash);
}

/* Two names of one hash are told apart by trying the next hash. */
static struct sink_incident *find(struct sink_incidents *incidents, struct text account, struct text key,
                                  bool make, bool *made)
{
    struct sink_incident *found = NULL;
    struct buf name;
    *made = false;
    buf_init(&name, NAME_MAX_BYTES);
    buf_add_text(&name, account);
    buf_putc(&name, '\n');
    buf_add_text(&name, key);
    for (uint64_t hash = hash_bytes(name.at, name.len, 0); !found; hash++) {
        const uint64_t *place = map_find(&incidents->by_hash, hash);
        if (!place && !make)
            break;
        if (!place) {
            *map_add(&incidents->by_hash, hash, NULL) = incidents->at.len;
            VEC_PUSH(&incidents->at, (struct sink_incident){.name = memory_copy_text(name.at, name.len)});
            *made = true;
            found = &incidents->at.at[incidents->at.len - 1];
        } else if (text_is(buf_text(&name), incidents->at.at[*place].name)) {
            found = &incidents->at.at[*place];
        }
    }
    buf_finish(&name);
    return found;
}

const char *sink_incidents_open(struct sink_incidents *incidents, struct text account, struct text key)
{
    bool made;
    struct sink_incident *incident = find(incidents, account, key, true, &made);
    if (incident->open) {
        incidents->counts.opened_again++;
        return "again";
    }
    incident->open = true;
    incidents->counts.open_now++;
    incidents->counts.opened++;
    if (made)
        return "accepted";
    incidents->counts.opened_twice++;
    return "opened twice";
}

const char *sink_incidents_resolve(struct sink_incidents *incidents, struct text account, struct text key)
{
    bool made;
    struct sink_incident *incident = find(incidents, account, key, false, &made);
    if (!incident) {
        incidents->counts.resolve_alone++;
        return "without trigger";
    }
    if (!incident->open)
        return "again";
    incident->open = false;
    incidents->counts.open_now--;
    incidents->counts.resolved++;
    return "accepted";
}
