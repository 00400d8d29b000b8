/* last_change: what is known to have changed for an SLO, newest first: processes that started, corrections,
 * actions of its policy, reloads of the configuration. Whoever is paged looks there first. */
#ifndef SLOBURN_ENGINE_LAST_CHANGE_H
#define SLOBURN_ENGINE_LAST_CHANGE_H

#include "engine/slo_facts.h"

struct json_writer;

enum { CHANGES_MOST = 5 };

struct known_change {
    int64_t at_ms;
    struct text what; /* "127.0.0.1:9464 of rag-api started" */
};

struct known_changes {
    struct known_change at[CHANGES_MOST];
    size_t n;
};

/* Those of the day up to `until_ms`; texts in the arena. */
void known_changes_find(const struct slo_view *view, int64_t until_ms, struct arena *arena,
                        struct known_changes *changes);
/* Keeps the newest. */
void known_changes_add(struct known_changes *changes, int64_t at_ms, struct text what);
/* For facts: each with its time, and how long before `until_ms`. "" if there is none. */
struct text last_change_text(const struct known_changes *changes, int64_t until_ms, struct arena *arena);
/* "changes": [{"at_ms": …, "what": …}] of the day before the view's slot. */
void last_change_json(const struct slo_view *view, struct json_writer *w);

#endif
