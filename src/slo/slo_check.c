/* What only all SLO files together show: two SLOs of one identity, parts of composites that do not exist. */
#include "base/buf.h"
#include "base/map.h"
#include "slo/composite.h"
#include "slo/slo_file.h"

enum { MESSAGE_MAX = 1000 };

struct place {
    struct text id;
    struct text file;
    struct source_pos pos;
};

struct names {
    struct map seen; /* hash of the id to index + 1 in order of meeting: SLOs, then composites */
    const struct slo_list *slos;
};

static struct place place_at(const struct slo_list *slos, size_t i)
{
    if (i < slos->len)
        return (struct place){slos->at[i].id, slos->at[i].file, slos->at[i].pos};
    const struct slo_composite *c = &slos->composites[i - slos->len];
    return (struct place){c->id, c->file, c->pos};
}

static void add_name(struct names *names, size_t i, struct findings *findings)
{
    struct place at = place_at(names->slos, i);
    bool added;
    uint64_t *first = map_add(&names->seen, hash_bytes(at.id.at, at.id.len, 0), &added);
    if (added) {
        *first = i;
        return;
    }
    struct place other = place_at(names->slos, *first);
    finding_add(findings, FINDING_ERROR, "slo/double", at.file.at, at.pos,
                "a second SLO %.*s: the first is at %.*s:%d", TEXT_ARG(at.id), TEXT_ARG(other.file),
                other.pos.line);
}

/* Of a part that does not exist: an SLO of several objectives has only their names. */
static void hint_at_part(const struct names *names, struct text id, struct findings *findings)
{
    struct buf several;
    buf_init(&several, MESSAGE_MAX);
    for (size_t i = 0; i < names->slos->len; i++) {
        const struct slo *slo = &names->slos->at[i];
        if (!text_starts(slo->id, id) || slo->id.len == id.len || slo->id.at[id.len] != '-')
            continue;
        buf_printf(&several, "%s%.*s", several.len ? ", " : "did you mean ", TEXT_ARG(slo->name));
    }
    if (several.len)
        finding_hint(findings, "%s?", buf_cstring(&several));
    buf_finish(&several);
}

static void check_parts(const struct names *names, const struct slo_composite *composite,
                        struct findings *findings)
{
    for (size_t i = 0; i < composite->n_parts; i++) {
        const struct slo_part *part = &composite->parts[i];
        const uint64_t *at = map_find(&names->seen, hash_bytes(part->id.at, part->id.len, 0));
        if (at && *at < names->slos->len)
            continue;
        finding_add(findings, FINDING_ERROR, "slo/composite", composite->file.at, part->pos,
                    at ? "composite %.*s: %.*s is itself a composite"
                       : "composite %.*s: there is no SLO %.*s",
                    TEXT_ARG(composite->name), TEXT_ARG(part->id));
        if (!at)
            hint_at_part(names, part->id, findings);
    }
}

void slo_check_all(const struct slo_list *slos, struct findings *findings)
{
    struct names names = {.slos = slos};
    for (size_t i = 0; i < slos->len + slos->n_composites; i++)
        add_name(&names, i, findings);
    for (size_t i = 0; i < slos->n_composites; i++)
        check_parts(&names, &slos->composites[i], findings);
    map_finish(&names.seen);
}
